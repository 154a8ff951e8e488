import { parseCron } from "../kernel/cron.ts";
import { formatDuration } from "../kernel/time.ts";
import { isTimezone } from "../kernel/timezone.ts";
import { checkGuards, checkTogether, checkWork } from "./check-work.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";

/** One thing that the schema cannot see and that would not work. */
export interface SemanticFault {
  /** Inside the service's autoscaling configuration, e.g. ["policies", 0, "actions", 1, "cron"]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant: a warning. */
  readonly works?: true;
}

/** What is known of the service itself, and of what stands beside it in the file. Absent: not known, and not checked. */
export interface Surroundings {
  /** The service is a Flink job: scaled by vertex. */
  readonly flink?: boolean;
  /** Names under `streams`. */
  readonly streams?: readonly string[];
}

type Of<T extends Policy["type"]> = Extract<Policy, { type: T }>;

/** Metrics over all instances: they do not fall as instances are added, so tracking them would run to the maximum. */
const TOTALS: readonly string[] = ["requests", "desired", "running", "ready"];

/** Semantic faults of one service's configuration, in the order of the file. Empty where it can work. */
export function checkAutoscaling(config: AutoscalingConfig, around: Surroundings = {}): readonly SemanticFault[] {
  return [
    ...(config.maxAge < config.period
      ? [
          fault(
            ["maxAge"],
            "maxAge is shorter than one period, so readings would be unknown part of the time",
            formatDuration(config.maxAge),
            `at least ${formatDuration(config.period)}`,
          ),
        ]
      : []),
    ...checkGuards(config),
    ...checkTogether(config, around),
    ...config.policies.flatMap((policy, index) =>
      checkPolicy(policy, config, around).map((one) => ({ ...one, path: ["policies", index, ...one.path] })),
    ),
  ];
}

function checkPolicy(policy: Policy, config: AutoscalingConfig, around: Surroundings): readonly SemanticFault[] {
  switch (policy.type) {
    case "instances":
      return policy.cpu === null && policy.memory === null
        ? [
            fault(
              [],
              "an instances policy needs a metric: cpu and memory are both null",
              null,
              "a threshold for cpu, for memory, or for both",
            ),
          ]
        : [];
    case "parallelism":
      return policy.low < policy.high
        ? []
        : [fault(["low"], "low must be below high", policy.low, `number below ${policy.high}`)];
    case "target-tracking":
      return TOTALS.includes(policy.metric) ? [total(["metric"], policy.metric)] : [];
    case "step":
      return checkSteps(policy);
    case "hpa":
      return policy.metrics.flatMap(({ metric, kind }, index) =>
        kind === "utilization" && TOTALS.includes(metric)
          ? [total(["metrics", index, "metric"], metric, ", or kind: average")]
          : [],
      );
    case "scheduled":
      return checkSchedule(policy, config);
    case "demand":
    case "predictive":
    case "auto":
    case "kafka-lag":
    case "flink":
      return checkWork(policy, around);
  }
}

function fault(path: readonly (string | number)[], message: string, value: unknown, allowed: string): SemanticFault {
  return { path, message, value, allowed };
}

function total(path: readonly (string | number)[], metric: string, other = ""): SemanticFault {
  const allowed = `a metric per instance, such as cpu or requests_per_instance${other}`;
  return fault(
    path,
    `${metric} is counted over all instances and does not fall as instances are added`,
    metric,
    allowed,
  );
}

function checkSchedule(policy: Of<"scheduled">, config: AutoscalingConfig): readonly SemanticFault[] {
  const zone = isTimezone(policy.timezone)
    ? []
    : [fault(["timezone"], "unknown time zone", policy.timezone, "IANA name such as Europe/Berlin or UTC")];
  const actions = policy.actions.flatMap((action, index) => {
    const path = ["actions", index];
    const cron = parseCron(action.cron);
    const { min = config.min, max = config.max } = action;
    return [
      ...(cron.ok
        ? []
        : [
            fault(
              [...path, "cron"],
              cron.message,
              action.cron,
              "minute hour day-of-month month day-of-week, such as 0 8 * * mon-fri",
            ),
          ]),
      ...(action.min === undefined && action.max === undefined
        ? [fault(path, "an action needs min, max or both", null, "min, max")]
        : []),
      ...(min > max
        ? [
            fault(
              [...path, action.min === undefined ? "max" : "min"],
              `min ${min} would be above max ${max}`,
              action.min ?? action.max,
              action.min === undefined ? `integer from ${min} on` : `integer up to ${max}`,
            ),
          ]
        : []),
    ];
  });
  return [...zone, ...actions];
}

/** The rules of Application Auto Scaling for step adjustments: no overlap, no gap, open at the far end. */
function checkSteps(policy: Of<"step">): readonly SemanticFault[] {
  const above = policy.comparison.startsWith(">");
  const ranges = policy.steps.map(({ from = -Infinity, to = Infinity, by }, index) => ({ from, to, by, index }));
  const empty = ranges.filter(({ from, to }) => from >= to);
  if (empty.length > 0)
    return empty.map(({ index, from, to }) =>
      fault(["steps", index], "from must be below to", `${from}..${to}`, "from < to"),
    );
  const byFrom = ranges.toSorted((a, b) => a.from - b.from);
  const joints = byFrom.slice(1).flatMap((next, index) => {
    const before = byFrom[index] as (typeof byFrom)[number];
    if (next.from < before.to) {
      return [
        fault(
          ["steps", next.index, "from"],
          `overlaps with step ${before.index}, which goes to ${before.to}`,
          policy.steps[next.index]?.from ?? null,
          `number from ${before.to} on`,
        ),
      ];
    }
    if (next.from > before.to)
      return [
        fault(
          ["steps", next.index, "from"],
          `leaves a gap after step ${before.index}, which ends at ${before.to}`,
          next.from,
          `${before.to}`,
        ),
      ];
    return [];
  });
  return [...joints, ...farEnd(byFrom, above), ...ranges.flatMap((range) => amount(policy, range.by, range.index))];
}

function farEnd(
  byFrom: readonly { readonly from: number; readonly to: number; readonly index: number }[],
  above: boolean,
): readonly SemanticFault[] {
  const far = above ? byFrom.at(-1) : byFrom[0];
  const near = above ? byFrom[0] : byFrom.at(-1);
  const faults: SemanticFault[] = [];
  if (far && Number.isFinite(above ? far.to : far.from)) {
    const name = above ? "to" : "from";
    faults.push(
      fault(
        ["steps", far.index, name],
        "a breach beyond this would do nothing",
        above ? far.to : far.from,
        `leave ${name} out on the outermost step`,
      ),
    );
  }
  if (near && (above ? near.from > 0 : near.to < 0)) {
    const name = above ? "from" : "to";
    faults.push(
      fault(
        ["steps", near.index, name],
        "a breach nearer to the threshold than this would do nothing",
        above ? near.from : near.to,
        "0, the threshold itself",
      ),
    );
  }
  return faults;
}

function amount(policy: Of<"step">, by: number, index: number): readonly SemanticFault[] {
  if (policy.adjustment === "percent")
    return by >= -100
      ? []
      : [fault(["steps", index, "by"], "more than all cannot be taken away", by, "percent from -100 on")];
  if (!Number.isInteger(by))
    return [
      fault(["steps", index, "by"], "instances are counted in whole numbers", by, "integer, or adjustment: percent"),
    ];
  if (policy.adjustment === "exact" && by < 0)
    return [fault(["steps", index, "by"], "a count cannot be negative", by, "integer from 0 on")];
  return [];
}
