import * as v from "valibot";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import { unitOf } from "../../shared/core/autoscaling/needs.ts";
import type {
  Actual,
  AutoscalingInput,
  AutoscalingState,
  AutoscalingStep,
} from "../../shared/core/autoscaling/types.ts";
import type { Reading } from "../../shared/core/kernel/reading.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";

/** Monday 2024-01-15 10:00 UTC, a whole minute. */
export const T0 = 1_705_312_800_000;

export function config(input: AutoscalingConfigInput = {}): AutoscalingConfig {
  return v.parse(AutoscalingConfig, input);
}

export const EMPTY: AutoscalingState = autoscaling.initial(config(), T0);

/** A healthy service with `desired` instances, all ready unless said otherwise. */
export function fleet(desired: number, other: Partial<Actual> = {}): Actual {
  return { desired, pending: 0, running: desired, ready: desired, deploying: false, at: T0, ...other };
}

/** Values of the newest whole periods before `now`, oldest first; undefined leaves a gap. */
export function reading(
  metric: string,
  values: readonly (number | undefined)[],
  now = T0,
  periodMs = MINUTE_MS,
): Reading {
  const points = values.flatMap((value, index) =>
    value === undefined ? [] : [{ at: now - (values.length - index) * periodMs, value }],
  );
  return { metric, unit: unitOf(metric), periodMs, points, source: "test" };
}

type Values = { readonly [metric: string]: number | readonly (number | undefined)[] | undefined };

/** An evaluation of `orders`; a number is one newest point, a list several, undefined a metric without points. */
export function look(
  actual: Actual | undefined,
  values: Values = {},
  now = T0,
): Extract<AutoscalingInput, { kind: "evaluate" }> {
  const readings = Object.fromEntries(
    Object.entries(values).map(([metric, value]) => [
      metric,
      reading(metric, Array.isArray(value) ? value : value === undefined ? [] : [value as number], now),
    ]),
  );
  return { kind: "evaluate", service: "orders", actual, readings };
}

/** One step; what is asked for, or undefined. */
export function decide(
  of: AutoscalingConfig,
  actual: Actual | undefined,
  values: Values,
  state: AutoscalingState = EMPTY,
  now = T0,
): AutoscalingStep & { readonly desired: number | undefined } {
  const step = autoscaling.step(of, state, look(actual && { ...actual, at: now }, values, now), now);
  return { ...step, desired: asked(step) };
}

/** The count a step asks for, if it does. */
export function asked(step: AutoscalingStep): number | undefined {
  return step.actions.find((action) => action.type === "scale")?.desired;
}

/** The state after every action of the step was done at `now`. */
export function settled(
  of: AutoscalingConfig,
  step: AutoscalingStep,
  now: number,
  status: ActionResult["status"] = "done",
): AutoscalingState {
  const results = step.actions.map(({ key }) => ({ key, status, at: now, detail: "test" }));
  return autoscaling.settle(of, step.state, results, now);
}

/** `count` times the same value. */
export function times(count: number, value: number): readonly number[] {
  return Array.from({ length: count }, () => value);
}
