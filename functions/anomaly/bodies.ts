import * as v from "valibot";
import { InstantText } from "../api/validate.ts";

export const SignalSeriesQuery = v.strictObject({
  signal: v.pipe(v.string(), v.minLength(1, "name of a signal"), v.maxLength(64)),
  from: v.optional(InstantText),
  to: v.optional(InstantText),
});

export const FeedbackBody = v.strictObject({
  signal: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** The point that is meant: epoch milliseconds. */
  at: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15)),
  verdict: v.picklist(["fine", "bad"]),
  why: v.pipe(v.string(), v.trim(), v.minLength(1, "a reason"), v.maxLength(500)),
  by: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))),
});

export const AnomalyBacktestBody = v.strictObject({
  /** CSV with the columns timestamp and value. */
  data: v.pipe(
    v.string(),
    v.minLength(1),
    v.check((text) => Buffer.byteLength(text) <= 2_097_152, "CSV of at most 2 MB"),
  ),
  detector: v.exactOptional(v.picklist(["headgate", "seed"])),
  role: v.exactOptional(v.picklist(["latency", "traffic", "errors", "saturation"])),
  direction: v.exactOptional(v.picklist(["both", "high", "low"])),
  timezone: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
  /** Alerts a week that are wanted at the most. */
  budget: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(10_000))),
});

const Count = v.pipe(v.number(), v.finite(), v.minValue(0));
/** One load of a dataset as JSON: only what its job knows. */
export const QualityBody = v.strictObject({
  at: v.optional(v.pipe(v.number(), v.finite())),
  rows: v.optional(Count),
  /** Type by column. */
  schema: v.optional(v.record(v.string(), v.string())),
  /** Missing values by column. */
  nulls: v.optional(v.record(v.string(), Count)),
  newestAt: v.optional(v.pipe(v.number(), v.finite())),
  /** By column: counts of bins or of categories. */
  distributions: v.optional(
    v.record(v.string(), v.union([v.pipe(v.array(Count), v.maxLength(200)), v.record(v.string(), Count)])),
  ),
  /** By column: values drawn at random, for a comparison by Kolmogorov-Smirnov. */
  samples: v.optional(
    v.pipe(
      v.record(v.string(), v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(500, "at most 500 values"))),
      v.check((samples) => Object.keys(samples).length <= 20, "at most 20 columns"),
    ),
  ),
  /** Take its distributions and samples as the reference from now on. */
  reference: v.optional(v.boolean()),
});
