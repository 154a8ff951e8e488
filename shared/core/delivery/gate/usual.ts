import type { ArmCounts } from "./types.ts";

/** Ticks of the old version that are looked at once it has no traffic: ten minutes of the platform's ticks. */
export const USUAL_TICKS = 20;
/** Ticks below which nothing can be said of what was usual before. */
const LEAST = 5;
/** Part of the new version's requests below which the old one has no traffic of its own: only what was under way at the switch. */
const LEFT_OVER = 0.02;
/** Of its ticks, the rate that so many lay below: what drifts and jitters over time does not cancel out in a comparison with before. */
const QUANTILE = 0.9;

/** Whether the old version still serves callers of its own beside the new one. */
export const servesBeside = (canary: ArmCounts | undefined, baseline: ArmCounts | undefined): boolean =>
  baseline !== undefined && baseline.requests > LEFT_OVER * (canary?.requests ?? 0);

/**
 * What the new version is compared with when the old one has no traffic any more: not the mean of its last ticks, but a high one, for so
 * many requests. A comparison over time has no second arm that shares an incident or the hour, so it is to find what is plainly worse and
 * not each drift.
 *
 * @returns undefined where too few ticks are known
 */
export function usualArm(ticks: readonly ArmCounts[], requests: number): ArmCounts | undefined {
  const before = ticks.filter((tick) => tick.requests > 0).slice(-USUAL_TICKS);
  if (before.length < LEAST) return undefined;
  const slows = before.flatMap(({ requests: of, slow }) => (slow === undefined || slow === null ? [] : [slow / of]));
  const p99s = before.flatMap(({ p99Ms }) => (p99Ms === undefined || p99Ms === null ? [] : [p99Ms]));
  return {
    requests,
    errors: Math.round(requests * high(before.map((tick) => tick.errors / tick.requests))),
    ...(slows.length < before.length ? {} : { slow: Math.round(requests * high(slows)) }),
    ...(p99s.length < before.length ? {} : { p99Ms: high(p99s) }),
  };
}

function high(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(QUANTILE * sorted.length))] ?? 0;
}
