import type { DurationMs } from "../core/kernel/time.ts";
import type { Runtime } from "./runtime.ts";

/** How long claimed actions belong to one worker; above the longest call an SDK makes with its retries. */
const LEASE_MS = 30_000;
/**
 * A worker starts no action this close to the end of its lease. Clocks are taken to be within ±2 s of true time, so two
 * may be 4 s apart: with more than that, no action starts after somebody else could have taken over.
 */
const SKEW_MARGIN_MS = 5_000;
/** First pause after a failed performance; doubles with each attempt. */
const RETRY_MS = 10_000;
/** How often a decision is tried against conflicts and live leases. */
export const MAX_TRIES = 5;
/** How many workers may start on the actions of one decision before they count as failed. */
export const MAX_PERFORMS = 5;
/** The longest anybody holds an item: the last pause before the last attempt. */
const LONGEST_HOLD_MS = RETRY_MS * 2 ** (MAX_PERFORMS - 2) + SKEW_MARGIN_MS;
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** Real time between two writes that prolong a lease: two may fail. */
export const renewMs: DurationMs = LEASE_MS / 3;

/** Leases are real time: on a clock that runs faster they are longer by as much. */
export const leaseMs = (runtime: Runtime): DurationMs => LEASE_MS * runtime.speed;
export const skewMarginMs = (runtime: Runtime): DurationMs => SKEW_MARGIN_MS * runtime.speed;
/** 10, 20, 40, 80 s. */
export const retryMs = (runtime: Runtime, attempts: number): DurationMs =>
  RETRY_MS * 2 ** Math.max(0, attempts - 1) * runtime.speed;

/**
 * Whether an item still belongs to somebody. A lease that ends later than any that could have been given comes from a clock
 * that was wrong, or from a run of this laptop at a higher speed: nobody holds it.
 */
export const leaseLive = (runtime: Runtime, leaseUntil: number | undefined, now: number): boolean =>
  leaseUntil !== undefined && leaseUntil > now && leaseUntil - now <= LONGEST_HOLD_MS * runtime.speed;

/** Waits before try n (1, 2, …): exponential with full jitter, as contending writers need it (measured on one hot item). */
export const pause = (runtime: Runtime, attempt: number): Promise<void> =>
  runtime.sleep(runtime.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** attempt));
