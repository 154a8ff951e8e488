import type { DurationMs, Millis } from "../kernel/time.ts";

/**
 * What was recommended over time, as runs: [since, count] holds until the next entry begins, the last one until now.
 * Only what can still be the extreme of a window is kept, so a steady recommendation never changes the list.
 */
export type Runs = readonly (readonly [since: Millis, count: number])[];

/** More would be a window of an hour in which the count changed at every evaluation. */
const MAX_RUNS = 120;

/**
 * Adds a recommendation. For a maximum, an earlier run that is not above the new one can never be the maximum again: the
 * new run takes its place (and its beginning, which no window that ends now or later can tell from the truth).
 * Returns the same list when nothing changed.
 */
export function push(runs: Runs, now: Millis, count: number, extreme: "max" | "min", windowMs: DurationMs): Runs {
  const last = runs.at(-1);
  if (last && last[1] === count) return runs;
  let keep = runs.length;
  while (keep > 0 && !beats((runs[keep - 1] as Runs[number])[1], count, extreme)) keep -= 1;
  const since = keep < runs.length ? (runs[keep] as Runs[number])[0] : now;
  let first = 0;
  while (first + 1 < keep && (runs[first + 1] as Runs[number])[0] < now - windowMs) first += 1;
  const kept = runs.slice(first, keep);
  return [...(kept.length < MAX_RUNS ? kept : [kept[0] as Runs[number], ...kept.slice(2)]), [since, count]];
}

function beats(a: number, b: number, extreme: "max" | "min"): boolean {
  return extreme === "max" ? a > b : a < b;
}

/**
 * Extreme of the window that ends now, both ends included: a run counts while its last instant (just before the next
 * run begins) is inside.
 */
export function extremeOf(runs: Runs, now: Millis, extreme: "max" | "min", windowMs: DurationMs): number | undefined {
  let best: number | undefined;
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const next = runs[index + 1];
    if (next && next[0] <= now - windowMs) break;
    const count = (runs[index] as Runs[number])[1];
    if (best === undefined || beats(count, best, extreme)) best = count;
  }
  return best;
}

/** When the window has let go of everything on the far side of `count`, if nothing new is recommended. */
export function releasedAt(
  runs: Runs,
  count: number,
  extreme: "max" | "min",
  windowMs: DurationMs,
): Millis | undefined {
  for (let index = runs.length - 2; index >= 0; index -= 1) {
    if (!beats(count, (runs[index] as Runs[number])[1], extreme))
      return (runs[index + 1] as Runs[number])[0] + windowMs;
  }
  return undefined;
}
