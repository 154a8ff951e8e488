import * as v from "valibot";
import { duration, integer, number } from "../../kernel/schema.ts";
import { MINUTE_MS } from "../../kernel/time.ts";
import type { Band } from "./gates.ts";

/** DS2 by vertex of a Flink job, with the gates of the Flink Kubernetes operator's autoscaler; defaults are its own. */
export const FlinkPolicy = v.strictObject({
  type: v.literal("flink"),
  window: v.optional(duration(MINUTE_MS, 6 * 60 * MINUTE_MS), "15m"),
  /** Share of its time that a vertex is meant to be busy, and the band around it; the edges follow the target, see `bandOf`. */
  utilization: v.optional(number(0.05, 1), 0.7),
  utilizationMin: v.optional(number(0, 1)),
  utilizationMax: v.optional(number(0, 2)),
  /** Time in which a lag is to be worked off; 0: it is not counted. */
  catchUp: v.optional(duration(0, 24 * 60 * MINUTE_MS), "30m"),
  /** Time that a rescale costs, until measured; the largest that is measured counts up to `restartMax`. */
  restart: v.optional(duration(0, 60 * MINUTE_MS), "5m"),
  restartMax: v.optional(duration(0, 60 * MINUTE_MS), "15m"),
  trackRestart: v.optional(v.boolean(), true),
  /** No scale-in while the lag is worth more than this. */
  backlogProcessing: v.optional(duration(0, 24 * 60 * MINUTE_MS), "5m"),
  scaleDownInterval: v.optional(duration(0, 24 * 60 * MINUTE_MS), "1h"),
  scaleDownMaxFactor: v.optional(number(0, 1), 0.6),
  scaleUpMaxFactor: v.optional(number(0, 1_000_000), 100_000),
  vertexMin: v.optional(integer(1, 32_768), 1),
  vertexMax: v.optional(integer(1, 32_768), 200),
  alignment: v.optional(v.picklist(["balanced", "evenly-spread", "off"]), "balanced"),
  /** Ids or names of vertices that keep their parallelism. */
  exclude: v.optional(v.pipe(v.array(v.string()), v.maxLength(1000)), []),
  /** No scaling in these times, e.g. "09:00-17:00" every day, or "0 0 * * mon && 09:00-17:00". */
  excludedPeriods: v.optional(v.pipe(v.array(v.string()), v.maxLength(100)), []),
  timezone: v.optional(v.string(), "UTC"),
  stabilization: v.optional(duration(0, 24 * 60 * MINUTE_MS), "5m"),
  /** Scale-outs that did not raise the true rate by this share of what was expected are ineffective, and not repeated where `blockIneffective`. */
  effectivenessThreshold: v.optional(number(0, 1), 0.1),
  blockIneffective: v.optional(v.boolean(), true),
  /** The measured scalability coefficient divides the factor. */
  scalability: v.optional(v.boolean(), false),
  busyAggregation: v.optional(v.picklist(["max", "avg"]), "max"),
  /** Shares above which nothing is scaled out; 1: off. */
  gcPressure: v.optional(number(0, 1), 1),
  heapUsage: v.optional(number(0, 1), 1),
  /** Slots that the job may have. Default: what the cluster has. */
  maxSlots: v.optional(integer(1, 100_000)),
  /** Longest that a rescale may take until all tasks run at their new parallelism; then it is rolled back. */
  deadline: v.optional(duration(10_000, 60 * MINUTE_MS), "10m"),
});

/** Half the width of the band, as the operator's boundary; and its lower edge at least, as a share of the target. */
const BOUNDARY = 0.3;
const LEAST = 0.25;

/**
 * The band of utilization inside which nothing is changed: target ± 0.3, where an edge is not given. The lower one stays above 0, because
 * nothing would ever go in below it.
 */
export function bandOf({
  utilization,
  utilizationMin,
  utilizationMax,
}: Pick<v.InferOutput<typeof FlinkPolicy>, "utilization" | "utilizationMin" | "utilizationMax">): Band {
  return {
    min: utilizationMin ?? exact(Math.max(utilization - BOUNDARY, utilization * LEAST)),
    max: utilizationMax ?? exact(utilization + BOUNDARY),
  };
}

/** 0.7 - 0.3 is a little less than 0.4. */
const exact = (share: number): number => Math.round(share * 1e9) / 1e9;
