import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { Bounds } from "./bounds.ts";
import type { AutoscalingConfig } from "./config.ts";
import { metricsNeeded } from "./needs.ts";
import type { Facts } from "./opinion.ts";
import { describeSignal, isInstant, type Signal, signalOf } from "./signal.ts";
import type { Actual, AutoscalingInput, AutoscalingState, Change } from "./types.ts";

type Readings = Extract<AutoscalingInput, { kind: "evaluate" }>["readings"];

/** More instances than anything here can have: a count beyond it is a broken answer. */
const MOST = 1_000_000;

/** Why an observation cannot be used, or undefined where it can. */
export function unusable(config: AutoscalingConfig, actual: Actual | undefined, now: Millis): string | undefined {
  if (!actual) return "the fleet did not answer for this service";
  for (const name of ["desired", "pending", "running", "ready"] as const) {
    const count = actual[name];
    if (!Number.isInteger(count) || count < 0 || count > MOST)
      return `the fleet says ${name} is ${count}, which is no count`;
  }
  if (!isInstant(actual.at)) return "the fleet does not say when it looked";
  if (now - actual.at > config.maxAge) return "what the fleet says is too old";
  return undefined;
}

/** Puts together what the policies need. Each reading is judged once, when first asked for. */
export function factsOf(
  config: AutoscalingConfig,
  state: AutoscalingState,
  actual: Actual,
  readings: Readings,
  bounds: Bounds,
  now: Millis,
): Facts {
  const signals = new Map<string, Signal>();
  const signal = (metric: string): Signal => {
    const before = signals.get(metric);
    if (before) return before;
    const made = signalOf(
      metric,
      Object.hasOwn(readings, metric) ? readings[metric] : undefined,
      now,
      config.maxAge,
      config.period,
    );
    signals.set(metric, made);
    return made;
  };
  const { desired, ready } = actual;
  const starting = state.watch?.direction === "out" && state.watch.desired === desired && ready < desired;
  return {
    config,
    state,
    now,
    min: bounds.min,
    max: bounds.max,
    ...(bounds.minBy ? { minBy: bounds.minBy } : {}),
    ...(bounds.maxBy ? { maxBy: bounds.maxBy } : {}),
    desired,
    ready,
    base: starting ? ready : desired,
    signal,
    readyAt: (of) => readyAt(readings, state, ready, of),
  };
}

/**
 * A reading is older than the count of now. Multiplying it with instances that became ready since would count their load
 * twice, so: the `ready` reading of the same period, or else what our own last action, or another hand, is known to have changed.
 */
function readyAt(readings: Readings, state: AutoscalingState, ready: number, of: Signal): number {
  const points = Object.hasOwn(readings, "ready") ? readings["ready"]?.points : undefined;
  for (let index = (points?.length ?? 0) - 1; index >= 0; index -= 1) {
    const point = points?.[index];
    if (point && point.at === of.at && Number.isFinite(point.value) && point.value >= 0) return point.value;
  }
  return countThen(state, of) ?? ready;
}

/** Instances before the first change after that reading, as far as our own last action, or another hand, is known; undefined: there was none. */
export function countThen({ watch, followed, external }: AutoscalingState, of: Pick<Signal, "at">): number | undefined {
  let next: Change | undefined;
  for (const change of [followed, external, watch && { at: watch.since, from: watch.from }])
    if (change && of.at < change.at && (!next || change.at < next.at)) next = change;
  return next?.from;
}

/** One clause per reading that the policies need: the value and its age, or why it is unknown. */
export function inputClauses(facts: Facts): Clause[] {
  const clauses: Clause[] = [];
  for (const { metric, optional } of metricsNeeded(facts.config)) {
    const signal = facts.signal(metric);
    if (optional && !signal.known) continue;
    const text = describeSignal(signal, facts.now, facts.config.maxAge);
    const values = signal.known ? { value: signal.value, at: signal.at } : { value: null };
    clauses.push({ kind: "input", rule: metric, text, values });
  }
  return clauses;
}
