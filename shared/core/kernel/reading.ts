import type { Millis } from "./time.ts";

/** One measured point: `at` is the START of the period it covers. */
export interface Point {
  readonly at: Millis;
  readonly value: number;
}

/**
 * What was read of one metric. No points means "not known", never zero: a service that reports nothing is not idle.
 * Points are in ascending order of time, finite, at most one per period; gaps are left out.
 */
export interface Reading {
  /**
   * "cpu" and "memory" in percent of what one instance was given (mean over ready instances; above 100 where it may use more);
   * "requests" per second, all instances.
   */
  readonly metric: string;
  readonly unit: string;
  readonly periodMs: number;
  readonly points: readonly Point[];
  /** Where it was read, e.g. "local-scraper", "cloudwatch". */
  readonly source: string;
}

/** The newest point of a reading, or undefined. */
export function latest(reading: Reading | undefined): Point | undefined {
  return reading?.points.at(-1);
}
