import { autoOf, resolved } from "../auto.ts";
import { type Days, minutesOf, until } from "../backtest/days.ts";
import { machineController } from "../backtest/drive.ts";
import type { Load } from "../backtest/grid.ts";
import { type Measures, measures } from "../backtest/measures.ts";
import { modelled } from "../backtest/modelled.ts";
import { oracleTaskHours } from "../backtest/oracle.ts";
import { type Controller, type Minute, simulating, type WorldOptions } from "../backtest/simulate.ts";
import { finished } from "../backtest/turns.ts";
import type { AutoscalingConfig, Policy } from "../config.ts";

/** A load, the world that it is played in, and what is not measured there. */
export interface Stage {
  readonly work: Load;
  /** `warmupMinutes` is left out: days say from when on it counts. */
  readonly world: Omit<WorldOptions, "warmupMinutes">;
  /** Tasks that the mean of the load keeps busy. */
  readonly meanTasks: number;
  /** Of the configuration that the policies run in: bounds are the world's. */
  readonly config: AutoscalingConfig;
  /** Metrics of the model that nobody measures: no policy sees them. */
  readonly without?: readonly string[];
}

export interface Played {
  readonly measures: Measures;
  readonly notes: readonly string[];
  /** Minutes of the days; only where asked for. */
  readonly series?: readonly Minute[];
}

/** The stage cut at the end of the days: nobody can see past it. The minutes before its first day run and do not count. */
export function cut(stage: Stage, days: Days): { readonly work: Load; readonly world: WorldOptions } {
  const work = until(stage.work, days);
  const { from } = minutesOf(days, stage.work.arrivals.length);
  return { work, world: { ...stage.world, warmupMinutes: Math.min(from, work.arrivals.length - 1) } };
}

/** Runs a controller and scores the days. Some hours of the load each turn. */
export function* scoring(
  stage: Stage,
  days: Days,
  name: string,
  controller: (work: Load, world: WorldOptions) => Controller,
  keepSeries = false,
): Generator<undefined, { readonly measures: Measures; readonly series?: readonly Minute[] }> {
  const { work, world } = cut(stage, days);
  const run = yield* simulating(work.arrivals, controller(work, world), world, keepSeries);
  const oracle = oracleTaskHours(work.arrivals, world, world.warmupMinutes);
  return {
    measures: measures(name, run, oracle, stage.meanTasks),
    ...(run.series ? { series: run.series.slice(world.warmupMinutes) } : {}),
  };
}

/** The stage's configuration with the policy in place of `auto`; without an `auto`, as the only one. */
export function configWith({ config }: Stage, policy: Policy): AutoscalingConfig {
  return autoOf(config) ? resolved(config, policy) : { ...config, policies: [policy] };
}

/**
 * Plays a configuration from the first minute on and scores the days, with the machine that decides in production.
 *
 * @throws HeadgateError `input.invalid` where it rests on a metric that the model does not have
 */
export const play = (...call: Parameters<typeof playing>): Played => finished(playing(...call));

/** The same in turns of some hours. */
export function* playing(
  stage: Stage,
  config: AutoscalingConfig,
  days: Days,
  name: string,
  keepSeries = false,
): Generator<undefined, Played> {
  const { config: run, notes } = modelled(config);
  const options = stage.without ? { without: stage.without } : {};
  const controller = (work: Load, world: WorldOptions) => machineController(run, work, world, options);
  return { ...(yield* scoring(stage, days, name, controller, keepSeries)), notes };
}
