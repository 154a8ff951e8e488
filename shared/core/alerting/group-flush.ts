import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { logExpiry } from "./decide.ts";
import { actionOf, type Delivery, deliveries, isStale, targetsOf } from "./group-delivery.ts";
import { deliveryClause, seenClause, suppressedClauses } from "./group-trace.ts";
import type { AlertingReason, FlushInput, GroupConfig, GroupState, GroupStep } from "./group-types.ts";
import { pagePlan } from "./oncall/page-deliveries.ts";
import { nextPageAt, type PagePlan, pageClauses } from "./oncall/paging.ts";
import type { LogEntry, NotifyAction, NotifyReason } from "./types.ts";

const NOTIFIED: Readonly<Record<NotifyReason, AlertingReason>> = {
  "first notification": "notified_first",
  "new alerts added": "notified_new_alerts",
  "all alerts resolved": "notified_all_resolved",
  "some alerts resolved": "notified_resolved",
  "repeat interval elapsed": "notified_repeat",
  escalated: "escalated",
};
/** Which of several reasons names the decision. */
const RANK = Object.keys(NOTIFIED) as readonly NotifyReason[];

export const heldStep = (state: GroupState, reason: AlertingReason, rule: string, text: string): GroupStep => ({
  state,
  actions: [],
  reason,
  trace: [{ kind: "held", rule, text, values: {} }],
});

/** Why nothing is told, when nothing is. */
function holdReason(config: GroupConfig, input: FlushInput, all: readonly Delivery[]): AlertingReason {
  const { held, counts, firing, resolved } = input;
  if (held) return held.by === "active" ? "held_inactive" : "held_muted";
  if (firing.count + resolved.count === 0) {
    const [inhibited, silenced, cooling] = [counts.inhibited > 0, counts.silenced > 0, counts.cooling > 0];
    if ([inhibited, silenced, cooling].filter(Boolean).length > 1) return "held_suppressed";
    return inhibited ? "held_inhibited" : silenced ? "held_silenced" : "held_cooldown";
  }
  if (!targetsOf(config, input.page).some(({ integration }) => integration.sendable)) {
    if (!input.page) return "held_not_sendable";
    return firing.count > 0 ? "held_nobody_on_call" : "held_never_notified";
  }
  if (all.some((one) => one.held === "acknowledged")) return "held_acknowledged";
  if (all.some((one) => one.held === "cooldown")) return "held_cooldown";
  const known = targetsOf(config, input.page).some(({ to }) => input.integrations[to]?.entryAt !== undefined);
  return firing.count === 0 && !known ? "held_never_notified" : "held_nothing_new";
}

/** A state without what ends when all that was told of is resolved. */
function ended(state: GroupState): GroupState {
  const { toldSince: _told, escalated: _escalated, ack: _ack, tried: _tried, ...others } = state;
  const { paging: _paging, nobodySince: _since, ...rest } = others;
  return rest;
}

/** What the log says of a delivery. `at` is when it was done, as upstream's log has it, not when it was decided. */
export const logEntry = (
  config: GroupConfig,
  flush: Pick<FlushInput, "firing" | "resolved">,
  reason: NotifyReason,
  at: Millis,
  store?: LogEntry["store"],
): LogEntry => ({
  at,
  reason,
  firing: flush.firing,
  resolved: flush.resolved,
  expiresAt: logExpiry(at, config.repeatIntervalMs),
  ...(store ? { store } : {}),
});

/**
 * After a flush in which nothing had to be delivered, or everything was: resolved alerts leave, an emptied group goes dormant. What comes next begins
 * anew, also where nobody could be told of what was.
 */
export const cleared = (
  state: GroupState,
  { at, clears, lastOnes }: { readonly at: Millis; readonly clears: boolean; readonly lastOnes: boolean },
): GroupState =>
  clears ? (lastOnes ? { ...ended(state), clearedAt: at, status: "dormant" } : { ...state, clearedAt: at }) : state;

/** One flush. In upstream's order: what is suppressed, whom to tell of the rest, what leaves the group. */
export function flush(config: GroupConfig, state: GroupState, input: FlushInput): GroupStep {
  if (state.status !== "open") return heldStep(state, "held_empty", "group", "the group is not open");
  if (isStale(config, state, input))
    return heldStep(state, "held_stale", "log", "the summary was made against another log than is known here");
  if (input.counts.alerts === 0) {
    const trace: readonly Clause[] = [seenClause(input)];
    const next = cleared(state, { at: input.at, clears: true, lastOnes: true });
    return { state: next, actions: [], reason: "dormant", trace };
  }
  const tells = !input.held && input.firing.count + input.resolved.count > 0;
  const plan = tells && input.page ? pagePlan(config, state, input, hasNews(config, state, input)) : undefined;
  const all = deliveries(config, state, input, plan);
  const told = all.filter(({ reason }) => reason !== undefined);
  const nobody = plan !== undefined && plan.level === undefined && plan.skipped.length > 0;
  if (input.tick === undefined && told.length === 0 && !(nobody && state.nobodySince === undefined))
    return heldStep(state, "held_not_due", "clock", "no flush and no escalation is due");
  const trace: readonly Clause[] = [
    seenClause(input),
    ...suppressedClauses(input),
    ...(config.paging && input.page && plan ? pageClauses(config.paging, input.page, plan) : []),
    ...all.map((delivery) => deliveryClause(delivery, input, config)),
  ];
  // Between ticks only escalations go out; what leaves the group leaves at a tick.
  const clears = input.tick !== undefined && input.counts.resolved > 0;
  const lastOnes = clears && input.counts.firing === 0;
  if (told.length === 0) {
    const reason = nobody ? "held_nobody_on_call" : holdReason(config, input, all);
    // Formed anew, its people may know all of it already: who comes next counts from here.
    const begun = plan?.paging && plan.paging !== state.paging ? { ...state, paging: plan.paging } : state;
    // Once is a decision that the journal has; at each further tick it is no news.
    const paged = nobody && state.nobodySince === undefined ? { ...begun, nobodySince: input.at } : begun;
    const next = cleared(paged, { at: input.at, clears, lastOnes });
    const told = reason === "held_nothing_new" && clears ? (lastOnes ? "dormant" : "dropped_resolved") : reason;
    return { state: next, actions: [], reason: told, trace };
  }
  return deliver(config, state, input, told, { clears, lastOnes, plan }, trace);
}

/** Whether a receiver has been told of all that fires: then it is no news that another one has not. */
const someoneKnows = (config: GroupConfig, { integrations, page }: FlushInput): boolean =>
  targetsOf(config, page).some(({ to }) => {
    const counts = Object.hasOwn(integrations, to) ? integrations[to] : undefined;
    return counts?.entryAt !== undefined && counts.newFiring === 0;
  });

/** Whether something fires that nobody was told of, and that nobody could be told of before. */
const hasNews = (config: GroupConfig, state: GroupState, input: FlushInput): boolean =>
  state.tried !== input.firing.digest && !someoneKnows(config, input);

function deliver(
  config: GroupConfig,
  state: GroupState,
  input: FlushInput,
  told: readonly Delivery[],
  { plan, ...leaving }: { readonly clears: boolean; readonly lastOnes: boolean; readonly plan: PagePlan | undefined },
  trace: readonly Clause[],
): GroupStep {
  const { flight: _flight, ...before } = state;
  const silent = told.filter((one) => one.silent);
  const loud = told.filter((one) => !one.silent);
  const news =
    told.some(({ reason }) => reason === "first notification" || reason === "new alerts added") &&
    hasNews(config, state, input);
  // Something new makes an acknowledgement of the old void, and the time until an escalation starts again.
  const base: GroupState = news || input.firing.count === 0 ? ended(before) : before;
  const escalated = loud.flatMap(({ reason, target }) => (reason === "escalated" && target.rule ? [target.rule] : []));
  const log = Object.fromEntries(
    silent.map(({ target, reason }) => [target.to, logEntry(config, input, reason as NotifyReason, input.at)]),
  );
  // What new alerts add to a paging that runs does not put it off: a storm of them would, for good.
  const { paging = input.firing.count > 0 ? before.paging : undefined } = plan ?? {};
  const { paging: _paging, nobodySince: _since, ...others } = base;
  const next: GroupState = {
    ...others,
    ...(paging ? { paging } : {}),
    flushedAt: input.at,
    log: { ...before.log, ...log },
    ...(escalated.length > 0
      ? { escalated: { ...base.escalated, ...Object.fromEntries(escalated.map((rule) => [rule, input.at])) } }
      : {}),
  };
  if (loud.length === 0)
    return {
      state: cleared(next, { at: input.at, ...leaving }),
      actions: [],
      reason: "cleared_without_sending",
      trace,
    };
  const nextPage = config.paging && paging && !next.ack ? nextPageAt(config.paging, paging) : undefined;
  const actions: readonly NotifyAction[] = loud.map((one) => actionOf(config, state, input, one, nextPage));
  const reason = RANK.find((one) => loud.some((delivery) => delivery.reason === one)) as NotifyReason;
  return {
    state: {
      ...next,
      flight: {
        at: input.at,
        ...leaving,
        firing: input.firing,
        resolved: input.resolved,
        deliveries: loud.map(({ target, reason: why }, index) => ({
          key: (actions[index] as NotifyAction).key,
          to: target.to,
          reason: why as NotifyReason,
        })),
      },
    },
    actions,
    reason: NOTIFIED[reason],
    trace,
  };
}
