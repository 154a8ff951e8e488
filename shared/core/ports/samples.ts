import type { Point } from "../kernel/reading.ts";
import type { Millis } from "../kernel/time.ts";
import type { ServiceRef } from "./fleet.ts";

export interface SampleQuery {
  /** Unique in one call; names the answer. */
  readonly id: string;
  readonly service: ServiceRef;
  /**
   * "cpu", "memory": percent of what an instance was given, mean over instances; may be above 100 where more than that can be
   * used (ECS on EC2, soft limits) and is never cut. "requests": per second over all instances.
   * "requests_per_instance": per second and ready instance. Anything else: a custom metric, see `custom`.
   */
  readonly metric: string;
  readonly stat: "avg" | "max" | "sum" | "p95" | "p99";
  /** Whole minutes on CloudWatch. */
  readonly periodMs: number;
  /** From (inclusive, aligned down to the period) to (exclusive). Only whole periods are answered. */
  readonly from: Millis;
  readonly to: Millis;
  /** CloudWatch address of a custom metric. */
  readonly custom?: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
  };
}

export interface SampleAnswer {
  readonly id: string;
  /** Ascending by time, start of period. Empty: nothing is known. Never filled in: a 0 that the source leaves out is a point only where the source itself says so by another metric. */
  readonly points: readonly Point[];
  /** `complete` the source answered; `partial` some was left out; `failed` could not be read (points is empty). */
  readonly status: "complete" | "partial" | "failed";
  readonly detail?: string;
  readonly source: string;
}

/**
 * Measurements. One failed query never hides the others: it answers `failed`. Errors only when nothing at all could be
 * read: HeadgateError `samples.unavailable` (retryable). Any number of queries per call; the adapter pages.
 */
export interface Samples {
  read(queries: readonly SampleQuery[]): Promise<readonly SampleAnswer[]>;
}
