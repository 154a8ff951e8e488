import { DAY_MS, type DurationMs, HOUR_MS } from "../../kernel/time.ts";
import type { Span } from "./buckets.ts";
import type { Keep } from "./types.ts";

/** Mean lengths, in the Gregorian calendar. */
const LENGTHS: Readonly<Record<Span, DurationMs>> = {
  hourly: HOUR_MS,
  daily: DAY_MS,
  weekly: 7 * DAY_MS,
  monthly: 30.436875 * DAY_MS,
  yearly: 365.2425 * DAY_MS,
};

/** About how old the points are that are kept once a plan has run long enough; ascending, ms. The newest has age 0. */
export function keptAges(keep: Keep, every: DurationMs): readonly DurationMs[] {
  const ages = new Set<DurationMs>([0]);
  for (let age = 0; age < keep.all; age += every) ages.add(age);
  for (const [span, length] of Object.entries(LENGTHS) as [Span, DurationMs][]) {
    const step = Math.max(length, every);
    // A point stands for its span at the next multiple of the interval; several spans share one.
    for (let index = 0; index < keep[span]; index += 1) ages.add(Math.round((index * step) / every) * every);
  }
  return [...ages].sort((a, b) => a - b);
}

/**
 * For how much time records are held, when each kept point holds what its topics retained at its cut: the length of the union of [age, age + retention]. Undefined
 * retention (for ever): as much as there is, from the oldest point on and growing.
 */
export function heldSpan(ages: readonly DurationMs[], retention: DurationMs): DurationMs {
  let held = 0;
  let until = 0;
  for (const age of ages) {
    held += Math.max(0, age + retention - Math.max(age, until));
    until = Math.max(until, age + retention);
  }
  return held;
}
