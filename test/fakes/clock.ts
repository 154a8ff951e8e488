import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";

/** A clock that only moves when told to. */
export interface ManualClock {
  readonly now: () => Millis;
  readonly advance: (ms: DurationMs) => Millis;
  readonly set: (at: Millis) => void;
}

/** Starts at 2026-01-05T00:00:00Z, a Monday on a whole minute, unless told otherwise. */
export function manualClock(start: Millis = 1_767_571_200_000): ManualClock {
  let at = start;
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
      return at;
    },
    set: (next) => {
      at = next;
    },
  };
}
