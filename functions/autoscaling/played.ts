import { stageOf } from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { daysIn } from "../../shared/core/autoscaling/backtest/days.ts";
import { load } from "../../shared/core/autoscaling/backtest/grid.ts";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { goalOf, moneyOf } from "../../shared/core/autoscaling/tune/objective.ts";
import type { Stage } from "../../shared/core/autoscaling/tune/play.ts";
import type { Objective } from "../../shared/core/autoscaling/tune/types.ts";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, type DurationMs, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Trace, TraceResult } from "../../shared/core/kernel/trace.ts";
import { readTrace } from "../../shared/core/kernel/trace-read.ts";
import type { MoneyView, PlayedLoadView } from "../api/views-autoscaling-tune.ts";
import { notTooManyDays, type Patience } from "./patience.ts";

/** A load whose scale is known: what was recorded of a service. */
export interface RecordedLoad {
  readonly service: string;
  /** Work that arrived in each minute. */
  readonly trace: Trace;
  /** Units per second that keep one task busy. */
  readonly perTask: number;
  /** As it is written, `auto` in it. */
  readonly config: AutoscalingConfig;
  /** As it runs: what was picked in place of `auto`. Default: as it is written. */
  readonly running?: AutoscalingConfig;
  /** How long a task takes to start, where it was seen. */
  readonly startDelayMs?: readonly [min: DurationMs, max: DurationMs];
  /** Metrics of the model that nobody measures of the service. */
  readonly without?: readonly string[];
}

/** Text in any form that a trace is read from, a trace at hand, or what was recorded of a service. */
export type PlayedLoad = string | Trace | RecordedLoad;

export interface PlayOptions {
  /** Tasks that the mean of a trace keeps busy. Default 8. What was recorded of a service has its own. */
  readonly meanTasks?: number;
  readonly objective?: Objective;
  /** Of the start delays. Default 42. */
  readonly seed?: number;
  /** A trace that spans more days is refused. Default: the model's 366. */
  readonly mostDays?: number;
  /** How long it may take. Default: as long as it takes. */
  readonly patience?: Patience;
}

/** A load that is ready to be played, and what is said about it. */
export interface Ready {
  readonly stage: Stage;
  readonly view: PlayedLoadView;
  readonly warnings: readonly Fault[];
  /** What was made of the text, in sentences. */
  readonly notes: readonly string[];
}

const MEAN_TASKS = 8;
const isRecorded = (given: PlayedLoad): given is RecordedLoad => typeof given === "object" && "service" in given;

/** @throws HeadgateError `trace.invalid` with row and column of each fault, or where it spans too many days */
export function ready(given: PlayedLoad, { meanTasks = MEAN_TASKS, seed, mostDays }: PlayOptions = {}): Ready {
  const seeded = seed === undefined ? {} : { seed };
  if (isRecorded(given)) return recordedStage(given, seeded);
  const { trace, warnings, notes = [] } = typeof given === "string" ? parsed(given) : { trace: given, warnings: [] };
  notTooManyDays(trace, mostDays);
  const work = load(trace, meanTasks);
  const config = builtinPolicies["demand"] as AutoscalingConfig;
  const stage = stageOf(work, config, seeded, meanTasks);
  return { stage, view: { source: "trace", ...viewOf(stage, trace) }, warnings, notes };
}

function parsed(text: string): Extract<TraceResult, { ok: true }> {
  const result = readTrace(text);
  if (result.ok) return result;
  const [first] = result.faults;
  throw new HeadgateError("trace.invalid", `${first?.path}: ${first?.message}`, { faults: result.faults });
}

function recordedStage(given: RecordedLoad, seeded: { readonly seed?: number }): Ready {
  const { service, trace, perTask, config, startDelayMs, without } = given;
  // Scaled to one task first: what that makes of a unit says how many tasks the mean is worth.
  const meanTasks = load(trace, 1).unitsPerTaskSecond / perTask;
  const stage = stageOf(
    load(trace, meanTasks),
    config,
    {
      ...{ ...seeded, min: config.min, max: config.max },
      ...(startDelayMs ? { startDelayMs } : {}),
      ...(without ? { without } : {}),
    },
    meanTasks,
  );
  const view = { source: "recorded" as const, service, ...viewOf(stage, trace), ...(without ? { without } : {}) };
  return { stage, view, warnings: [], notes: without ? [withoutNote(without)] : [] };
}

/** What no policy was shown, and why, in a sentence. */
const withoutNote = (without: readonly string[]): string =>
  `played without ${without.join(" and ")}, as nobody measures ${without.length === 1 ? "it" : "them"} of this service`;

function viewOf({ work, meanTasks }: Stage, { points, stepMs }: Trace): Omit<PlayedLoadView, "source" | "service"> {
  const minutes = work.arrivals.length;
  return {
    from: work.startAt,
    to: work.startAt + minutes * MINUTE_MS,
    days: minutes < DAY_MS / MINUTE_MS ? minutes / (DAY_MS / MINUTE_MS) : daysIn(minutes),
    meanTasks,
    perTask: work.unitsPerTaskSecond,
    known: Math.min(1, (points.length * stepMs) / (minutes * MINUTE_MS)),
  };
}

/** In the currency of the objective; undefined where it has no prices. */
export function moneyView(
  objective: Objective | undefined,
  stage: Stage,
  run: Parameters<typeof moneyOf>[1],
): MoneyView | undefined {
  const money = moneyOf(goalOf(objective, stage.meanTasks), run);
  if (!money) return undefined;
  const total = money.tasks + money.violations;
  return { total, ...money, perDay: total / (run.minutes / (DAY_MS / MINUTE_MS)) };
}
