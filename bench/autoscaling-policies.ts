import { readFileSync } from "node:fs";
import * as v from "valibot";
import { worldOf } from "../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../shared/core/autoscaling/backtest/builtin.ts";
import { machineController } from "../shared/core/autoscaling/backtest/drive.ts";
import { type Load, load } from "../shared/core/autoscaling/backtest/grid.ts";
import { type Measures, measures } from "../shared/core/autoscaling/backtest/measures.ts";
import { oracleTaskHours } from "../shared/core/autoscaling/backtest/oracle.ts";
import { type Run, simulate, type WorldOptions } from "../shared/core/autoscaling/backtest/simulate.ts";
import { AutoscalingConfig, type Policy } from "../shared/core/autoscaling/config.ts";
import { prng } from "../shared/core/kernel/prng.ts";
import { parseTrace, type Trace } from "../shared/core/kernel/trace.ts";

/** The traces that the bars are about, in ../shared/traces; left out where absent. */
export const TRACES = [
  "wc98_groupstage_1min",
  "nasa_jul95_1min",
  "nab_elb_request_count_5min",
  "nab_tweets_amzn_5min",
] as const;

const FOLDER = new URL("../../shared/traces/", import.meta.url);
/** Tasks that the mean of each of them keeps busy. */
export const MEAN_TASKS = 8;
const DAY = 1440;

/** A recorded load, or undefined where the traces are not here. */
export function readTrace(name: string): Trace | undefined {
  let text: string;
  try {
    text = readFileSync(new URL(`${name}.csv`, FOLDER), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const result = parseTrace(text);
  if (!result.ok) throw new Error(`${name}: ${result.faults[0]?.message}`);
  return result.trace;
}

export const loadOf = (trace: Trace): Load => load(trace, MEAN_TASKS);

/** A built-in policy by name, or one as it stands in headgate.yaml, with the model's bounds. */
export function policyOf(given: string | v.InferInput<typeof Policy>): AutoscalingConfig {
  if (typeof given !== "string") return v.parse(AutoscalingConfig, { min: 2, max: 100, policies: [given] });
  const policy = builtinPolicies[given];
  if (!policy) throw new Error(`no built-in policy ${given}`);
  return policy;
}

/** Scores a policy on the days after the first `warmupDays`, in the model's world with some of it changed. */
export function scored(
  work: Load,
  config: AutoscalingConfig,
  warmupDays: number,
  changed: Partial<WorldOptions> = {},
): Measures {
  const world = { ...worldOf({ warmupDays }, work.arrivals.length), ...changed };
  const run = simulate(work.arrivals, machineController(config, work, world), world);
  return measures("", run, oracleTaskHours(work.arrivals, world, world.warmupMinutes), MEAN_TASKS);
}

/** A steady load of eight tasks that jumps to so many times as much, and stays there for half an hour. */
export interface Jump {
  readonly factor: number;
  readonly historyMinutes: number;
  /** Relative deviation of a minute. Default 0. */
  readonly noise?: number;
}

const AFTER = 30;
const SEEDS = [41, 42, 43, 44, 45];

/** The half hour after a jump, worst of five seeds of the start delays (and of the noise). */
export function jumped({ factor, historyMinutes, noise = 0 }: Jump, config: AutoscalingConfig) {
  const runs = SEEDS.map((seed): Run => {
    const random = prng(seed);
    const arrivals = Float64Array.from({ length: historyMinutes + AFTER }, (_, minute) => {
      let normal = -6;
      for (let count = 0; count < 12; count += 1) normal += random();
      return MEAN_TASKS * (minute < historyMinutes ? 1 : factor) * (1 + noise * normal);
    });
    const world = { ...worldOf({ warmupDays: 0, seed }, arrivals.length), warmupMinutes: historyMinutes };
    const work = { startAt: 1_704_067_200_000, arrivals, unitsPerTaskSecond: 10 };
    return simulate(arrivals, machineController(config, work, world), world);
  });
  return {
    violationMinutes: Math.max(...runs.map((run) => run.violationMinutes)),
    waitSeconds: Math.max(...runs.map((run) => run.worstWaitSeconds)),
  };
}

/** Days of history in minutes. */
export const daysOf = (days: number): number => days * DAY;

/** Mean of J over all traces that are here. */
export function meanJ(
  works: readonly Load[],
  config: AutoscalingConfig,
  warmupDays: number,
  changed: Partial<WorldOptions> = {},
): number {
  return works.reduce((sum, work) => sum + scored(work, config, warmupDays, changed).j, 0) / works.length;
}
