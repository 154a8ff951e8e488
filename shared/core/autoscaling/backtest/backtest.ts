import { type DurationMs, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Trace } from "../../kernel/trace.ts";
import { autoOf, resolved } from "../auto.ts";
import type { AutoscalingConfig } from "../config.ts";
import { freezing } from "../tune/frozen.ts";
import type { Stage } from "../tune/play.ts";
import { type Days, daysIn, halves, minutesOf, until } from "./days.ts";
import { type BacktestDecision, machineController } from "./drive.ts";
import { type Load, load } from "./grid.ts";
import { type Measures, measures } from "./measures.ts";
import { modelled } from "./modelled.ts";
import { oracleTaskHours } from "./oracle.ts";
import { type Minute, simulating, type WorldOptions } from "./simulate.ts";
import { finished } from "./turns.ts";

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
  /** 1-based days that are scored, both included; what comes after them is not played. Instead of `warmupDays`. */
  readonly days?: Days;
  /** Of the start delays. Default 42. */
  readonly seed?: number;
  /**
   * Metrics that are not there although the model has them. `["ready"]` is ECS: CloudWatch does not say how many tasks were
   * ready while a metric was taken, and ratios fall back on what the controller remembers.
   */
  readonly without?: readonly string[];
  /** Which decisions to hand back: those that acted, or every minute's. Default none. */
  readonly decisions?: "none" | "acted" | "all";
  /** Hand back what happened in every minute. Default false. */
  readonly series?: boolean;
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
 * world, one evaluation a minute. Equal arguments give equal results. 14 days at one minute stay below one second. `auto` picks on the first part
 * of the load and is scored on the rest; `notes` says which.
 *
 * @throws HeadgateError `input.invalid` where a policy rests on a metric the model does not have; `trace.invalid` where the
 *   trace spans more than 366 days.
 */
export const backtest = (...call: Parameters<typeof backtesting>): BacktestResult => finished(backtesting(...call));

/** The same in turns of some hours. */
export function* backtesting(
  trace: Trace,
  policy: AutoscalingConfig,
  options: BacktestOptions = {},
): Generator<undefined, BacktestResult> {
  const meanTasks = options.meanTasks ?? 8;
  const whole = load(trace, meanTasks);
  const days = daysOf(policy, options, whole.arrivals.length);
  const work = days ? until(whole, days) : whole;
  const world = worldOf(options, work.arrivals.length);
  const warmupMinutes = days ? minutesOf(days, whole.arrivals.length).from : world.warmupMinutes;
  const ready = days
    ? yield* freezing(stageOf(whole, policy, options, meanTasks), policy, days)
    : { config: resolved(policy, undefined), notes: [] };
  const { config, notes } = modelled(ready.config);
  return yield* playing(config, work, { ...world, warmupMinutes }, options, meanTasks, [...ready.notes, ...notes]);
}

function* playing(
  config: AutoscalingConfig,
  work: Load,
  world: WorldOptions,
  options: BacktestOptions,
  meanTasks: number,
  notes: readonly string[],
): Generator<undefined, BacktestResult> {
  const decisions: BacktestDecision[] = [];
  const keep = options.decisions ?? "none";
  const controller = machineController(config, work, world, {
    report: (decision) => {
      if (keep === "all" || (keep === "acted" && decision.desired !== decision.from)) decisions.push(decision);
    },
    ...(options.without ? { without: options.without } : {}),
  });
  const run = yield* simulating(work.arrivals, controller, world, options.series ?? false);
  const oracle = oracleTaskHours(work.arrivals, world, world.warmupMinutes);
  return {
    measures: measures(options.name ?? "custom", run, oracle, meanTasks),
    notes,
    startAt: work.startAt,
    warmupMinutes: world.warmupMinutes,
    ...(keep === "none" ? {} : { decisions }),
    ...(run.series ? { series: run.series } : {}),
  };
}

/** Days that were asked for; `auto` needs days to pick on, and is scored on the second half. Undefined: by `warmupDays`. */
function daysOf(policy: AutoscalingConfig, options: BacktestOptions, minutes: number): Days | undefined {
  if (options.days || !autoOf(policy)) return options.days;
  if (options.warmupDays !== undefined) return [Math.floor(options.warmupDays) + 1, daysIn(minutes)];
  return halves(minutes)?.score;
}

/** The load with the world of the options. */
export function stageOf(work: Load, config: AutoscalingConfig, options: BacktestOptions, meanTasks: number): Stage {
  const { warmupMinutes: _, ...world } = worldOf(options, work.arrivals.length);
  return { work, world, meanTasks, config, ...(options.without ? { without: options.without } : {}) };
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
