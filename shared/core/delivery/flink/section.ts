import * as v from "valibot";
import { duration, integer, number } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../kernel/time.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));
const argument = v.pipe(
  v.union([v.string(), v.number(), v.boolean()]),
  v.transform((value) => String(value)),
  v.maxLength(4000),
);

/** What the new job has to show before the old one is given up. */
const Judge = v.strictObject({
  /** It runs for so long, with every task, before it is good. */
  for: v.optional(duration(0, DAY_MS), "2m"),
  /** The old job's output is measured for so long before its savepoint; 0: it is not compared. */
  baseline: v.optional(duration(0, HOUR_MS), "30s"),
  /** Checkpoints that it completes. */
  checkpoints: v.optional(integer(0, 1000), 1),
  /** Checkpoints that may fail once all its tasks run: those before are declined by Flink itself. */
  maxFailedCheckpoints: v.optional(integer(0, 1000), 0),
  maxRestarts: v.optional(integer(0, 1000), 0),
  /** Most records that may wait in front of its sources. Without it: the old job's lag × maxLagFactor, and at least 10 s of its output. */
  maxLag: v.optional(integer(0, Number.MAX_SAFE_INTEGER)),
  maxLagFactor: v.optional(number(1, 1_000_000), 2),
  /** Its output, as a share of the old job's. */
  minOutputShare: v.optional(number(0, 1000), 0.8),
});

/** How long each part may take. Of the cluster, so in real time, also on a laptop whose clock runs faster. */
const Deadlines = v.strictObject({
  /** Upload of the jar, its plan, and the old job running with all its tasks. */
  check: v.optional(duration(SECOND_MS, HOUR_MS), "3m"),
  /** Above Flink's own execution.checkpointing.timeout of 10 min: it ends a savepoint by itself. */
  savepoint: v.optional(duration(SECOND_MS, DAY_MS), "15m"),
  /** From submission to every task running. */
  start: v.optional(duration(SECOND_MS, DAY_MS), "5m"),
  /** What the judge asks for has to come true within this. */
  judge: v.optional(duration(SECOND_MS, DAY_MS), "30m"),
  /** A cancelled job is gone within this, else somebody is told. */
  stop: v.optional(duration(SECOND_MS, HOUR_MS), "5m"),
  /** The old job runs again within this, else somebody is told. */
  resume: v.optional(duration(SECOND_MS, DAY_MS), "5m"),
});

/** Blue-green of a Flink job, over the cluster's REST API. */
export const FlinkDelivery = v.strictObject({
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://")),
  /** Name of the job as the cluster lists it; a `*` at its end stands for the rest. */
  jobName: text,
  /** The job as it runs today: what a release does not name is taken from here, and the old job is started with it again. */
  jarFile: v.optional(text),
  jarId: v.optional(text),
  entryClass: v.optional(text),
  args: v.optional(v.array(argument), []),
  parallelism: v.optional(integer(1, 32_768)),
  /** Directory for savepoints, as the cluster's task managers and job manager reach it: s3://bucket/savepoints, file:///… */
  savepoints: text,
  /**
   * `stop-start`: the old job is stopped with a savepoint, the new one starts from it; on failure the old one starts from it again. Nobody
   * writes twice; there is a gap of some seconds. `parallel`: both run while the new one is judged: no gap, and what both write meanwhile
   * comes twice.
   */
  mode: v.optional(v.picklist(["stop-start", "parallel"]), "stop-start"),
  /** State of the savepoint that the new job has no operator for is dropped instead of refused. */
  allowNonRestored: v.optional(v.boolean(), false),
  judge: v.optional(Judge, {}),
  deadlines: v.optional(Deadlines, {}),
  /** Between two looks, real time. */
  poll: v.optional(duration(100, MINUTE_MS), "5s"),
});

export type FlinkSection = v.InferOutput<typeof FlinkDelivery>;
