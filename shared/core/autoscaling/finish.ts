import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { needsPolling } from "./alarms.ts";
import type { Bounds } from "./bounds.ts";
import type { AutoscalingConfig } from "./config.ts";
import type { Plan } from "./plan.ts";
import type { Pressures } from "./pressures.ts";
import { earliest, recheckAt, type Wish } from "./recheck.ts";
import { patch } from "./state.ts";
import type { Actual, AutoscalingAction, AutoscalingReason, AutoscalingState, AutoscalingStep } from "./types.ts";

/** What one evaluation is about; the trace grows as it goes. */
export interface Setting {
  readonly config: AutoscalingConfig;
  readonly before: AutoscalingState;
  readonly service: string;
  readonly now: Millis;
  readonly trace: Clause[];
  /** An alarm event changed which alarms are open. */
  readonly alarmed: boolean;
}

/** What the evaluation came to. */
export interface Conclusion {
  readonly state: AutoscalingState;
  readonly actual: Actual;
  readonly bounds: Bounds;
  readonly decided: Plan;
  /** Another hand had changed the count. */
  readonly external: boolean;
  /** Notes to earlier decisions. */
  readonly outcomes: readonly AutoscalingAction[];
  /** What was measured, where an action's effect is to be looked at. */
  readonly before?: Pressures;
}

/** Ends an evaluation that could not judge at all. */
export function hold(
  setting: Setting,
  state: AutoscalingState,
  reason: AutoscalingReason,
  rule: string,
  text: string,
  soon: boolean,
): AutoscalingStep {
  const { config, before, trace, now } = setting;
  trace.push({ kind: "held", rule, text, values: {} });
  const at = recheckAt(before.recheckAt, { soon, at: undefined }, config.period, now);
  return { ...told(setting, patch(state, { recheckAt: at }), reason), actions: [], trace };
}

/** Turns the plan into state, actions and reason; observe and recommend say what they would do, and do nothing. */
export function conclude(setting: Setting, conclusion: Conclusion): AutoscalingStep {
  const { config, before, now, service, trace } = setting;
  const { decided, actual, bounds, outcomes, external } = conclusion;
  const { direction, desired, rule, text } = decided;
  const { bound } = decided;
  const values = { from: actual.desired, desired, min: bounds.min, max: bounds.max, ...(bound ? { bound } : {}) };
  trace.push({ kind: closing(decided), rule, text, values });
  const acts = direction !== undefined && config.mode === "act";
  const recheck = recheckAt(before.recheckAt, wish(setting, conclusion, acts), config.period, now);
  const state = patch(conclusion.state, { recheckAt: recheck });
  if (!direction) {
    return { ...told(setting, state, decided.reason, { external }), actions: outcomes, trace };
  }
  if (!acts) {
    const mode = `mode is ${config.mode}, so nothing is done`;
    trace.push({ kind: "vetoed", rule: "mode", text: mode, values: { mode: config.mode } });
    const reason = direction === "out" ? "would_scale_out" : "would_scale_in";
    return { ...told(setting, state, reason, { desired }), actions: outcomes, trace };
  }
  const key = `scale:${service}:${now}:${desired}`;
  const scale = { type: "scale", key, service, desired, expected: actual.desired, direction } as const;
  const asked = { key, at: now, from: actual.desired, desired, direction, ...forEffect(conclusion) };
  const next = patch(state, { asked, desired, last: { reason: decided.reason, at: now } });
  return { state: next, actions: [...outcomes, scale], reason: decided.reason, trace };
}

function forEffect({ before, decided }: Conclusion): Partial<NonNullable<AutoscalingState["asked"]>> {
  if (!before) return {};
  const { byPolicy, rule, drivers, reason } = decided;
  return {
    before,
    ...(byPolicy ? { rule } : {}),
    ...(byPolicy && drivers ? { drivers } : {}),
    ...(reason === "reverted" ? { reverts: true } : {}),
  };
}

function closing({ direction, reason }: Plan): Clause["kind"] {
  if (reason === "bounds_enforced" || reason === "at_max" || reason === "at_min") return "clamped";
  if (direction || reason === "within_target" || reason === "overridden") return "chosen";
  return reason.startsWith("held_no") || HELD.has(reason) ? "held" : "vetoed";
}

const HELD: ReadonlySet<AutoscalingReason> = new Set([
  "held_stale_data",
  "held_off",
  "held_learning",
  "held_rebalancing",
]);

/** What is open: an alarm, an action whose effect is not seen yet, a wish that is not granted, a condition without alarm. */
function wish({ config }: Setting, { state, decided, actual, bounds }: Conclusion, acts: boolean): Wish {
  const watching = state.watch !== undefined;
  const { effect } = state;
  const effectAt = effect && effect.since + config.outcome.after;
  if (decided.reason === "held_paused" || decided.reason === "held_off") return { soon: watching, at: effectAt };
  // An alarm on low load stays open for as long as a service idles at its minimum: that is no news.
  const above = actual.desired > bounds.min;
  const alarm = Object.keys(state.alarms).some((name) => above || !name.endsWith("-in"));
  const refused = decided.wanted === true && decided.until === undefined;
  const soon = acts || alarm || refused || watching || needsPolling(config);
  return { soon, at: earliest(decided.wanted ? decided.until : undefined, effectAt) };
}

/**
 * The state and the reason of a decision without an action of its own. What is already the last reason changes nothing.
 * News (another hand, an alarm) is told in its place; the state keeps the reason underneath, so that it is told once.
 */
function told(
  { before, alarmed, now }: Setting,
  state: AutoscalingState,
  reason: AutoscalingReason,
  news: { readonly external?: boolean; readonly desired?: number } = {},
): { readonly state: AutoscalingState; readonly reason: AutoscalingReason } {
  const { external = false, desired } = news;
  const same = before.last?.reason === reason && before.last.desired === desired;
  const last = same ? before.last : { reason, at: now, ...(desired === undefined ? {} : { desired }) };
  return {
    state: patch(state, { last }),
    reason: external ? "external_change" : same && alarmed ? "alarm_noted" : reason,
  };
}
