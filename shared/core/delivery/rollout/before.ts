import type { ArmCounts } from "../gate/types.ts";
import type { Rollout } from "./types.ts";

/** Ticks of the old version that are kept to compare with once it has no traffic: ten minutes of the platform's ticks. */
const KEPT = 20;
/** Ticks below which nothing can be said of what was usual before. */
const LEAST = 5;
/** Part of the new version's requests below which the old one has no traffic of its own: only what was under way at the switch. */
const LEFT_OVER = 0.02;
/** Of its ticks, the rate that so many lay below: what drifts and jitters over time does not cancel out in a comparison with before. */
const QUANTILE = 0.9;

/** Remembers ticks of the old version. */
export function keepBefore(rollout: Rollout, ticks: readonly ArmCounts[]): Rollout {
  const known = ticks.filter(({ requests, errors }) => requests > 0 && errors >= 0 && errors <= requests);
  if (known.length === 0) return rollout;
  const rows = known.map(
    ({ requests, errors, slow, p99Ms }) => [requests, errors, slow ?? null, p99Ms ?? null] as const,
  );
  return { ...rollout, before: [...(rollout.before ?? []), ...rows].slice(-KEPT) };
}

/**
 * The arm that the new version is compared with. Where the old one has traffic, it is what it served beside it. Once it has none, it is
 * what was usual before the switch, and not the mean of it but a high tick: a comparison over time has no second arm that shares
 * an incident or the hour, so it is to find what is plainly worse and not each drift.
 */
export function baselineOf(
  { steps, step, before = [], divides }: Rollout,
  canary: ArmCounts | undefined,
  baseline: ArmCounts | undefined,
): ArmCounts | undefined {
  const alone = divides === true && (steps[step]?.percent ?? 0) >= 100;
  const some = baseline !== undefined && baseline.requests > LEFT_OVER * (canary?.requests ?? 0);
  if (!alone || some || !canary || !(canary.requests > 0) || before.length < LEAST) return baseline;
  const { requests } = canary;
  const slow = before.every((row) => row[2] !== null) ? high(before.map((row) => (row[2] ?? 0) / row[0])) : undefined;
  const p99 = before.every((row) => row[3] !== null) ? high(before.map((row) => row[3] ?? 0)) : undefined;
  return {
    requests,
    errors: Math.round(requests * high(before.map((row) => row[1] / row[0]))),
    ...(slow === undefined ? {} : { slow: Math.round(requests * slow) }),
    ...(p99 === undefined ? {} : { p99Ms: p99 }),
  };
}

function high(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(QUANTILE * sorted.length))] ?? 0;
}
