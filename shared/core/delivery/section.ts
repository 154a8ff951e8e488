import * as v from "valibot";
import { duration, either, integer, is, isText, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { FlinkDelivery } from "./flink/section.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));
const arn = v.pipe(v.string(), v.startsWith("arn:"));

/** How a release is judged. A rule's name alone means its defaults. */
const Gate = v.strictObject({
  rule: v.optional(v.picklist(["sequential", "threshold", "kayenta"]), "sequential"),
  /** False alarms per rollout that are accepted, over all metrics and looks together. */
  alpha: v.optional(number(0.0001, 0.5), 0.05),
  /** Whose slow requests are counted: slower than this. Default: the old version's p99 of the history. */
  slow: v.optional(duration(1, HOUR_MS)),
  /** Ticks of the old version before the release that its jitter is measured from. */
  history: v.optional(integer(0, 240), 120),
  /**
   * Counts that show too little: `hold` stays at the step until its deadline, `continue` moves on as time says, `pause` asks a person, `fail` rolls
   * back. No data at all is never taken for a pass: `continue` holds then.
   */
  insufficient: v.optional(v.picklist(["hold", "continue", "pause", "fail"]), "continue"),
  /** Passing early shortens the judged time of a step. */
  passEarly: v.optional(v.boolean(), false),
  /** threshold: canary's error rate above the old version's × this, or p99 × that (the platform's rule). */
  errorRatio: v.optional(number(1, 1000), 1.5),
  p99Ratio: v.optional(number(1, 1000), 1.2),
  /** threshold: at so many ticks in a row. 1 is the platform's rule. */
  looks: v.optional(integer(1, 1000), 1),
  /** kayenta: scores from 0 to 100. */
  pass: v.optional(number(0, 100), 95),
  marginal: v.optional(number(0, 100), 75),
});

/** Where counts by version come from. */
const Counts = either(
  isText,
  v.picklist(["gateway", "cloudwatch"]),
  v.strictObject({
    prometheus: v.strictObject({
      url: v.optional(url),
      /** PromQL with $version, $window (such as 30s) and, for slow, $slow (seconds): increases over the window. */
      requests: name,
      errors: name,
      slow: v.optional(name),
      p99: v.optional(name),
    }),
  }),
);

/** One address that is asked on the way. Answered 200: go on; 403 or 409: no; others are asked again until the deadline. */
const Hook = either(
  isText,
  v.pipe(
    url,
    v.transform((address) => ({ url: address, timeout: 10 * SECOND_MS })),
  ),
  v.strictObject({ url, timeout: v.optional(duration(100, 15 * MINUTE_MS), "10s") }),
);

const Hooks = v.strictObject({
  /** The new version is healthy and has no traffic yet; `$address` in the url is one of its instances. */
  smoke: v.optional(Hook),
  /** Before the first share, before each further one, before the old version goes. */
  beforeTraffic: v.optional(Hook),
  beforeStep: v.optional(Hook),
  beforePromotion: v.optional(Hook),
});

const Ecs = v.strictObject({
  cluster: name,
  region: v.optional(name),
  /** Slot → ECS service: blue and green, or one whose tasks ECS replaces itself. */
  slots: v.pipe(
    v.record(name, name),
    v.check((slots) => Object.keys(slots).length === 1 || Object.keys(slots).length === 2, "one or two slots"),
  ),
  targetGroups: v.optional(v.record(name, arn)),
  subnets: v.optional(v.array(name), []),
  securityGroups: v.optional(v.array(name), []),
  publicIp: v.optional(v.boolean(), false),
  executionRole: v.optional(name),
  taskRole: v.optional(name),
  logGroup: v.optional(name),
});

const Step = either(
  (input) => typeof input === "number",
  v.pipe(
    number(0.1, 100),
    v.transform((percent) => ({ percent, approval: false })),
  ),
  v.pipe(
    v.strictObject({
      percent: number(0.1, 100),
      for: v.optional(duration(0, 30 * DAY_MS)),
      approval: v.optional(v.boolean(), false),
    }),
    v.transform(({ percent, for: forMs, approval }) => ({
      percent,
      approval,
      ...(forMs === undefined ? {} : { forMs }),
    })),
  ),
);

/** How releases of one service are rolled out. The defaults are the platform's canary with a gate that is right. */
export const ServiceDelivery = v.pipe(
  v.strictObject({
    strategy: v.optional(v.picklist(["canary", "blue-green", "rolling", "all-at-once", "flink-blue-green"]), "canary"),
    mode: v.optional(v.picklist(["observe", "recommend", "act"]), "act"),
    /** Percent of the traffic, rising. */
    steps: v.optional(v.pipe(v.array(Step), v.minLength(1), v.maxLength(20)), [5, 10, 25, 50, 75, 100]),
    /** A tick of the gate. */
    every: v.optional(duration(SECOND_MS, HOUR_MS), "30s"),
    /** Judged time of the first step, and of each later one. */
    first: v.optional(duration(0, 30 * DAY_MS), "10m"),
    step: v.optional(duration(0, 30 * DAY_MS), "5m"),
    /** The old version is kept for so long after the last step. */
    bake: v.optional(duration(0, 30 * DAY_MS), "10m"),
    /** A person approves before the old version goes. */
    approval: v.optional(v.boolean(), false),
    /** Time for the new version to become healthy, and between looks at it (the platform's 120 s and 5 s). */
    timeout: v.optional(duration(SECOND_MS, 6 * HOUR_MS), "120s"),
    poll: v.optional(duration(100, MINUTE_MS), "5s"),
    /** The whole rollout; waiting for people counts. */
    deadline: v.optional(duration(MINUTE_MS, 90 * DAY_MS), "24h"),
    /** Shares have to be seen served within this. */
    verify: v.optional(duration(SECOND_MS, HOUR_MS), "5m"),
    /** rolling: instances above the wanted number, and percent that stay ready. */
    maxSurge: v.optional(integer(0, 1000), 1),
    minHealthy: v.optional(number(0, 100), 100),
    /** Starts of the new version that may end badly before it is given up. */
    maxFailures: v.optional(integer(1, 1000), 3),
    gate: v.optional(
      either(
        (input) => isText(input) || is(false)(input),
        either(
          is("off"),
          v.literal("off"),
          v.pipe(
            v.picklist(["sequential", "threshold", "kayenta"]),
            v.transform((rule) => v.parse(Gate, { rule })),
          ),
        ),
        Gate,
      ),
      {},
    ),
    counts: v.optional(Counts, "gateway"),
    hooks: v.optional(Hooks, {}),
    /** Alerts (by alertname) of this service that roll back when they fire during a rollout. */
    stopOn: v.optional(v.array(name), []),
    ecs: v.optional(Ecs),
    flink: v.optional(FlinkDelivery),
  }),
  v.check(
    ({ steps }) => steps.every(({ percent }, index) => index === 0 || percent > (steps[index - 1]?.percent ?? 0)),
    "steps rise: each is a larger share than the one before",
  ),
  v.check(
    ({ strategy, flink }) => strategy !== "flink-blue-green" || flink !== undefined,
    "flink-blue-green needs flink",
  ),
);

export type DeliveryConfig = v.InferOutput<typeof ServiceDelivery>;
export type GateConfig = Exclude<DeliveryConfig["gate"], "off">;
