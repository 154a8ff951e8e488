import type { ArmCounts, GateMetric, GateTick } from "./types.ts";

export const METRICS: readonly GateMetric[] = ["errors", "slow"];

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Why counts cannot be believed, or undefined. An arm that is absent is no fault. */
function countsFault(arm: ArmCounts | undefined, name: string): string | undefined {
  if (isAbsent(arm)) return undefined;
  const { requests, p99Ms } = arm as ArmCounts;
  if (!isCount(requests)) return `${name}.requests is ${requests}, allowed are whole numbers from 0`;
  for (const metric of METRICS) {
    const count = countOf(arm, metric);
    if (count === undefined) continue;
    if (!isCount(count)) return `${name}.${metric} is ${count}, allowed are whole numbers from 0`;
    if (count > requests) return `${name}.${metric} is ${count} of ${requests} requests`;
  }
  if (!isAbsent(p99Ms) && !((p99Ms as number) >= 0 && Number.isFinite(p99Ms))) {
    return `${name}.p99Ms is ${p99Ms}, allowed are milliseconds from 0`;
  }
  return undefined;
}

/** What an arm counted of a metric; undefined: not counted, which is not zero. */
export function countOf(arm: ArmCounts | undefined, metric: GateMetric): number | undefined {
  return (arm?.[metric] as number | null | undefined) ?? undefined;
}

export const requestsOf = (arm: ArmCounts | undefined): number => arm?.requests ?? 0;

/** Why a tick cannot be believed, or undefined. */
export function tickFault({ t, canary, baseline }: GateTick): string | undefined {
  if (!Number.isFinite(t)) return `t is ${t}, allowed are seconds`;
  return countsFault(canary, "canary") ?? countsFault(baseline, "baseline");
}
