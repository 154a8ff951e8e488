import * as v from "valibot";
import { parseInstant } from "../kernel/instant.ts";
import { duration, either, integer, number } from "../kernel/schema.ts";
import { MINUTE_MS } from "../kernel/time.ts";

/** Name of a metric as policies and readings use it. */
export const metric = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,63}$/, "metric name: a-z, 0-9 and _, 1..64 characters"),
);

/**
 * Work that arrives and work that waits, over what a task can do: ceil((arrivals + backlog / drain) / (capacity × target)). Inward by the maximum of
 * `window`.
 */
export const DemandPolicy = v.strictObject({
  type: v.literal("demand"),
  /** Work that arrives at all instances together, per second. */
  arrivals: v.optional(metric, "requests"),
  /** Work that waits. Not missed where nobody measures it; null: not read. */
  backlog: v.optional(v.nullable(metric), "backlog"),
  /** Share of its capacity that a task is meant to use. */
  target: v.optional(number(0.05, 1), 0.7),
  /** Time in which what waits is to be worked off. */
  drain: v.optional(duration(10_000, 60 * MINUTE_MS), "5m"),
  window: v.optional(duration(0, 60 * MINUTE_MS), "10m"),
});

const instant = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text)?.form === "iso", "ISO 8601 instant such as 2026-11-27T00:00:00Z"),
  v.transform((text) => parseInstant(text)?.at ?? 0),
);

/** A forecast of the minute that today's decision can still change, with head-room by price: see docs/autoscaling-predictive.md. */
export const PredictivePolicy = v.strictObject({
  type: v.literal("predictive"),
  arrivals: v.optional(metric, "requests"),
  backlog: v.optional(v.nullable(metric), "backlog"),
  /** `last` is for traffic that jumps between plateaus. */
  forecaster: v.optional(v.picklist(["regression", "last"]), "regression"),
  /** A minute in which work waits costs as much as so many minutes of the average fleet. */
  violation: v.optional(number(0.1, 1000), 10),
  /** A task-minute counts so many times: above 1 fewer tasks, below 1 more. */
  thrift: v.optional(number(0.1, 10), 1),
  /** Minutes whose largest recommendation is kept. */
  hold: v.optional(integer(1, 60), 1),
  /** What the tasks beyond the cheapest count must have cost more than they saved before a scale-in, in minutes of the average fleet. */
  waste: v.optional(number(0, 60), 1.25),
  /** A jump to `factor` times the load lets nobody wait longer than `wait`. */
  surge: v.optional(v.strictObject({ factor: number(1, 100), wait: duration(10_000, 60 * MINUTE_MS) })),
  /** Times in which the load is known to be another one: the forecast is multiplied, and what was measured is not taken for a habit. */
  events: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.strictObject({
            name: v.optional(v.pipe(v.string(), v.maxLength(200))),
            from: instant,
            to: instant,
            factor: number(0.01, 100),
          }),
          v.check(({ from, to }) => from < to, "from before to"),
        ),
      ),
      v.maxLength(100, "at most 100 events"),
    ),
    [],
  ),
});

const kafkaName = v.pipe(v.string(), v.minLength(1, "a name"), v.maxLength(249, "at most 249 characters"));

/** Lag of a Kafka consumer group: the rules of KEDA's Kafka scaler exactly (`keda`), or arrivals and lag over a time to catch up. */
export const KafkaLagPolicy = v.strictObject({
  type: v.literal("kafka-lag"),
  /** Name under `streams`. */
  cluster: kafkaName,
  group: kafkaName,
  /** Default: all that the group has offsets of. */
  topics: v.optional(
    v.pipe(v.array(kafkaName), v.minLength(1, "at least one topic"), v.maxLength(100, "at most 100 topics")),
  ),
  rule: v.optional(v.picklist(["catch-up", "keda"]), "catch-up"),
  /** There is something to do where the lag is above it. */
  activation: v.optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
  /** Where a partition without a committed offset is read from. */
  offsetReset: v.optional(v.picklist(["latest", "earliest"]), "latest"),
  /** keda: records that wait for one instance. */
  lagThreshold: v.optional(integer(1, Number.MAX_SAFE_INTEGER), 10),
  allowIdleConsumers: v.optional(v.boolean(), false),
  limitToPartitionsWithLag: v.optional(v.boolean(), false),
  ensureEvenDistributionOfPartitions: v.optional(v.boolean(), false),
  excludePersistentLag: v.optional(v.boolean(), false),
  scaleToZeroOnInvalidOffset: v.optional(v.boolean(), false),
  /** catch-up: time in which the lag is to be worked off, share of a consumer's capacity that is meant to be used, its records per second (learned unless given). */
  catchUp: v.optional(duration(10_000, 24 * 60 * MINUTE_MS), "5m"),
  target: v.optional(number(0.05, 1), 0.8),
  perConsumer: v.optional(number(0.001, 1e9)),
  /** Time whose largest count is kept on the way in. Default: 15m; keda: 5m, as Kubernetes has it. */
  window: v.optional(duration(0, 60 * MINUTE_MS)),
  /** From the last time that there was something to do to the step to 0, or to `idle`. */
  cooldown: v.optional(duration(0, 24 * 60 * MINUTE_MS), "300s"),
  /** Instances while there is nothing to do (KEDA's idleReplicaCount). Default: min. */
  idle: v.optional(integer(0, 10_000)),
  /** Instances at least while there is something to do (KEDA's minReplicaCount beside an idleReplicaCount). Default: min, at least 1. */
  active: v.optional(integer(1, 10_000)),
  /** After more than `failureThreshold` reads in a row that failed. */
  fallback: v.optional(
    v.strictObject({
      failureThreshold: v.optional(integer(0, 1000), 3),
      replicas: integer(0, 10_000),
      behavior: v.optional(
        v.picklist(["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"]),
        "static",
      ),
    }),
  ),
});

const price = number(0, 1e9);

/** The user states what things cost; a backtest on the recorded load picks policy and parameters. */
export const AutoPolicy = v.strictObject({
  type: v.literal("auto"),
  objective: v.optional(
    either(
      (input) => typeof input === "object" && input !== null && "slo" in input,
      /** The cheapest that keeps so many percent of the minutes good. */
      v.strictObject({ slo: number(50, 100), taskHour: v.optional(price) }),
      v.strictObject({ taskHour: v.optional(price, 1), violationMinute: price }),
    ),
  ),
  arrivals: v.optional(metric, "requests"),
  backlog: v.optional(v.nullable(metric), "backlog"),
  /** Of recorded load that is looked at; the first days only warm up. */
  history: v.optional(duration(24 * 60 * MINUTE_MS, 60 * 24 * 60 * MINUTE_MS), "14d"),
  every: v.optional(duration(60 * MINUTE_MS, 30 * 24 * 60 * MINUTE_MS), "1d"),
  /** `propose`: a person applies it. */
  apply: v.optional(v.picklist(["propose", "apply"]), "propose"),
  /** A change is made only where it is better by so many percent of the cost. */
  margin: v.optional(number(0, 100), 3),
  actionsPerDay: v.optional(number(1, 1440), 63),
});
