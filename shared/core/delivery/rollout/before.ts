import type { ArmCounts } from "../gate/types.ts";
import { servesBeside, USUAL_TICKS, usualArm } from "../gate/usual.ts";
import type { Rollout } from "./types.ts";

/** Remembers ticks of the old version. */
export function keepBefore(rollout: Rollout, ticks: readonly ArmCounts[]): Rollout {
  const known = ticks.filter(({ requests, errors }) => requests > 0 && errors >= 0 && errors <= requests);
  if (known.length === 0) return rollout;
  const rows = known.map(
    ({ requests, errors, slow, p99Ms }) => [requests, errors, slow ?? null, p99Ms ?? null] as const,
  );
  return { ...rollout, before: [...(rollout.before ?? []), ...rows].slice(-USUAL_TICKS) };
}

/**
 * The arm that the new version is compared with. Where the old one has traffic, it is what it served beside it. Once it has none, it is
 * what was usual before the switch.
 */
export function baselineOf(
  { steps, step, before = [], divides }: Rollout,
  canary: ArmCounts | undefined,
  baseline: ArmCounts | undefined,
): ArmCounts | undefined {
  const alone = divides === true && (steps[step]?.percent ?? 0) >= 100;
  if (!alone || servesBeside(canary, baseline) || !canary || !(canary.requests > 0)) return baseline;
  const ticks = before.map(
    ([requests, errors, slow, p99Ms]): ArmCounts => ({
      requests,
      errors,
      ...(slow === null ? {} : { slow }),
      ...(p99Ms === null ? {} : { p99Ms }),
    }),
  );
  return usualArm(ticks, canary.requests) ?? baseline;
}
