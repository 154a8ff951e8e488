import type { Millis } from "../../kernel/time.ts";
import type { DemandMemory } from "../types.ts";

/**
 * What is expected of one metric in one minute, with the forecaster's own recent errors. Work is in reference tasks: units per second over
 * `perTask`. On a square-root scale, where the noise of a count is the same at every level.
 */
export interface Forecast {
  /** Start of the minute that it is about. */
  readonly at: Millis;
  /** Start of the newest minute that is known. */
  readonly knownAt: Millis;
  /** Square root of the work expected. */
  readonly level: number;
  /** Of the same scale: what one standardized error is worth. */
  readonly spread: number;
  /**
   * Own past errors over their spread, the largest first: entry j of n is exceeded by a share of (j / (n − 1))² of them. Empty where there are too
   * few: then a normal one with the spread × 1.5 stands in.
   */
  readonly errors: readonly number[];
  /** Units per second that keep one reference task busy. */
  readonly perTask: number;
  /** Mean work over what is remembered, in reference tasks. */
  readonly mean: number;
  /** Minutes of history. */
  readonly minutes: number;
  readonly forecaster: "regression" | "last";
  /** False: its error has grown over that of the last value; the policy falls back to demand and says `why`. */
  readonly trusted: boolean;
  readonly why?: string;
}

/** What `predictive` remembers between two looks. */
export interface PredictiveMemory {
  /** Counts recommended in the newest minutes, oldest first: as many as are held. */
  readonly recs: readonly number[];
  /** Task-minutes wasted since the last change. */
  readonly waste: number;
  /** The minute of the newest of them: a second look in one minute adds none. */
  readonly at: Millis;
  /** The desired count that the waste was counted against: with another one it begins anew. */
  readonly from?: number;
  /** What the demand rule remembers while it stands in. */
  readonly demand?: DemandMemory;
}
