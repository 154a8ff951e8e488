import type { DurationMs, Millis } from "../kernel/time.ts";

/** How soon a service wants to be looked at again while something is open: at every period, at an instant, or not at all. */
export interface Wish {
  readonly soon: boolean;
  /** The earliest instant at which something can be different. */
  readonly at: Millis | undefined;
}

/**
 * The instant to keep in the state. While a situation is open, an instant in the past is left there: whoever asks what is
 * due finds the service at every tick, and nothing is written. An instant in the future is moved only to be earlier.
 */
export function recheckAt(
  before: Millis | undefined,
  wish: Wish,
  periodMs: DurationMs,
  now: Millis,
): Millis | undefined {
  if (wish.soon) return before !== undefined && before <= now + periodMs ? before : now + periodMs;
  if (wish.at === undefined) return undefined;
  const at = Math.max(wish.at, now + 1);
  return before !== undefined && before > now && before <= at ? before : at;
}

/** The earliest of some instants; undefined members do not count. */
export function earliest(...instants: readonly (Millis | undefined)[]): Millis | undefined {
  let first: Millis | undefined;
  for (const instant of instants)
    if (instant !== undefined && (first === undefined || instant < first)) first = instant;
  return first;
}
