import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { Bounds } from "./bounds.ts";
import { combine, type Verdict } from "./combine.ts";
import { atBound, boundRule, type Guard, guarded, isOld } from "./guards.ts";
import type { Facts, Opinion } from "./opinion.ts";
import { ask, type Beside, type Opinions } from "./policies.ts";
import { notAgain, takenBack } from "./revert.ts";
import type { Actual, AutoscalingReason, AutoscalingState } from "./types.ts";

/** What to do: go to another count, or stay and why. */
export interface Plan {
  /** The observed count where nothing is to be done. */
  readonly desired: number;
  readonly direction?: "out" | "in";
  readonly reason: AutoscalingReason;
  readonly rule: string;
  /** Reads after "because". */
  readonly text: string;
  /** Something was wanted and could not be had: look again every period, or at `until`. */
  readonly wanted?: boolean;
  readonly until?: Millis;
  readonly recommendations: AutoscalingState["recommendations"];
  /** Absent: as it was. */
  readonly memory?: NonNullable<AutoscalingState["memory"]>;
  /** The one rule that bound the count in the end. */
  readonly bound?: Guard;
  /** A policy wants it: it may be taken back. With the metrics that it is meant to bring down, where the policy says so. */
  readonly byPolicy?: true;
  readonly drivers?: readonly string[];
}

/** Override, pause, policies with their guards, bounds, then what forbids a direction: in this order, each saying so in the trace. */
export function plan(facts: Facts, actual: Actual, bounds: Bounds, trace: Clause[], beside: Beside = {}): Plan {
  const wish = overridden(facts) ?? switchedOff(facts) ?? pausedAll(facts) ?? byPolicies(facts, trace, beside);
  const inside =
    wish.direction || wish.reason === "overridden" || wish.reason === "held_paused" || wish.reason === "held_off"
      ? wish
      : enforced(wish, facts, bounds);
  return inside.direction ? (forbidden(inside, inside.direction, facts, actual) ?? inside) : inside;
}

function overridden(facts: Facts): Plan | undefined {
  const { state, desired, min, max } = facts;
  const { override } = state;
  if (!override) return undefined;
  const count = Math.min(max, Math.max(min, override.desired));
  const clamped = count === override.desired ? "" : `, clamped from ${override.desired} to ${min}..${max}`;
  const text = `${override.by} holds the count at ${count}${clamped} until ${iso(override.until)}: "${override.why}"`;
  return {
    ...towards(count, desired),
    reason: "overridden",
    rule: "override",
    text,
    recommendations: state.recommendations,
  };
}

/** A consumer group's lag is seen also where nothing runs: only with that policy the way out of 0 is open. */
function switchedOff(facts: Facts): Plan | undefined {
  const { config, desired, state, min } = facts;
  if (desired !== 0 || (min > 0 && !config.policies.some((policy) => policy.type === "hpa"))) return undefined;
  if (config.policies.some((policy) => policy.type === "kafka-lag")) return undefined;
  const text = "desired is 0, where nothing runs that could be measured: set it to 1 or more to switch scaling on";
  return { desired, reason: "held_off", rule: "hpa", text, recommendations: state.recommendations };
}

function pausedAll(facts: Facts): Plan | undefined {
  const { state, desired } = facts;
  if (state.pause?.direction !== "all") return undefined;
  return {
    desired,
    reason: "held_paused",
    rule: "pause",
    text: pauseText(state),
    recommendations: state.recommendations,
  };
}

function pauseText({ pause }: AutoscalingState): string {
  if (!pause) return "";
  const direction = pause.direction === "all" ? "scaling" : `scaling ${pause.direction}`;
  return `${pause.by} paused ${direction}${pause.until === undefined ? "" : ` until ${iso(pause.until)}`}: "${pause.why}"`;
}

function byPolicies(facts: Facts, trace: Clause[], beside: Beside): Plan {
  const { opinions, recommendations, memory }: Opinions = ask(facts.config.policies, facts, beside);
  for (const opinion of opinions) trace.push(clauseOf(opinion));
  const verdict = combine(facts, opinions);
  const { desired, reason, rule, text, direction, until, drivers } = verdict;
  const wish: Plan = {
    desired,
    ...(direction ? { direction, byPolicy: true } : {}),
    reason,
    rule,
    text,
    ...(verdict.wanted ? { wanted: true } : {}),
    ...(until === undefined ? {} : { until }),
    ...(drivers ? { drivers } : {}),
    recommendations,
    ...(memory ? { memory } : {}),
  };
  if (isOld(facts.config)) return wish;
  return takenBack(wish, facts, trace) ?? notAgain(bounded(wish, verdict, facts, trace), facts, trace);
}

/** What bounds and the largest step leave of a wish; each that binds says so in a clause of its own. */
function bounded(wish: Plan, { count, reason }: Verdict, facts: Facts, trace: Clause[]): Plan {
  if (count === undefined) return wish;
  if (!wish.direction && reason !== "at_max" && reason !== "at_min") return wish;
  const inside = wish.direction
    ? guarded(facts, count, wish.desired)
    : atBound(facts, count, reason === "at_max" ? "out" : "in");
  trace.push(...inside.clauses);
  const { desired, bound, text } = inside;
  return { ...wish, desired, text: `${wish.text}${text}`, ...(bound ? { bound } : {}) };
}

function clauseOf(opinion: Opinion): Clause {
  const { rule, say, wants, held, text, desired, values } = opinion;
  const kind = say === "unknown" ? "held" : held ? "vetoed" : "computed";
  return { kind, rule, text, values: wants ? { ...values, wants, count: desired } : values };
}

/** Bounds hold whatever the policies think, and need no readings: they are somebody's word. */
function enforced(wish: Plan, facts: Facts, bounds: Bounds): Plan {
  const { desired } = facts;
  const count = Math.min(bounds.max, Math.max(bounds.min, desired));
  if (count === desired) return wish;
  const side = count > desired ? "min" : "max";
  const paid = side === "max" && facts.maxBy === "budget";
  const text =
    count > desired
      ? `${desired} is below the minimum of ${count}`
      : `${desired} is above ${paid ? `the ${count} that the budget pays for` : `the maximum of ${count}`}`;
  return {
    ...towards(count, desired),
    reason: "bounds_enforced",
    rule: isOld(facts.config) ? side : boundRule(facts, side),
    text,
    ...(isOld(facts.config) ? {} : { bound: boundRule(facts, side) }),
    recommendations: wish.recommendations,
    ...(wish.memory ? { memory: wish.memory } : {}),
  };
}

function towards(count: number, desired: number): { readonly desired: number; readonly direction?: "out" | "in" } {
  if (count === desired) return { desired };
  return { desired: count, direction: count > desired ? "out" : "in" };
}

/** What forbids a direction whoever wants it: a pause, a deployment that replaces instances, a fleet that refused. */
function forbidden(wish: Plan, direction: "out" | "in", facts: Facts, actual: Actual): Plan | undefined {
  const { state, desired, now } = facts;
  const hold = (reason: AutoscalingReason, rule: string, text: string, until?: Millis): Plan => ({
    desired,
    reason,
    rule,
    text: `${wish.text}, but ${text}`,
    wanted: true,
    ...(until === undefined ? {} : { until }),
    recommendations: wish.recommendations,
    ...(wish.memory ? { memory: wish.memory } : {}),
  });
  const pausing = state.pause && (state.pause.direction === direction || state.pause.direction === "all");
  if (pausing && wish.reason !== "overridden") {
    return { ...hold("held_paused", "pause", pauseText(state)), wanted: false };
  }
  if (direction === "in" && actual.deploying)
    return hold("held_deploying", "deployment", "a deployment is replacing instances");
  const { refused } = state;
  if (refused?.direction !== direction) return undefined;
  const until = refused.at + Math.min(15 * MINUTE_MS, facts.config.period * 2 ** Math.min(10, refused.count - 1));
  if (now >= until) return undefined;
  const times = refused.count === 1 ? "was not done" : `and ${refused.count - 1} before it were not done`;
  return hold(
    "held_refused",
    "refused",
    `the last action ${times}; it is asked again in ${formatDuration(until - now)}`,
    until,
  );
}
