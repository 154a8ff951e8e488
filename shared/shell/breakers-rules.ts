import type { Circuit } from "../core/kernel/circuit.ts";
import { type DurationMs, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import { added } from "../core/traffic/breaker/counts.ts";
import type { BreakerPolicy } from "../core/traffic/breaker/policy.ts";
import type { CircuitItem, Outcome } from "../core/traffic/breaker/types.ts";
import type { SharedLook } from "./breakers-types.ts";

/** Clocks of two environments are at most so far apart, 2 s either way. A lease is longer by it, so that nobody takes it over early. */
const SKEW_MS = 4 * SECOND_MS;
/** Half open is news soon; looked at again after so many real ms at most. */
const HALF_OPEN_MS = SECOND_MS;

/** Leases as they are written: longer by what clocks may differ. */
export const withSkew = (policy: BreakerPolicy): BreakerPolicy => ({
  ...policy,
  probeLease: policy.probeLease + SKEW_MS,
});

/**
 * Whether what the store said of a circuit needs not be asked again yet.
 *
 * @param heard real ms since it was heard, how long what is closed is trusted (real ms), and the instant it is by the policy's clock
 */
export function trusted(
  policy: BreakerPolicy,
  circuit: Circuit | undefined,
  { ageMs, trustedMs, at }: { readonly ageMs: DurationMs; readonly trustedMs: DurationMs; readonly at: Millis },
): boolean {
  if (circuit?.status === "open" && circuit.forced === undefined) return at < (circuit.openUntil ?? at);
  if (ageMs < 0) return false;
  return ageMs < (circuit?.status === "half_open" ? Math.min(policy.staleness, HALF_OPEN_MS) : trustedMs);
}

/** A circuit as it is shown, with what this environment has not written yet. */
export function lookOf(
  { circuit, counts }: CircuitItem,
  seen: {
    readonly unwritten: Readonly<Record<string, number>>;
    readonly ageMs: DurationMs | undefined;
    readonly degraded: boolean;
  },
): SharedLook {
  const { status, epoch, since, openUntil, forced } = circuit;
  return {
    status,
    epoch,
    since,
    ...(openUntil === undefined ? {} : { openUntil }),
    ...(forced === undefined ? {} : { forced }),
    counts: added(counts, seen.unwritten),
    ...(seen.ageMs === undefined ? {} : { ageMs: seen.ageMs }),
    degraded: seen.degraded,
  };
}

/** The outcome of a call that took longer than a call may. */
export const slowed = (outcome: Outcome): Outcome =>
  outcome === "success" ? "slow_success" : outcome === "failure" ? "slow_failure" : outcome;
