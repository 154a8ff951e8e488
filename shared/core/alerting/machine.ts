import { hash64 } from "../kernel/hash.ts";
import { sameJson } from "../kernel/json.ts";
import type { ActionResult, Machine } from "../kernel/step.ts";
import { type DurationMs, iso, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { LOG_GRACE_MS, newest, remembered } from "./decide.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { cleared, flush, heldStep, logEntry } from "./group-flush.ts";
import { firstTick, nextEscalation, nextTick } from "./group-tick.ts";
import type { AlertingReason, GroupConfig, GroupInput, GroupState, GroupStep } from "./group-types.ts";
import type { GroupIdentity, LogEntry, NotifyAction } from "./types.ts";

export { dueTick, nextTick } from "./group-tick.ts";

/** An emptied group is looked at once more after this: what was being accepted while it emptied is seen then. */
export const LATE_MS: DurationMs = 2 * MINUTE_MS;

/** The aggregate of a group: the same for the same route and group labels in any process and configuration. */
export const groupSubject = ({ routeId, labels }: Pick<GroupIdentity, "routeId" | "labels">): string =>
  `grp_${hash64(routeId)}${fingerprintOf(labels)}`;

/** What a group that is opened goes on with: no paging of another escalation, and of a dormant one nothing that has only lasted while it was open. */
function resumed(config: GroupConfig, state: GroupState, rerouted: boolean, now: Millis): GroupState {
  const { paging, nobodySince: _since, ...others } = state;
  const kept = paging && paging.escalation !== config.paging?.escalation ? others : state;
  if (rerouted || state.status !== "dormant" || !config.paging) return kept;
  const log = Object.entries(state.log).filter(([, entry]) => remembered(entry, now));
  return { ...kept, log: Object.fromEntries(log) };
}

function open(config: GroupConfig, state: GroupState, input: GroupInput & { kind: "open" }): GroupStep {
  const rerouted = input.rerouted === true;
  if (state.status === "open" && !rerouted)
    return heldStep(state, "held_already_open", "group", "the group is open already");
  const firstTickAt = firstTick(input.at, input.startsAt, config.groupWaitMs, input.notBefore);
  const { clearedAt, flight: _flight, ...kept } = resumed(config, state, rerouted, input.at);
  const waits = firstTickAt > input.at;
  const next: GroupState = {
    ...kept,
    // What has left stays away; a reload hands everything over anew, as upstream's does.
    ...(clearedAt === undefined || rerouted ? {} : { clearedAt }),
    identity: config.identity,
    version: config.version,
    status: "open",
    openedAt: input.at,
    firstTickAt,
  };
  const text = waits
    ? `it waits for group_wait; the first flush is at ${iso(firstTickAt)}`
    : "its alert is older than group_wait; it is flushed at once";
  const values = { startsAt: input.startsAt, groupWaitMs: config.groupWaitMs, firstTickAt };
  return {
    state: next,
    actions: [],
    reason: rerouted ? "rerouted" : "opened",
    trace: [{ kind: "computed", rule: "group-wait", text, values }],
  };
}

/** The memory of a dormant group, without what has run out. */
function remember(state: GroupState, now: Millis): GroupStep {
  const kept = Object.entries(state.log).filter(([, entry]) => remembered(entry, now));
  if (kept.length === Object.keys(state.log).length)
    return heldStep(state, "held_empty", "group", "the group has no alerts");
  const next: GroupState = { ...state, log: Object.fromEntries(kept) };
  const text = `${kept.length} of ${Object.keys(state.log).length} entries of the log are kept, the others have run out`;
  return {
    state: next,
    actions: [],
    reason: "forgotten",
    trace: [{ kind: "computed", rule: "log", text, values: { kept: kept.length } }],
  };
}

function said(state: GroupState, input: GroupInput & { by: string; comment: string }, now: Millis): GroupStep {
  const { by, comment } = input;
  const { ack: _ack, ...rest } = state;
  const step = (next: GroupState, reason: AlertingReason, text: string): GroupStep => ({
    state: next,
    actions: [],
    reason,
    trace: [
      { kind: "changed", rule: "person", text: comment === "" ? text : `${text}: ${comment}`, values: { by, comment } },
    ],
  });
  if (input.kind === "acknowledge") {
    if (state.status !== "open") return heldStep(state, "held_empty", "group", "the group has no alerts");
    return step({ ...rest, ack: { by, comment, at: now } }, "acknowledged", `acknowledged by ${by}`);
  }
  if (input.kind === "comment") return step({ ...state, commentedAt: now }, "commented", `comment by ${by}`);
  return step(state.ack ? rest : state, "unacknowledged", `acknowledgement withdrawn by ${by}`);
}

/** Decides, and gives back the very state where nothing changed: the same thing twice within a millisecond is one thing. */
function step(config: GroupConfig, state: GroupState, input: GroupInput, now: Millis): GroupStep {
  const decided = decide(config, state, input, now);
  const { openedAt, flushedAt, clearedAt, commentedAt, ack, flight } = state;
  const at = "at" in input ? input.at : now;
  const lately = [openedAt, flushedAt, clearedAt, commentedAt, ack?.at, flight?.at].includes(at);
  return lately && decided.state !== state && sameJson(decided.state as never, state as never)
    ? { ...decided, state }
    : decided;
}

/** With what twins have told since. */
const heard = (state: GroupState, entries: GroupState["log"] = {}): GroupState =>
  Object.keys(entries).length === 0 ? state : { ...state, log: newest(state.log, entries) };

function decide(config: GroupConfig, state: GroupState, input: GroupInput, now: Millis): GroupStep {
  switch (input.kind) {
    case "open":
      return open(config, state, input);
    case "flush":
      return state.status === "dormant" ? remember(state, now) : flush(config, heard(state, input.heard), input);
    case "acknowledge":
    case "unacknowledge":
    case "comment":
      return said(state, input, now);
    default:
      return heldStep(state, "held_bad_input", "input", "a group is not decided by this");
  }
}

/** Values a delivery left to be given again, over those of before. A first notification begins anew. */
function storeOf(result: ActionResult, before: LogEntry | undefined, first: boolean): LogEntry["store"] {
  const kept: Record<string, string | number> = { ...(first ? {} : before?.store) };
  for (const [name, value] of Object.entries(result.values ?? {}))
    if (typeof value === "string" || typeof value === "number") kept[name] = value;
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/**
 * A tick that passes while another one is being delivered is made up for as soon as that is over, and later ones count from then: as
 * upstream's timer, which is set when a flush begins and heard when it has ended.
 */
function madeUp(config: GroupConfig, state: GroupState, flushAt: Millis, now: Millis): GroupState {
  const next = nextTick(state, config, flushAt);
  return next === undefined || now < next ? state : { ...state, firstTickAt: now + 1 };
}

function settle(config: GroupConfig, state: GroupState, results: readonly ActionResult[], now: Millis): GroupState {
  const { flight, tried: _tried, ...landed } = state;
  if (!flight) return state;
  const log: Record<string, LogEntry> = { ...state.log };
  let toldAt: Millis | undefined;
  let complete = true;
  for (const { key, to, reason } of flight.deliveries) {
    const result = results.find((one) => one.key === key && one.status === "done");
    if (!result) {
      complete = false;
      continue;
    }
    log[to] = logEntry(
      config,
      flight,
      reason,
      result.at,
      storeOf(result, state.log[to], reason === "first notification"),
    );
    toldAt = Math.max(toldAt ?? result.at, result.at);
  }
  const next: GroupState = {
    ...landed,
    log,
    ...(flight.firing.count > 0 && state.toldSince === undefined ? { toldSince: toldAt ?? flight.at } : {}),
    ...(complete ? {} : { tried: flight.firing.digest }),
  };
  return madeUp(config, complete ? cleared(next, flight) : next, flight.at, now);
}

/**
 * Alert groups as the shell sees them. A group is opened by its first alert, flushed at its ticks, and dormant once all that was
 * resolved has left; what receivers were told last outlives that.
 */
export const alertGroup: Machine<GroupConfig, GroupState, GroupInput, NotifyAction, AlertingReason> = {
  noun: "alerting",
  initial: ({ identity, version }) => ({ v: 1, identity, version, status: "new", log: {} }),
  step,
  settle,
  dueAt(config, state, now) {
    if (state.status === "open") {
      const tick = nextTick(state, config, now ?? state.flushedAt ?? Number.NEGATIVE_INFINITY);
      const escalation = nextEscalation(state, config);
      const ahead = [
        tick,
        escalation !== undefined && (now === undefined || escalation > now) ? escalation : undefined,
      ];
      const due = ahead.filter((at): at is Millis => at !== undefined);
      return due.length > 0 ? Math.min(...due) : undefined;
    }
    if (state.status === "new") return undefined;
    const look = (state.clearedAt ?? 0) + LATE_MS;
    if (now === undefined || now < look) return look;
    const expiries = Object.values(state.log).map(({ expiresAt }) => expiresAt + LOG_GRACE_MS);
    return expiries.length > 0 ? Math.max(...expiries) : undefined;
  },
};

/** Whether nothing of a group is worth keeping: it is empty, was looked at once more, and its log has run out. */
export const forgettable = (state: GroupState, now: Millis): boolean =>
  state.status === "dormant" &&
  now >= (state.clearedAt ?? 0) + LATE_MS &&
  Object.values(state.log).every((entry) => !remembered(entry, now));
