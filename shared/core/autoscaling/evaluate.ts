import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { needsPolling } from "./alarms.ts";
import { type Bounds, boundsOf } from "./bounds.ts";
import type { AutoscalingConfig } from "./config.ts";
import { factsOf, inputClauses, unusable } from "./facts.ts";
import { forget, note } from "./open-alarms.ts";
import { type Plan, plan } from "./plan.ts";
import { recheckAt } from "./recheck.ts";
import { patch, rebased } from "./state.ts";
import type { AutoscalingStep } from "./step.ts";
import type { Actual, AutoscalingAction, AutoscalingInput, AutoscalingReason, AutoscalingState } from "./types.ts";
import { WATCH_MS, watched } from "./watch.ts";

type Input = Extract<AutoscalingInput, { kind: "evaluate" }>;

/** A fleet may answer with the old count for a moment after it accepted the new one. */
const SETTLING_MS = 30_000;

/** Looks at one service and decides. See {@link step} for the order. */
export function evaluate(
  config: AutoscalingConfig,
  before: AutoscalingState,
  input: Input,
  now: Millis,
): AutoscalingStep {
  const service = input.service ?? "";
  const trace: Clause[] = [];
  const noted = note(expired(rebased(before, now), now, trace), input.alarm, now);
  trace.push(...noted.clauses);
  const alarmed = noted.state.alarms !== before.alarms;
  const why = unusable(config, input.actual, now);
  if (why !== undefined || !input.actual) return noFleet(config, before, noted.state, why ?? "", trace, now, alarmed);
  const actual = input.actual;
  trace.push(fleetClause(actual));
  const waiting = unsettled(noted.state, actual, now);
  if (waiting !== undefined) return pending(config, noted.state, before, waiting, trace, now, alarmed);
  const external = changedByOthers(noted.state, actual, trace);
  const seen = watched(patch(noted.state, { asked: undefined, desired: actual.desired }), service, actual, now);
  const bounds = boundsOf(config, now);
  const facts = factsOf(config, seen.state, actual, input.readings ?? {}, bounds, now);
  trace.push(...inputClauses(facts), ...(bounds.clause ? [bounds.clause] : []));
  const open = forget(seen.state, config, service, facts);
  trace.push(...open.clauses);
  const decided = plan(facts, actual, bounds, trace);
  const state = patch(open.state, { recommendations: decided.recommendations });
  return finish({
    config,
    before,
    state,
    service,
    actual,
    bounds,
    decided,
    now,
    trace,
    outcomes: seen.actions,
    external,
    alarmed,
  });
}

/** A pause or an override that has run out is gone, also if nobody woke us at its end. */
function expired(state: AutoscalingState, now: Millis, trace: Clause[]): AutoscalingState {
  const { pause, override } = state;
  const pauseOver = pause?.until !== undefined && pause.until <= now;
  const overrideOver = override !== undefined && override.until <= now;
  if (pauseOver)
    trace.push({
      kind: "changed",
      rule: "pause",
      text: `the pause by ${pause.by} has ended`,
      values: { until: pause.until ?? null },
    });
  if (overrideOver)
    trace.push({
      kind: "changed",
      rule: "override",
      text: `the override by ${override.by} has ended`,
      values: { until: override.until },
    });
  return patch(state, { ...(pauseOver ? { pause: undefined } : {}), ...(overrideOver ? { override: undefined } : {}) });
}

function fleetClause(actual: Actual): Clause {
  const { desired, running, ready, pending, deploying, at } = actual;
  const text = `${desired} desired, ${running} running, ${ready} ready${deploying ? ", a deployment is under way" : ""}`;
  return { kind: "input", rule: "fleet", text, values: { desired, running, ready, pending, deploying, at } };
}

/** Why the count that is observed may not be judged yet: our own last action is not settled, or not visible. */
function unsettled(state: AutoscalingState, actual: Actual, now: Millis): string | undefined {
  const { asked, watch } = state;
  if (asked && now - asked.at < WATCH_MS)
    return `the action to go from ${asked.from} to ${asked.desired} is not settled`;
  if (!watch || actual.desired !== watch.from || watch.from === watch.desired) return undefined;
  const fresh = actual.at < watch.since || now - watch.since < SETTLING_MS;
  return fresh ? `the fleet still says ${watch.from} just after it accepted ${watch.desired}` : undefined;
}

/** Somebody else (a deployment, a person, another autoscaler) changed the count we had asked for: noticed and re-based. */
function changedByOthers(state: AutoscalingState, actual: Actual, trace: Clause[]): boolean {
  const ours = state.desired;
  if (ours === undefined || ours === actual.desired) return false;
  const text = `another hand changed desired from ${ours} to ${actual.desired}`;
  trace.push({ kind: "changed", rule: "external-change", text, values: { from: ours, to: actual.desired } });
  return true;
}

function noFleet(
  config: AutoscalingConfig,
  before: AutoscalingState,
  state: AutoscalingState,
  text: string,
  trace: Clause[],
  now: Millis,
  alarmed: boolean,
): AutoscalingStep {
  trace.push({ kind: "held", rule: "fleet", text, values: {} });
  const soon = Object.keys(state.alarms).length > 0;
  const at = recheckAt(before.recheckAt, { soon, at: now + QUIET_PERIODS * config.period }, config.period, now);
  return { ...told(patch(state, { recheckAt: at }), before, "held_no_fleet", alarmed, now), actions: [], trace };
}

function pending(
  config: AutoscalingConfig,
  state: AutoscalingState,
  before: AutoscalingState,
  text: string,
  trace: Clause[],
  now: Millis,
  alarmed: boolean,
): AutoscalingStep {
  trace.push({ kind: "held", rule: "pending", text, values: {} });
  const at = recheckAt(before.recheckAt, { soon: true, at: undefined }, config.period, now);
  return { ...told(patch(state, { recheckAt: at }), before, "held_pending", alarmed, now), actions: [], trace };
}

interface Finish {
  readonly config: AutoscalingConfig;
  readonly before: AutoscalingState;
  readonly state: AutoscalingState;
  readonly service: string;
  readonly actual: Actual;
  readonly bounds: Bounds;
  readonly decided: Plan;
  readonly now: Millis;
  readonly trace: Clause[];
  readonly outcomes: readonly AutoscalingAction[];
  readonly external: boolean;
  readonly alarmed: boolean;
}

/** Turns the plan into state, actions and reason; observe and recommend say what they would do, and do nothing. */
function finish(all: Finish): AutoscalingStep {
  const { config, before, decided, actual, now, trace, outcomes } = all;
  const { direction, desired, rule, text } = decided;
  trace.push({
    kind: closing(decided),
    rule,
    text,
    values: { from: actual.desired, desired, min: all.bounds.min, max: all.bounds.max },
  });
  const acts = direction !== undefined && config.mode === "act";
  if (direction && !acts)
    trace.push({
      kind: "vetoed",
      rule: "mode",
      text: `mode is ${config.mode}, so nothing is done`,
      values: { mode: config.mode },
    });
  const state = patch(all.state, { recheckAt: recheckAt(before.recheckAt, wish(all, acts), config.period, now) });
  if (!direction) {
    const reason = all.external ? "external_change" : decided.reason;
    return { ...told(state, before, reason, all.alarmed, now), actions: outcomes, trace };
  }
  if (!acts) {
    const reason = direction === "out" ? "would_scale_out" : "would_scale_in";
    return { ...told(state, before, reason, all.alarmed, now, desired), actions: outcomes, trace };
  }
  const key = `scale:${all.service}:${now}:${desired}`;
  const scale = { type: "scale", key, service: all.service, desired, expected: actual.desired, direction } as const;
  const asked = { key, at: now, from: actual.desired, desired, direction };
  const next = patch(state, { asked, desired, last: { reason: decided.reason, at: now } });
  return { state: next, actions: [...outcomes, scale], reason: decided.reason, trace };
}

function closing({ direction, reason }: Plan): Clause["kind"] {
  if (reason === "bounds_enforced" || reason === "at_max" || reason === "at_min") return "clamped";
  if (direction || reason === "within_target" || reason === "overridden") return "chosen";
  return reason.startsWith("held_no") || reason === "held_stale_data" || reason === "held_off" ? "held" : "vetoed";
}

/** When to look again; see the members of {@link Wish}. */
function wish(all: Finish, acts: boolean): { readonly soon: boolean; readonly at: Millis | undefined } {
  const { config, state, decided, actual, bounds } = all;
  const resting = decided.reason === "held_paused" || decided.reason === "held_off";
  const above = actual.desired > bounds.min && !resting;
  const alarms = Object.keys(state.alarms).some((name) => above || !name.endsWith("-in")) && !resting;
  const waits = decided.wanted === true && decided.until === undefined;
  const soon = acts || alarms || waits || state.watch !== undefined || (needsPolling(config) && !resting);
  return { soon, at: decided.wanted ? decided.until : undefined };
}

/**
 * The state after a decision without an action of its own. A reason that is already the last one changes nothing; an
 * event (an alarm, another hand) is told once and is not the last reason, so that the next look is quiet again.
 */
function told(
  state: AutoscalingState,
  before: AutoscalingState,
  reason: AutoscalingReason,
  alarmed: boolean,
  now: Millis,
  desired?: number,
): { readonly state: AutoscalingState; readonly reason: AutoscalingReason } {
  if (reason === "external_change") return { state, reason };
  const same = before.last?.reason === reason && before.last.desired === desired;
  if (same) return { state, reason: alarmed ? "alarm_noted" : reason };
  return { state: patch(state, { last: { reason, at: now, ...(desired === undefined ? {} : { desired }) } }), reason };
}
