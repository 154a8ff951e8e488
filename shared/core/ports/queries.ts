import type { Labels } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";

/** One element of an instant vector. `value` may be NaN or infinite. */
export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}

/** One series of a range query: ascending by time; steps without a value are left out. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly points: readonly { readonly at: Millis; readonly value: number }[];
}

export interface InstantAnswer {
  /** A scalar is one sample without labels. Order is the evaluator's. */
  readonly samples: readonly VectorSample[];
  readonly warnings: readonly string[];
}

export interface RangeAnswer {
  readonly series: readonly RangeSeries[];
  readonly warnings: readonly string[];
}

/**
 * Whoever answers PromQL: a Prometheus-compatible HTTP API, or the built-in evaluator over the local window.
 * Errors: HeadgateError `query.invalid` (the expression itself; final), `query.unavailable` (retryable; nothing is known, which
 * is not the same as an empty answer).
 */
export interface Queries {
  /** "prometheus" or "local-window", for records. */
  readonly source: string;
  /**
   * Nothing is known of instants before it (a window that was opened then): what is missing there is not absent. Undefined: nothing
   * is known at all yet. A source without this member has all the history it answers from.
   */
  knownFrom?(): Millis | undefined;
  instant(expr: string, at: Millis): Promise<InstantAnswer>;
  /** Both ends included. At most 11,000 steps, as Prometheus has it. */
  range(expr: string, from: Millis, to: Millis, stepMs: DurationMs): Promise<RangeAnswer>;
}
