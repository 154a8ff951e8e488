import { type DurationMs, MINUTE_MS } from "../kernel/time.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";

/** A reading that a configuration needs; the step finds it in `input.readings[metric]`. */
export interface MetricNeed {
  readonly metric: string;
  readonly stat: "avg" | "max" | "sum";
  readonly unit: string;
  /** Newest whole periods wanted. */
  readonly points: number;
  /** Helps where the source has it, and is not missed where it has not. */
  readonly optional?: true;
}

const UNITS: Readonly<Record<string, string>> = {
  cpu: "percent",
  memory: "percent",
  busy: "percent",
  process_cpu: "percent",
  requests: "per_second",
  offered: "per_second",
  errors: "per_second",
  requests_per_instance: "per_second",
  latency_p99: "ms",
  backlog: "count",
  desired: "count",
  running: "count",
  ready: "count",
};

/** "percent", "per_second", "ms", "count", or "none" for a metric of the user's own. */
export function unitOf(metric: string): string {
  return Object.hasOwn(UNITS, metric) ? (UNITS[metric] as string) : "none";
}

/** Policies that go by what arrives and waits. */
type Working = Extract<Policy, { type: "demand" | "predictive" | "auto" }>;

export const works = (policy: Policy): policy is Working =>
  policy.type === "demand" || policy.type === "predictive" || policy.type === "auto";

/** The first policy that goes by what arrives and waits. */
export function worksOf({ policies }: Pick<AutoscalingConfig, "policies">): Working | undefined {
  return policies.find(works);
}

const kept = new WeakMap<AutoscalingConfig, readonly MetricNeed[]>();

/** Which readings a configuration needs, one per metric, in the order in which the policies name them. */
export function metricsNeeded(config: AutoscalingConfig): readonly MetricNeed[] {
  const before = kept.get(config);
  if (before) return before;
  const points = new Map<string, number>();
  const optional = new Map<string, number>();
  for (const policy of config.policies) {
    for (const [metric, wanted] of needsOf(policy)) points.set(metric, Math.max(points.get(metric) ?? 0, wanted));
    if (works(policy))
      for (const one of demandNeeds(policy, config)) {
        const into = one.optional ? optional : points;
        into.set(one.metric, Math.max(into.get(one.metric) ?? 0, one.points));
      }
  }
  const needs: MetricNeed[] = [...points].map(([metric, count]) =>
    need(metric, Math.max(count, optional.get(metric) ?? 0)),
  );
  for (const [metric, count] of optional)
    if (!points.has(metric)) needs.push({ ...need(metric, count), optional: true });
  if (config.policies.some(multiplies) && !points.has("ready") && !optional.has("ready"))
    needs.push({ ...need("ready", 3), optional: true });
  kept.set(config, needs);
  return needs;
}

function need(metric: string, points: number): MetricNeed {
  return { metric, stat: "avg", unit: unitOf(metric), points };
}

/** A CPU that is full for so long is no accident of a minute. */
const FULL_MS = 3 * MINUTE_MS;

/** Points in a row that make it so; one alone never does. */
export function fullPoints(periodMs: DurationMs): number {
  return Math.max(2, Math.ceil(FULL_MS / periodMs));
}

/** Whether the policy multiplies the count that was ready while a metric was taken. */
function multiplies(policy: Policy): boolean {
  return (
    policy.type === "target-tracking" ||
    (policy.type === "hpa" && policy.metrics.some(({ kind }) => kind === "utilization"))
  );
}

function needsOf(policy: Policy): readonly (readonly [metric: string, points: number])[] {
  switch (policy.type) {
    case "instances":
      return [
        ...(policy.cpu === null ? [] : [["cpu", 1] as const]),
        ...(policy.memory === null ? [] : [["memory", 1] as const]),
      ];
    case "parallelism":
      return [[policy.metric, 1]];
    case "target-tracking":
      return [[policy.metric, Math.max(policy.datapoints.out, policy.datapoints.in)]];
    case "step":
      return [[policy.metric, policy.datapoints]];
    case "hpa":
      return policy.metrics.map(({ metric }) => [metric, 1]);
    case "demand":
    case "predictive":
    case "auto":
    case "kafka-lag":
    case "flink":
    case "scheduled":
      return [];
  }
}

/** Metrics of a policy that goes by what arrives and waits, with how many of the newest periods are wanted. */
function demandNeeds(
  policy: Pick<Working, "arrivals" | "backlog">,
  { period }: Pick<AutoscalingConfig, "period">,
): readonly Pick<MetricNeed, "metric" | "points" | "optional">[] {
  return [
    { metric: policy.arrivals, points: 5 },
    ...(policy.backlog === null ? [] : [{ metric: policy.backlog, points: 5, optional: true as const }]),
    { metric: "cpu", points: Math.max(5, fullPoints(period)), optional: true },
    { metric: "ready", points: 5, optional: true },
  ];
}
