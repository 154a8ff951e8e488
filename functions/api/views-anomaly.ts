import type { BacktestResult } from "../../shared/core/anomaly/backtest.ts";
import type { Mode } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView, FaultView } from "./views.ts";

/** One scored point and the band that was expected before it was seen; no band while nothing is known. */
export interface ScoredPointView {
  readonly at: Millis;
  readonly value: number;
  /** 0..1. */
  readonly score: number;
  readonly low?: number;
  readonly high?: number;
}

/** unknown: never scored; learning: too little was seen to judge. */
export type AnomalyStateView = "unknown" | "learning" | "normal" | "anomalous";

/** One anomaly of one signal. Open as long as `until` is absent. */
export interface AnomalyView {
  readonly service: string;
  readonly signal: string;
  readonly since: Millis;
  /** Its newest alarm. */
  readonly lastAt: Millis;
  readonly until?: Millis;
  /** calm: back in the band; settled: the new level counts as usual; fine: somebody said so; removed: no longer configured. */
  readonly ended?: "calm" | "settled" | "fine" | "removed";
  readonly alarms: number;
  /** Highest score. */
  readonly score: number;
  /** Channel or rule that spoke. */
  readonly kind: string;
  readonly movement: "rose" | "fell" | "changed";
  readonly severity: "medium" | "high";
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** What moved first, what was done shortly before. */
  readonly facts: readonly string[];
  readonly sentence: string;
}

export interface AnomalySignalView {
  readonly name: string;
  readonly role: "latency" | "traffic" | "errors" | "saturation";
  readonly unit?: string;
  /** Where its points come from: a metric's name, PromQL, or an address in CloudWatch. */
  readonly source: string;
  readonly everyMs: number;
  readonly state: AnomalyStateView;
  readonly last?: ScoredPointView;
  /** Highest score of the last quarter of an hour, 0 where nothing was unusual; absent before the first score. */
  readonly score?: number;
}

export interface AnomalyServiceSummary {
  readonly service: string;
  readonly mode: Mode;
  readonly detector: "headgate" | "seed";
  readonly threshold: number;
  readonly state: AnomalyStateView;
  /** One number for all its signals, on the scale of a single one. Absent before the first score. */
  readonly jointScore?: number;
  /** What moved first, while something is unusual. */
  readonly driver?: { readonly signal: string; readonly movement: "rose" | "fell" | "changed"; readonly at: Millis };
  readonly signals: readonly AnomalySignalView[];
  readonly open: number;
  /** Newest point that was scored. */
  readonly newestAt?: Millis;
}

export interface AnomaliesView {
  readonly clock: ClockView;
  /** One line of state in words. */
  readonly state: string;
  readonly items: readonly AnomalyServiceSummary[];
  /** Of all services, newest first. */
  readonly open: readonly AnomalyView[];
  /** Of all services, the 50 that ended last, newest first. */
  readonly past: readonly AnomalyView[];
}

export interface AnomalyServiceView {
  readonly clock: ClockView;
  readonly configVersion: string;
  readonly service: AnomalyServiceSummary;
  /** The last points of each signal, as they were scored. */
  readonly series: readonly { readonly signal: string; readonly points: readonly ScoredPointView[] }[];
  readonly open: readonly AnomalyView[];
  /** Newest first. */
  readonly past: readonly AnomalyView[];
  /** What people said, newest first. */
  readonly judgements: readonly {
    readonly signal: string;
    readonly at: Millis;
    readonly verdict: "fine" | "bad";
    readonly by: string;
    readonly why: string;
    readonly saidAt: Millis;
  }[];
}

export interface AnomalySeriesView {
  readonly clock: ClockView;
  readonly service: string;
  readonly signal: string;
  readonly unit?: string;
  readonly threshold: number;
  /** as_scored: kept when they were scored, so a band is what was expected then. The last 180 points are kept. */
  readonly method: "as_scored";
  readonly from: Millis;
  readonly to: Millis;
  readonly points: readonly ScoredPointView[];
}

/** How often a detector would have alerted on recorded points, by threshold; the first day's points alert nobody. */
export interface AnomalyBacktestView extends BacktestResult {
  readonly detector: string;
  readonly elapsedMs: number;
  readonly warnings: readonly FaultView[];
}

export interface QualityView {
  readonly clock: ClockView;
  readonly service: string;
  readonly dataset: string;
  readonly scores: readonly {
    readonly dimension: "schema" | "completeness" | "freshness" | "volume" | "drift";
    /** 1 as it should be … 0 useless. */
    readonly score: number;
    readonly findings: readonly string[];
  }[];
}
