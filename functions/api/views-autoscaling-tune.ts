import type { Measures } from "../../shared/core/autoscaling/backtest/measures.ts";
import type { Objective, Regret, Tuned } from "../../shared/core/autoscaling/tune/types.ts";
import type { ClockView, EvaluationView, FaultView } from "./views.ts";

// What comparing, tuning, the policy lab and `auto` at work answer with.

/** The load that a policy was played over. */
export interface PlayedLoadView {
  /** `trace`: what was sent; `recorded`: what was measured of the service. */
  readonly source: "trace" | "recorded";
  readonly service?: string;
  /** Start of the first minute, and end of the last. Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly days: number;
  /** Tasks that the mean of the load keeps busy. */
  readonly meanTasks: number;
  /** Units per second of the load that keep one task busy. */
  readonly perTask: number;
  /** Share of the minutes that were measured, 0..1; the others are joined by straight lines. */
  readonly known: number;
  /** Metrics of the model that nobody measures of the service: no policy was shown them. Absent: all are there. */
  readonly without?: readonly string[];
}

/** In the currency of the objective: only where it has prices. */
export interface MoneyView {
  readonly total: number;
  /** Of it, tasks and violation minutes. */
  readonly tasks: number;
  readonly violations: number;
  readonly perDay: number;
}

/** What every answer about a played load has. */
export interface PlayedView {
  readonly load: PlayedLoadView;
  readonly elapsedMs: number;
  /** What the model leaves out, in sentences. */
  readonly notes: readonly string[];
  /** Gaps and the like in the trace. */
  readonly warnings: readonly FaultView[];
}

/** One policy of a comparison; fields as a backtest has them. */
export interface ComparedView extends Measures {
  readonly money?: MoneyView;
  readonly notes: readonly string[];
}

/** The same days under several policies, the lowest J first. */
export interface CompareView extends PlayedView {
  /** 1-based days that are scored, both included. */
  readonly days: readonly [from: number, to: number];
  readonly rows: readonly ComparedView[];
}

/** What was picked, and its score on days that the choice has not seen. */
export interface TuneView extends Tuned, PlayedView {
  readonly objective?: Objective;
  readonly money?: MoneyView;
}

/** One point for each `stepMs` from `startAt` on; all arrays are of one length, at most 1,500. */
export interface LabSeriesView {
  readonly startAt: number;
  readonly stepMs: number;
  /** Mean work that arrives, in tasks. */
  readonly load: readonly number[];
  /** Mean of ready tasks. */
  readonly capacity: readonly number[];
  /** Tasks asked for, at the end of the point. */
  readonly desired: readonly number[];
  /** The most that waits, in task-minutes. */
  readonly backlog: readonly number[];
  /** Violation minutes. */
  readonly violated: readonly number[];
  /** Changes of the desired count. */
  readonly actions: readonly number[];
}

export interface LabView extends PlayedView {
  readonly days: readonly [from: number, to: number];
  readonly measures: Measures;
  readonly money?: MoneyView;
  /** The autoscaling section that was played. */
  readonly config: unknown;
  readonly series: LabSeriesView;
}

/** A policy that `auto` runs or proposes. */
export interface PickView {
  readonly name: string;
  readonly policy: unknown;
  /** When it was found. */
  readonly at: number;
  /** What it cost on the days of the score, in task-hours with the price of violation minutes, and its J there. */
  readonly cost: number;
  readonly j: number;
  /** Why it cannot be run; where it is the pick, the service holds until something else is picked. */
  readonly fault?: string;
}

/** The last look of the tuning. */
export interface TuningLookView {
  readonly at: number;
  readonly reason: string;
  /** In words, where nothing could be picked. */
  readonly why?: string;
  readonly days?: number;
  /** Metrics that nobody measured, so that nothing was played with them. */
  readonly without?: readonly string[];
  /** What ran against what was found, on the days that the choice has not seen. */
  readonly regret?: Regret;
}

/** `auto` of one service: what runs, what is proposed, and when it looks again. */
export interface TuningStateView {
  readonly mode: "propose" | "apply";
  /** Absent: nothing has been picked yet, the default forecast runs. */
  readonly pick?: PickView;
  readonly proposal?: PickView;
  readonly last?: TuningLookView;
  readonly dueAt?: number;
}

/** What the current policy cost over the recorded time, against the best that is known and perfect foresight. */
export interface RegretView {
  readonly clock: ClockView;
  readonly service: string;
  readonly load: PlayedLoadView;
  /** Name of the policy that is in force. */
  readonly policy: string;
  readonly regret: Regret;
  /** Present where the service has a policy `auto`. */
  readonly tuning?: TuningStateView;
  readonly elapsedMs: number;
  readonly notes: readonly string[];
}

/** `auto` of one service as it is kept: nothing is played for it. */
export interface TuningView {
  readonly clock: ClockView;
  readonly service: string;
  readonly tuning: TuningStateView;
}

/** What became of a command. */
export interface TuningCommandView extends TuningView {
  /** Absent: another function does it. */
  readonly command?: EvaluationView;
  /** Address that tells what came of it, where another function does it. */
  readonly look?: string;
}
