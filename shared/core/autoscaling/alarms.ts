import type { DurationMs } from "../kernel/time.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";

/** What must wake Headgate: a CloudWatch alarm, or the local counterpart. */
export interface AlarmSpec {
  /** `headgate-<service>-<metric>-<out|in>` */
  readonly name: string;
  readonly metric: string;
  readonly stat: "avg" | "max";
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly threshold: number;
  readonly periodMs: DurationMs;
  /** M of N: so many breaching points of so many periods. */
  readonly datapoints: number;
  readonly evaluationPeriods: number;
  readonly purpose: "out" | "in";
}

/** An alarm costs 0.10 USD a month: two a service, and no more. */
const MOST = 2;

type Trigger = Pick<AlarmSpec, "metric" | "comparison" | "threshold" | "purpose"> & { readonly points: number };

/**
 * The alarms of one service, at most two, outward ones first. Going in is found by looking again while the count is above
 * its minimum: an alarm on low load would stand in ALARM for as long as a service is idle, and help nobody. Only a step
 * policy whose own condition points inward brings such an alarm.
 */
export function alarmsFor(service: string, config: AutoscalingConfig): readonly AlarmSpec[] {
  return chosen(config).map(({ metric, comparison, threshold, purpose, points }) => ({
    name: `headgate-${service}-${metric}-${purpose}`,
    metric,
    stat: "avg",
    comparison,
    threshold,
    periodMs: config.period,
    datapoints: points,
    evaluationPeriods: points,
    purpose,
  }));
}

const LOOKED_AT: ReadonlySet<string> = new Set(["demand", "predictive", "kafka-lag", "flink", "auto"]);

const polled = new WeakMap<AutoscalingConfig, boolean>();

/** Whether some outward condition has no alarm (a third metric, a total that is shared by a changing count): look every period. */
export function needsPolling(config: AutoscalingConfig): boolean {
  const before = polled.get(config);
  if (before !== undefined) return before;
  const alarms = chosen(config);
  const covered = (trigger: Trigger) =>
    alarms.some(({ metric, purpose }) => metric === trigger.metric && purpose === trigger.purpose);
  const answer =
    config.everyPeriod === true ||
    config.policies.some((policy) => {
      if (LOOKED_AT.has(policy.type)) return true;
      const triggers = triggersOf(policy).filter(({ purpose }) => purpose === "out");
      return (
        !triggers.every(covered) || (policy.type === "hpa" && policy.metrics.some(({ kind }) => kind === "average"))
      );
    });
  polled.set(config, answer);
  return answer;
}

/** One per metric and direction, the more sensitive of two. */
function chosen(config: AutoscalingConfig): readonly Trigger[] {
  const byName = new Map<string, Trigger>();
  for (const trigger of config.policies.flatMap(triggersOf)) {
    const name = `${trigger.metric}-${trigger.purpose}`;
    const before = byName.get(name);
    if (!before || sooner(trigger, before)) byName.set(name, trigger);
  }
  const all = [...byName.values()];
  return [...all.filter(({ purpose }) => purpose === "out"), ...all.filter(({ purpose }) => purpose === "in")].slice(
    0,
    MOST,
  );
}

/** Whether `a` fires before `b` would, judged by the threshold where both look the same way. */
function sooner(a: Trigger, b: Trigger): boolean {
  const up = (trigger: Trigger) => trigger.comparison === ">" || trigger.comparison === ">=";
  if (up(a) !== up(b)) return false;
  if (a.threshold !== b.threshold) return up(a) ? a.threshold < b.threshold : a.threshold > b.threshold;
  return a.points < b.points;
}

function triggersOf(policy: Policy): readonly Trigger[] {
  switch (policy.type) {
    case "instances":
      return [...over("cpu", policy.cpu), ...over("memory", policy.memory)];
    case "parallelism":
      return over(policy.metric, policy.high);
    case "target-tracking":
      return over(policy.metric, policy.target, policy.datapoints.out);
    case "step":
      return [
        {
          metric: policy.metric,
          comparison: policy.comparison,
          threshold: policy.threshold,
          purpose: purposeOf(policy),
          points: policy.datapoints,
        },
      ];
    case "hpa":
      return policy.metrics.flatMap(({ metric, target, kind }) =>
        kind === "average" ? [] : over(metric, target * (1 + policy.tolerance)),
      );
    // Nothing that one threshold could tell: they are looked at every period (see needsPolling).
    case "demand":
    case "predictive":
    case "kafka-lag":
    case "flink":
    case "auto":
    case "scheduled":
      return [];
  }
}

function over(metric: string, threshold: number | null, points = 1): readonly Trigger[] {
  // Twelve digits: 70 × 1.1 is 77, also in an alarm's description.
  return threshold === null
    ? []
    : [{ metric, comparison: ">", threshold: Number(threshold.toPrecision(12)), purpose: "out", points }];
}

/** An exact count may be either way: the side of the threshold says which. */
function purposeOf(policy: Extract<Policy, { type: "step" }>): "out" | "in" {
  if (policy.adjustment === "exact") return policy.comparison.startsWith(">") ? "out" : "in";
  return policy.steps.some(({ by }) => by > 0) ? "out" : "in";
}
