import type { Reading } from "../../kernel/reading.ts";
import type { Clause } from "../../kernel/step.ts";
import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { AutoscalingConfig } from "../config.ts";
import { autoscaling } from "../machine.ts";
import { metricsNeeded } from "../needs.ts";
import type { AutoscalingReason, AutoscalingState } from "../types.ts";
import { forecastGauge } from "./forecast-gauge.ts";
import { gauge } from "./gauges.ts";
import type { Load } from "./grid.ts";
import { lagGauge } from "./lag-gauge.ts";
import { isModelled } from "./modelled.ts";
import type { Controller, View, WorldOptions } from "./simulate.ts";

/** One simulated decision with its why. */
export interface BacktestDecision {
  readonly at: Millis;
  readonly reason: AutoscalingReason;
  readonly from: number;
  readonly desired: number;
  readonly trace: readonly Clause[];
}

/** Name of the simulated service in actions and sentences. */
const SERVICE = "backtest";

export interface DriveOptions {
  /** Told of every decision. */
  readonly report?: (decision: BacktestDecision) => void;
  /** Told what the machine is asked, each minute: to measure or to replay it. */
  readonly asked?: (...call: Parameters<typeof autoscaling.step>) => void;
  /** Metrics that are not to be read although the model has them. */
  readonly without?: readonly string[];
}

/** By index of the policy, without those that cannot tell. */
function seen<T>(
  gauges: readonly (readonly [index: string, gauge: (view: View, state: AutoscalingState) => T | undefined])[],
  view: View,
  state: AutoscalingState,
): { readonly [policy: string]: T } {
  const all: { [policy: string]: T } = {};
  for (const [index, gauge] of gauges) {
    const one = gauge(view, state);
    if (one !== undefined) all[index] = one;
  }
  return all;
}

/** What the controller is told of its tasks: the truth, or something else. */
function believing(config: AutoscalingConfig, work: Load, { believedCapacity }: WorldOptions): AutoscalingConfig {
  return believedCapacity === undefined ? config : { ...config, capacity: believedCapacity * work.unitsPerTaskSecond };
}

/** The machine as a controller of the simulated world: reads what is visible, steps, performs and settles at once. */
export function machineController(
  given: AutoscalingConfig,
  work: Load,
  world: WorldOptions,
  { report, asked, without = [] }: DriveOptions = {},
): Controller {
  const config = believing(given, work, world);
  const metrics = metricsNeeded(config).flatMap(({ metric, points }) =>
    isModelled(metric) && !without.includes(metric) ? [gauge(metric, points, work)] : [],
  );
  const forecasts = config.policies.flatMap((policy, index) =>
    policy.type === "predictive" ? [[String(index), forecastGauge(policy, config, work, world)] as const] : [],
  );
  const lags = config.policies.flatMap((policy, index) =>
    policy.type === "kafka-lag" ? [[String(index), lagGauge(work, world)] as const] : [],
  );
  let state: AutoscalingState = autoscaling.initial(config, work.startAt);
  return (view) => {
    const now = work.startAt + view.minute * MINUTE_MS;
    const readings: { [metric: string]: Reading } = {};
    for (const metric of metrics) {
      const reading = metric(view);
      readings[reading.metric] = reading;
    }
    const actual = {
      desired: view.desired,
      pending: view.starting,
      running: view.ready,
      ready: view.ready,
      deploying: false,
      at: now,
    };
    const input = {
      kind: "evaluate" as const,
      service: SERVICE,
      actual,
      readings,
      ...(forecasts.length > 0 ? { forecasts: seen(forecasts, view, state) } : {}),
      ...(lags.length > 0 ? { lags: seen(lags, view, state) } : {}),
    };
    asked?.(config, state, input, now);
    const step = autoscaling.step(config, state, input, now);
    state = step.state;
    let desired = view.desired;
    for (const action of step.actions) if (action.type === "scale") desired = action.desired;
    desired = Math.min(world.max, Math.max(world.min, desired));
    if (step.actions.length > 0) {
      const results = step.actions.map((action) => ({
        key: action.key,
        status: "done" as const,
        at: now,
        detail: "simulated",
      }));
      state = autoscaling.settle(config, state, results, now);
    }
    report?.({ at: now, reason: step.reason, from: view.desired, desired, trace: step.trace });
    return desired;
  };
}
