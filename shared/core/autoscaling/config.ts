import * as v from "valibot";
import { duration, either, integer, number } from "../kernel/schema.ts";
import { MINUTE_MS } from "../kernel/time.ts";
import { AutoPolicy, DemandPolicy, KafkaLagPolicy, metric, PredictivePolicy } from "./config-work.ts";
import { FlinkPolicy } from "./flink/config.ts";

const cooldown = (out: string, inward: string) =>
  v.optional(
    v.strictObject({
      out: v.optional(duration(0, 24 * 60 * MINUTE_MS), out),
      in: v.optional(duration(0, 24 * 60 * MINUTE_MS), inward),
    }),
    {},
  );

/** The platform's original rule. One cooldown clock: any action blocks out for `cooldown.out` and in for `cooldown.in`. */
export const InstancesPolicy = v.strictObject({
  type: v.literal("instances"),
  /** Percent; scale-in below half of it. null leaves the metric out. */
  cpu: v.optional(v.nullable(number(1, 100)), 75),
  memory: v.optional(v.nullable(number(1, 100)), 80),
  cooldown: cooldown("300s", "600s"),
});

/** Multiplicative rule for Flink parallelism: > high → int(p × 1.5), < low → max(1, int(p × 0.7)). */
export const ParallelismPolicy = v.strictObject({
  type: v.literal("parallelism"),
  metric: v.optional(metric, "cpu"),
  high: v.optional(number(1, 100), 80),
  low: v.optional(number(0, 100), 30),
  grow: v.optional(number(1, 10), 1.5),
  shrink: v.optional(number(0.01, 1), 0.7),
  /** true: literally as the platform had it, where 1 never grows (int(1.5) = 1). false: at least +1. */
  exact: v.optional(v.boolean(), false),
  cooldown: cooldown("300s", "600s"),
});

/** Target tracking as AWS Application Auto Scaling does it for ECS. */
export const TargetTrackingPolicy = v.strictObject({
  type: v.literal("target-tracking"),
  metric: v.optional(metric, "cpu"),
  target: number(0.001, 1e12),
  /** Consecutive points over the target before out, and under `lowFactor × target` before in (observed: 3 and 15 at 60 s). */
  datapoints: v.optional(
    v.strictObject({ out: v.optional(integer(1, 60), 3), in: v.optional(integer(1, 60), 15) }),
    {},
  ),
  lowFactor: v.optional(number(0.1, 1), 0.9),
  cooldown: cooldown("300s", "300s"),
  disableScaleIn: v.optional(v.boolean(), false),
});

/** Step scaling: the adjustment depends on how far the metric is past the threshold. */
export const StepPolicy = v.strictObject({
  type: v.literal("step"),
  metric: v.optional(metric, "cpu"),
  threshold: number(-1e12, 1e12),
  comparison: v.optional(v.picklist([">", ">=", "<", "<="]), ">="),
  datapoints: v.optional(integer(1, 60), 1),
  adjustment: v.optional(v.picklist(["change", "percent", "exact"]), "change"),
  /** Smallest change for `percent`. */
  minMagnitude: v.optional(integer(1, 1000)),
  /** Bounds are relative to the threshold; `from` inclusive, `to` exclusive for upper steps (mirrored for lower ones). */
  steps: v.pipe(
    v.array(
      v.strictObject({
        from: v.optional(number(-1e12, 1e12)),
        to: v.optional(number(-1e12, 1e12)),
        by: number(-1000, 1000),
      }),
    ),
    v.minLength(1, "at least one step"),
    v.maxLength(20, "at most 20 steps"),
  ),
  cooldown: v.optional(duration(0, 24 * 60 * MINUTE_MS), "300s"),
});

const hpaRules = v.strictObject({
  stabilization: v.optional(duration(0, 60 * MINUTE_MS)),
  select: v.optional(v.picklist(["max", "min", "disabled"]), "max"),
  rules: v.optional(
    v.array(
      v.strictObject({
        type: v.picklist(["pods", "percent"]),
        value: integer(1, 100_000),
        period: duration(1000, 30 * MINUTE_MS),
      }),
    ),
  ),
});

/** Kubernetes Horizontal Pod Autoscaler. Defaults: tolerance 0.1, up at once by max(+100 %, +4) per 15 s, down over 300 s. */
export const HpaPolicy = v.strictObject({
  type: v.literal("hpa"),
  metrics: v.pipe(
    v.array(
      v.strictObject({
        metric: v.optional(metric, "cpu"),
        target: number(0.001, 1e12),
        /** utilization: ratio × ready; average: ceil(total / target). */
        kind: v.optional(v.picklist(["utilization", "average"]), "utilization"),
      }),
    ),
    v.minLength(1, "at least one metric"),
    v.maxLength(10, "at most 10 metrics"),
  ),
  tolerance: v.optional(number(0, 1), 0.1),
  out: v.optional(hpaRules, {}),
  in: v.optional(hpaRules, {}),
});

/** Changes min and max by the clock; other policies keep working inside. The last action that fired before now is in force. */
export const ScheduledPolicy = v.strictObject({
  type: v.literal("scheduled"),
  /** IANA name. */
  timezone: v.optional(v.string(), "UTC"),
  actions: v.pipe(
    v.array(
      v.strictObject({ cron: v.string(), min: v.optional(integer(0, 10_000)), max: v.optional(integer(0, 10_000)) }),
    ),
    v.minLength(1, "at least one action"),
    v.maxLength(50, "at most 50 actions"),
  ),
});

export const Policy = v.variant("type", [
  InstancesPolicy,
  ParallelismPolicy,
  TargetTrackingPolicy,
  StepPolicy,
  HpaPolicy,
  ScheduledPolicy,
  DemandPolicy,
  PredictivePolicy,
  KafkaLagPolicy,
  FlinkPolicy,
  AutoPolicy,
]);

/** How one service is scaled. */
export const AutoscalingConfig = v.pipe(
  v.strictObject({
    mode: v.optional(v.picklist(["observe", "recommend", "act"]), "act"),
    min: v.optional(integer(0, 10_000), 2),
    max: v.optional(integer(1, 10_000), 20),
    policies: v.optional(
      v.pipe(v.array(Policy), v.minLength(1, "at least one policy"), v.maxLength(10, "at most 10 policies")),
    ),
    /**
     * Units of work per second (of the metric that a policy reads as arrivals) that one task does at 100 %. What is seen of ready tasks corrects it;
     * without it, it is learned from nothing. A service that has it and no policies is scaled by `demand`.
     */
    capacity: v.optional(number(1e-6, 1e12)),
    /** false: `capacity` is exact. */
    learnCapacity: v.optional(v.boolean(), true),
    /** From asking for a task to its being ready. Default: as seen lately. */
    startDelay: v.optional(duration(0, 60 * MINUTE_MS)),
    /** Most instances that one decision adds or takes away. */
    maxStep: v.optional(
      either(
        (input) => typeof input === "number",
        v.pipe(
          integer(1, 10_000),
          v.transform((step) => ({ out: step, in: step })),
        ),
        v.strictObject({ out: v.optional(integer(1, 10_000), 10_000), in: v.optional(integer(1, 10_000), 10_000) }),
      ),
    ),
    /** Money an hour that the instances may cost, and what one costs: never more than so many run, whatever the policies want. */
    budget: v.optional(v.strictObject({ perHour: number(0, 1e9), taskHour: number(1e-9, 1e9) })),
    /** What became of an action is looked at after so long; one that did not help is taken back once. */
    outcome: v.optional(
      v.strictObject({
        after: v.optional(duration(MINUTE_MS, 24 * 60 * MINUTE_MS), "10m"),
        revert: v.optional(v.boolean(), true),
      }),
      {},
    ),
    /** A reading whose newest whole period ended longer ago than this is unknown. */
    maxAge: v.optional(duration(MINUTE_MS, 60 * MINUTE_MS), "5m"),
    /** Length of one data point. */
    period: v.optional(duration(10_000, 60 * MINUTE_MS), "60s"),
  }),
  v.forward(
    v.check((config) => config.min <= config.max, "min must not be above max"),
    ["min"],
  ),
  v.transform(({ policies, ...rest }) => ({
    ...rest,
    policies: policies ?? [v.parse(Policy, { type: rest.capacity === undefined ? "instances" : "demand" })],
  })),
);

export type AutoscalingConfig = v.InferOutput<typeof AutoscalingConfig> & {
  /** Looked at every period although alarms could tell: set where a policy was put in place of `auto`, never by hand. */
  readonly everyPeriod?: true;
};
export type AutoscalingConfigInput = v.InferInput<typeof AutoscalingConfig>;
export type Policy = v.InferOutput<typeof Policy>;
