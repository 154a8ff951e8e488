import { type Millis, SECOND_MS } from "../core/kernel/time.ts";

/** Writes of one environment about one circuit are so far apart… */
const WRITE_EVERY_MS = SECOND_MS;
/** …but for bad news in a row: so many at once, and one more with each second. */
const BURST = 5;

/** How often one environment writes about one circuit; instants are real ms. */
export interface WritePace {
  /** It has not written for a while, or the clock was set back since. */
  rested(wall: Millis): boolean;
  /** There is one more left for news that cannot wait. */
  more(wall: Millis): boolean;
  wrote(wall: Millis): void;
}

export function writePace(): WritePace {
  let lastAt = Number.NEGATIVE_INFINITY;
  let left = BURST;
  return {
    rested: (wall) => wall - lastAt >= WRITE_EVERY_MS || wall < lastAt,
    more: (wall) => left + (wall - lastAt) / WRITE_EVERY_MS >= 1,
    wrote(wall) {
      left = Math.max(0, Math.min(BURST, left + Math.max(0, wall - lastAt) / WRITE_EVERY_MS) - 1);
      lastAt = wall;
    },
  };
}
