import type { Alert } from "../kernel/alert.ts";
import type { Action, Step } from "../kernel/step.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";

/** `page` wakes a person, `ticket` waits for the morning. */
export type Severity = "page" | "ticket";

/** How a value has to stand to its bound to be good. OpenSLO's words. */
export type Operator = "lt" | "lte" | "gt" | "gte";

export interface Bound {
  readonly op: Operator;
  readonly value: number;
}

/** Golden signals of services, and of the streaming platform. */
export const RATIO_SIGNALS = ["availability"] as const;
export const VALUE_SIGNALS = [
  "latency",
  "saturation",
  "lag_seconds",
  "freshness",
  "completeness",
  "checkpoint_age",
  "failed_checkpoints",
  "backup_age",
  "disk",
] as const;
export type RatioSignal = (typeof RATIO_SIGNALS)[number];
export type ValueSignal = (typeof VALUE_SIGNALS)[number];

/** What a signal is measured at: a service unless it says otherwise (a stream, a job, a backup plan). */
export interface SignalOf {
  readonly of: string;
  readonly topic?: string;
  readonly group?: string;
}

export interface CloudWatchMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** "Sum", "Average", "p99" … */
  readonly stat: string;
  readonly region?: string;
}

/** Bad or good events among all of them. */
export type RatioSli =
  | {
      readonly kind: "ratio";
      readonly source: "promql";
      readonly count: "bad" | "good";
      readonly part: string;
      readonly total: string;
      /** What the expressions give: events a second, or events in the last minute. */
      readonly per: "second" | "minute";
    }
  | {
      readonly kind: "ratio";
      readonly source: "cloudwatch";
      readonly count: "bad" | "good";
      readonly part: CloudWatchMetric;
      readonly total: CloudWatchMetric;
    }
  | {
      readonly kind: "ratio";
      readonly source: "signal";
      readonly count: "bad";
      readonly signal: RatioSignal;
      readonly at: SignalOf;
    };

/** A value, good within its bound: one event a minute. */
export type ThresholdSli = { readonly kind: "threshold"; readonly bound: Bound } & (
  | { readonly source: "promql"; readonly value: string }
  | { readonly source: "cloudwatch"; readonly value: CloudWatchMetric }
  | { readonly source: "signal"; readonly signal: ValueSignal; readonly at: SignalOf }
);

/** A share 0..1 that somebody else has computed: one event a minute, bad in part. */
export type ShareSli = { readonly kind: "share"; readonly count: "bad" | "good" } & (
  | { readonly source: "promql"; readonly share: string }
  | { readonly source: "cloudwatch"; readonly share: CloudWatchMetric }
);

/** Other objectives, weighed. */
export interface CompositeSli {
  readonly kind: "composite";
  readonly of: readonly { readonly objective: string; readonly weight: number }[];
}

export type Sli = RatioSli | ThresholdSli | ShareSli | CompositeSli;

/** What one unit of account is. A slice is one event, at its end. */
export type Budgeting =
  | { readonly method: "events" }
  /** Bad as a whole where more than `allowed` (a share 0..1) of its events are bad. */
  | { readonly method: "slices"; readonly sliceMs: DurationMs; readonly allowed: number }
  /** Bad by the share of its events that are bad. */
  | { readonly method: "ratio_slices"; readonly sliceMs: DurationMs };

export type Period =
  | { readonly kind: "rolling"; readonly days: number }
  /** Calendar months, from local midnight of the first. */
  | { readonly kind: "month"; readonly zone: string };

/** One pair of windows. Windows up to 6 h slide by the minute (`grainMs` 1 min), longer ones by five. */
export interface BurnRow {
  /** "1h", unique within an objective; the length of the long window, with `/short` where two rows share it. */
  readonly name: string;
  readonly severity: Severity;
  readonly longMs: DurationMs;
  readonly shortMs: DurationMs;
  /** Multiple of the rate that spends the budget exactly within the period. */
  readonly factor: number;
  /** Share of the budget that is spent when the row fires, percent. */
  readonly sharePercent: number;
  readonly grainMs: DurationMs;
}

/** An objective with every setting written out. Plain JSON. */
export interface Objective {
  readonly name: string;
  readonly service?: string;
  readonly description?: string;
  readonly sli: Sli;
  /** Percent, 0 < target < 100. */
  readonly target: number;
  /** Share of events that may be bad: (100 − target) / 100, without the noise of floating point. */
  readonly allowed: number;
  readonly period: Period;
  readonly budgeting: Budgeting;
  /** Least events in each window of a row that fires. */
  readonly minEvents: number;
  /** Least bad events in the long window: 2 where a minute or a slice is an event, so that one alone pages nobody; else 0. */
  readonly minBad: number;
  /** Nothing known for so long is `no_data`. */
  readonly absentMs: DurationMs;
  /** At most 16; empty: burn rates raise no alert. */
  readonly rows: readonly BurnRow[];
  /** No alert goes out: for good, or before an instant. */
  readonly dry?: true | { readonly until: Millis };
  readonly holds: { readonly delivery: boolean; readonly scaleIn: boolean };
  /** Where it is written: a file of OpenSLO documents; absent: headgate.yaml. */
  readonly file?: string;
}

/** What was asked for one minute of an SLI, before it is judged; `undefined`: nobody could be asked. Each list holds one value per series. */
export type Reading =
  | { readonly kind: "ratio"; readonly part: readonly number[]; readonly total: readonly number[] }
  | { readonly kind: "value"; readonly values: readonly number[] };

/** One minute of the unit of account. */
export type Minute = { readonly bad: number; readonly total: number } | "unknown" | "invalid";

/** Sums over a window or period; `known` minutes are in them. */
export interface Sums {
  readonly bad: number;
  readonly total: number;
  /** Minutes. */
  readonly known: number;
}

/** A row as it stands at an instant. */
export interface RowLook {
  readonly name: string;
  readonly severity: Severity;
  readonly long: Sums;
  readonly short: Sums;
  readonly fires: boolean;
  /** It goes on firing because nothing is known of its short window. */
  readonly held?: true;
}

/** The budget of the period as it stands. */
export interface BudgetLook extends Sums {
  /** When the period began. */
  readonly from: Millis;
  /** Minutes that the whole period has. */
  readonly minutes: number;
}

/** All that a decision about an objective needs, as of one minute. Plain JSON. */
export interface Look {
  /** End of the minute looked at, a whole minute. */
  readonly at: Millis;
  readonly rows: readonly RowLook[];
  readonly budget: BudgetLook;
  /** The budget counts as spent. */
  readonly spent: boolean;
  /** Since when nothing is known; absent: the last minute is known. */
  readonly unknownSince?: Millis;
  /** Nothing was ever known. */
  readonly never?: true;
  /** Newest invalid minute, where it is one of the last five. */
  readonly invalidAt?: Millis;
  /** Since when minutes are followed. */
  readonly followedSince: Millis;
}

export type Status = "ok" | "burning" | "exhausted" | "no_data" | "invalid";

export const ALERT_NAMES = {
  burn: "SLOBurnRate",
  exhausted: "SLOExhausted",
  absent: "SLOAbsent",
  invalid: "SLOInvalid",
} as const;
export type AlertKind = keyof typeof ALERT_NAMES;

/** An alert of an objective that is on. */
export interface Firing {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly since: Millis;
  /** The end that was sent with it; it is sent again before. */
  readonly until: Millis;
  /** Whoever is paged has been told; else it was a dry run. */
  readonly told: boolean;
  /** Annotations as they were when it began. */
  readonly summary: string;
}

/** What is decided of an objective. Written when it changes, not each minute. */
export interface SloState {
  readonly v: 1;
  readonly status: Status;
  readonly since: Millis;
  /** The worst severity of the rows that fire, whatever the status is. */
  readonly burning?: Severity;
  readonly exhausted: boolean;
  /** Names of the rows that fire. */
  readonly rows: readonly string[];
  readonly firing: readonly Firing[];
  /** End of the newest minute decided on; older news change nothing. */
  readonly at?: Millis;
  /** Alerts that a dry run has kept back. */
  readonly would: { readonly page: number; readonly ticket: number };
}

export type SloInput =
  | { readonly kind: "look"; readonly look: Look }
  /** The objective left the configuration. */
  | { readonly kind: "gone" };

export interface AlertAction extends Action {
  readonly type: "alert";
  readonly state: "firing" | "resolved";
  readonly alert: Alert;
}
export type SloAction = AlertAction;

/** Every way a decision can end, from the least to the most telling. Metric label and test name. */
export const SLO_REASONS = [
  "nothing_new",
  "held_unreadable",
  "held_too_late",
  "held_no_data",
  "told_again",
  "dry_run_over",
  "valid_again",
  "data_again",
  "refilled",
  "burns_slower",
  "stopped_burning",
  "removed",
  "invalid",
  "no_data",
  "exhausted",
  "burns_faster",
  "started_burning",
] as const;
export type SloReason = (typeof SLO_REASONS)[number];

export type SloStep = Step<SloState, SloAction, SloReason>;
