import type { Point, Reading } from "../../kernel/reading.ts";
import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, type Millis, MINUTE_MS } from "../../kernel/time.ts";
import type { Trace } from "../../kernel/trace.ts";
import type { AutoscalingConfig } from "../config.ts";
import { autoscaling } from "../machine.ts";
import { metricsNeeded } from "../needs.ts";
import type { AutoscalingReason, AutoscalingState } from "../types.ts";
import { type Load, load } from "./grid.ts";
import { type Measures, measures } from "./measures.ts";
import { isModelled, type ModelledMetric, modelled } from "./modelled.ts";
import { oracleTaskHours } from "./oracle.ts";
import { type Controller, type Minute, simulate, type View, type WorldOptions } from "./simulate.ts";

export interface BacktestOptions {
  /** Name in the measures. Default "custom". */
  readonly name?: string;
  /** Tasks that the mean of the trace keeps busy. Default 8. */
  readonly meanTasks?: number;
  /** Bounds of the simulated fleet and of the oracle; the policy's own bounds count too. Default 2..100. */
  readonly min?: number;
  readonly max?: number;
  /** Default 60..90 s. */
  readonly startDelayMs?: readonly [min: DurationMs, max: DurationMs];
  /** Default 1. */
  readonly metricDelayMinutes?: number;
  /** Default: two days where the trace is longer than four, else none. */
  readonly warmupDays?: number;
  /** Of the start delays. Default 42. */
  readonly seed?: number;
  /** Which decisions to hand back: those that acted, or every minute's. Default none. */
  readonly decisions?: "none" | "acted" | "all";
  /** Hand back what happened in every minute. Default false. */
  readonly series?: boolean;
}

/** One simulated decision with its why. */
export interface BacktestDecision {
  readonly at: Millis;
  readonly reason: AutoscalingReason;
  readonly from: number;
  readonly desired: number;
  readonly trace: readonly Clause[];
}

export interface BacktestResult {
  readonly measures: Measures;
  /** What the model leaves out of this policy, in sentences. */
  readonly notes: readonly string[];
  readonly startAt: Millis;
  readonly warmupMinutes: number;
  readonly decisions?: readonly BacktestDecision[];
  readonly series?: readonly Minute[];
}

const DAY_MINUTES = 1440;

/**
 * What if this policy had run over this load: drives the same machine that decides in production through the simulated
 * world, one evaluation a minute. Equal arguments give equal results. 14 days at one minute stay below one second.
 *
 * @throws HeadgateError `input.invalid` where a policy rests on a metric the model does not have.
 */
export function backtest(trace: Trace, policy: AutoscalingConfig, options: BacktestOptions = {}): BacktestResult {
  const { config, notes } = modelled(policy);
  const meanTasks = options.meanTasks ?? 8;
  const work = load(trace, meanTasks);
  const world = worldOf(options, work.arrivals.length);
  const decisions: BacktestDecision[] = [];
  const controller = machineController(config, work, world, (decision) => {
    const keep = options.decisions ?? "none";
    if (keep === "all" || (keep === "acted" && decision.desired !== decision.from)) decisions.push(decision);
  });
  const run = simulate(work.arrivals, controller, world, options.series ?? false);
  const oracle = oracleTaskHours(work.arrivals, world, world.warmupMinutes);
  return {
    measures: measures(options.name ?? "custom", run, oracle, meanTasks),
    notes,
    startAt: work.startAt,
    warmupMinutes: world.warmupMinutes,
    ...(options.decisions === undefined || options.decisions === "none" ? {} : { decisions }),
    ...(run.series ? { series: run.series } : {}),
  };
}

/** The model's constants with the caller's on top. */
export function worldOf(options: BacktestOptions, minutes: number): WorldOptions {
  const warmupDays = options.warmupDays ?? (minutes > 4 * DAY_MINUTES ? 2 : 0);
  return {
    min: options.min ?? 2,
    max: options.max ?? 100,
    startDelayMs: options.startDelayMs ?? [MINUTE_MS, 1.5 * MINUTE_MS],
    metricDelayMinutes: options.metricDelayMinutes ?? 1,
    warmupMinutes: Math.min(Math.round(warmupDays * DAY_MINUTES), minutes - 1),
    seed: options.seed ?? 42,
  };
}

/** The machine as a controller of the simulated world: reads what is visible, steps, performs and settles at once. */
export function machineController(
  config: AutoscalingConfig,
  work: Load,
  world: WorldOptions,
  report?: (decision: BacktestDecision) => void,
): Controller {
  const needs = metricsNeeded(config);
  const wanted = new Map(needs.map((need) => [need.metric, Math.max(need.points, 1)]));
  // The count that was ready while the metric was taken: what a ratio of that metric has to be multiplied with.
  wanted.set("ready", Math.max(wanted.get("ready") ?? 1, 1));
  const metrics = [...wanted].flatMap(([metric, points]) => (isModelled(metric) ? [gauge(metric, points, work)] : []));
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
    const step = autoscaling.step(config, state, { kind: "evaluate", actual, readings }, now);
    state = step.state;
    let desired = view.desired;
    for (const action of step.actions) if (action.type === "scale") desired = action.desired;
    desired = Math.min(world.max, Math.max(world.min, desired));
    if (step.actions.length > 0) {
      const results = step.actions.map((action) => ({ key: action.key, status: "done" as const, at: now, detail: "simulated" }));
      state = autoscaling.settle(config, state, results, now);
    }
    report?.({ at: now, reason: step.reason, from: view.desired, desired, trace: step.trace });
    return desired;
  };
}

/** Keeps the newest points of one metric as they become visible. */
function gauge(metric: ModelledMetric, count: number, work: Load): (view: View) => Reading {
  let points: Point[] = [];
  let read = 0;
  const value = valueOf(metric, work);
  return (view) => {
    if (read < view.cpu.length) points = points.slice();
    for (; read < view.cpu.length; read += 1) {
      const now = value(view, read);
      if (Number.isFinite(now)) points.push({ at: work.startAt + read * MINUTE_MS, value: now });
    }
    if (points.length > count) points.splice(0, points.length - count);
    return { metric, unit: UNITS[metric], periodMs: MINUTE_MS, points, source: "backtest" };
  };
}

const UNITS: Readonly<Record<ModelledMetric, string>> = {
  cpu: "percent",
  busy: "percent",
  requests: "per_second",
  requests_per_instance: "per_second",
  desired: "count",
  running: "count",
  ready: "count",
};

function valueOf(metric: ModelledMetric, work: Load): (view: View, minute: number) => number {
  const requests = (view: View, minute: number) => (view.arrivals[minute] as number) * work.unitsPerTaskSecond;
  switch (metric) {
    case "cpu":
    case "busy":
      return (view, minute) => view.cpu[minute] as number;
    case "requests":
      return requests;
    case "requests_per_instance":
      return (view, minute) => requests(view, minute) / (view.capacity[minute] as number);
    case "desired":
    case "running":
    case "ready":
      return (view, minute) => view.capacity[minute] as number;
  }
}
