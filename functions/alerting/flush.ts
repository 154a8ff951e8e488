import type { AlertingReason, GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { withoutCleared } from "../../shared/core/alerting/merge.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { throwAll } from "../throw-all.ts";
import { type Alerting, alertingOf, recentAlerting } from "./context.ts";
import { startCooldowns } from "./cooldown-store.ts";
import { decideFlush } from "./decide-group.ts";
import { groupConfig, rulesOf } from "./group-config.ts";
import { anyNews, forgetLeft, leaving, packRows, readRows, wantsPacking } from "./group-rows.ts";
import { lanesOf } from "./lanes.ts";
import type { Look } from "./look.ts";
import { SILENCE_NOUN } from "./nouns.ts";
import { groupKeyIn, openGroup, wakeAt } from "./open-group.ts";
import { rerouteAll, rerouteGroup } from "./reroute.ts";
import { lookAtSilence, noteMatched } from "./silence-sweep.ts";

/**
 * Flushes of one receiver side by side: the more of them write at the same moment, the fewer commits they need, and what hangs with
 * one receiver holds up nobody of another. More than that save no commits, and a POST waits for all of their work in one turn. How many
 * send at once is bounded apart from it (perform.ts).
 */
const PER_RECEIVER = 300;
const AT_ONCE = 4_000;
/** What was loaded longer ago is loaded again. Real ms. */
const STALE_MS = 1_000;

export interface Flushed {
  readonly result?: RunResult<AlertingReason>;
  /** Its routes are others now: its alerts have gone to the groups they belong to. */
  readonly rerouted?: boolean;
}

const lanes = lanesOf(PER_RECEIVER, AT_ONCE);

/**
 * Looks at one group: tells its receiver what has to be told, at most once per claim, and sets the next timer. Called as often as
 * anybody likes: what is not due is left alone.
 *
 * @param at of the wake that called, so that one that came early is set again
 * @throws HeadgateError of store, journal and objects; nothing was started then
 */
export async function flushGroup(
  runtime: Runtime,
  tenant: string,
  subject: string,
  trigger: Trigger,
  at?: Millis,
): Promise<Flushed | undefined> {
  const stored = await runtime.store.load(groupKeyIn(tenant, subject));
  if (!stored) return undefined;
  const { dueAt } = stored;
  if (isEarly(runtime, stored)) {
    if (dueAt !== undefined && at === dueAt) await wakeAt(runtime, tenant, subject, dueAt);
    return undefined;
  }
  const { receiver } = (stored.state as unknown as GroupState).identity;
  const askedAt = runtime.now();
  return lanes(runtime.store).run(receiver, async (waited) => {
    // After a short wait it is the claim that tells whether somebody was faster.
    const now =
      waited && runtime.now() - askedAt > STALE_MS * runtime.speed
        ? await runtime.store.load(groupKeyIn(tenant, subject))
        : stored;
    return now && !isEarly(runtime, now) ? flush(runtime, tenant, now, trigger) : undefined;
  });
}

/** Somebody was here since its timer was set. */
const isEarly = (runtime: Runtime, { pending, dueAt }: Stored): boolean =>
  !pending && dueAt !== undefined && dueAt > runtime.now();

/** Alerts are routed here no more: the group is kept for when they are again, and is in nobody's way until then. */
async function putOff(runtime: Runtime, { key, version, state, pending }: Stored): Promise<undefined> {
  if (!pending) await runtime.store.write(key, version, { state, dueAt: Math.floor(runtime.now()) + HOUR_MS });
}

async function flush(runtime: Runtime, tenant: string, stored: Stored, trigger: Trigger): Promise<Flushed | undefined> {
  const { subject } = stored.key;
  const state = stored.state as unknown as GroupState;
  const known = await recentAlerting(runtime, tenant);
  // It may be the group that is of the newer one.
  const alerting = known?.formedBy === state.version ? known : await alertingOf(runtime, tenant);
  if (!alerting) return putOff(runtime, stored);
  if (state.status === "dormant" && !stored.pending) {
    await lookAgain(runtime, tenant, alerting, subject, stored);
    return undefined;
  }
  if (state.version !== alerting.formedBy && !stored.pending) {
    await rerouteGroup(runtime, tenant, alerting, stored);
    return { rerouted: true };
  }
  const { result, look } = await decideFlush(runtime, { tenant, alerting, stored, trigger });
  return { result, ...(await afterwards(runtime, tenant, alerting, subject, result, look)) };
}

/** What follows from a settled flush: who has left leaves the rows, the timer is set, an emptied group is looked at once more. */
async function afterwards(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  subject: string,
  result: RunResult<AlertingReason>,
  look: Look | undefined,
): Promise<{ readonly rerouted?: boolean }> {
  const stored = result.stored ?? (await runtime.store.load(groupKeyIn(tenant, subject)));
  if (!stored) return {};
  const state = stored.state as unknown as GroupState;
  if (state.version !== alerting.formedBy && !stored.pending) {
    await rerouteGroup(runtime, tenant, alerting, stored);
    return { rerouted: true };
  }
  const input = look?.summary.input;
  // What somebody else has told of at the same moment may not be what was seen here.
  if (look && input && !stored.pending && (result.status === "decided" || result.status === "unchanged")) {
    const leave = new Set(
      result.status === "decided" && state.clearedAt === input.at
        ? look.summary.judged.flatMap(({ row, status }) => (status === "resolved" ? [row.fingerprint] : []))
        : [],
    );
    if (leave.size > 0 || wantsPacking(look.read))
      await packRows(runtime, tenant, subject, look.read, leaving(runtime, look.read, leave));
    if (result.results.some(({ status }) => status === "done"))
      await startCooldowns(
        runtime,
        tenant,
        rulesOf(alerting).cooldownKeys,
        look.summary.send.flatMap(({ row, status }) => (status === "firing" ? [row] : [])),
      );
    await noteMatched(runtime, tenant, look.summary.judged);
  }
  if (state.status === "dormant") await lookAgain(runtime, tenant, alerting, subject, stored);
  else if (stored.dueAt !== undefined) await wakeAt(runtime, tenant, subject, stored.dueAt);
  return {};
}

/**
 * An emptied group: opened again where alerts came while it was being emptied (they were written before their POST looked at the
 * group, so they are seen here), removed once its memory has run out.
 */
async function lookAgain(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  subject: string,
  stored: Stored,
): Promise<void> {
  const state = stored.state as unknown as GroupState;
  const now = Math.floor(runtime.now());
  if (await anyNews(runtime, tenant, subject)) {
    const read = await readRows(runtime, tenant, subject);
    const [first] = withoutCleared(read.rows, state.clearedAt).values();
    if (first) {
      const route = alerting.routes.get(state.identity.routeId);
      if (!route) return void (await rerouteGroup(runtime, tenant, alerting, stored));
      const config = groupConfig(alerting, route, state.identity);
      await openGroup(runtime, tenant, subject, config, { kind: "open", at: now, startsAt: first.startsAt });
      return;
    }
    await packRows(runtime, tenant, subject, read, leaving(runtime, read, new Set(read.rows.keys())));
  }
  const config = groupConfig(alerting, alerting.routes.get(state.identity.routeId) ?? alerting.root, state.identity);
  const ends = await forgetLeft(runtime, tenant, subject);
  const remembers = alertGroup.dueAt(config, state, now);
  const next =
    ends === undefined ? remembers : Math.min(ends, remembers !== undefined && remembers > now ? remembers : ends);
  if (next !== undefined && next > now) {
    if (next !== stored.dueAt)
      await runtime.store.write(stored.key, stored.version, { state: stored.state, dueAt: next });
    return;
  }
  await runtime.store.remove(stored.key, stored.version);
}

/** At most so many that no timer woke are looked at in one go; the oldest first. */
const MOST_DUE = 5_000;

/**
 * Looks at every group and silence that is due: what a lost timer, a full disk or a dead worker left behind.
 *
 * @throws AggregateError of what could not be flushed, after everything was tried
 */
export async function flushDue(runtime: Runtime, tenant?: string): Promise<readonly Flushed[]> {
  // A configuration that was put in force elsewhere: its groups are formed anew now, not each at its own next flush.
  if (tenant !== undefined) await rerouteAll(runtime, tenant);
  const keys = (await runtime.store.due(runtime.now(), MOST_DUE)).filter(
    (key) => tenant === undefined || key.tenant === tenant,
  );
  const trigger: Trigger = { type: "sweep", detail: "due" };
  const silences = keys.filter(({ noun }) => noun === SILENCE_NOUN);
  const done = await Promise.allSettled([
    ...keys
      .filter(({ noun }) => noun === alertGroup.noun)
      .map((key) => flushGroup(runtime, key.tenant, key.subject, trigger)),
    ...silences.map((key) => lookAtSilence(runtime, key.tenant, key.subject).then(() => undefined)),
  ]);
  const errors = done.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  throwAll(errors, "groups could not be flushed");
  return done.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : []));
}
