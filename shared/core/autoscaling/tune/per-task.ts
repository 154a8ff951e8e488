import type { Point } from "../../kernel/reading.ts";

/** Fewer minutes say nothing. */
const ENOUGH = 60;
/** The newest of them count: a day. */
const MOST = 1440;
/** A CPU that is fuller is as good as saturated, and one that is emptier shows what a task does while idle. Percent. */
const [LEAST_CPU, MOST_CPU] = [10, 97];
/** Less work than this, in tasks, drowns in what a task does while idle. */
const LEAST_WORK = 0.3;

/**
 * Units per second that keep one task busy, from recorded minutes: the median of arrivals over busy tasks, of minutes that were neither idle nor
 * saturated. Undefined where fewer than an hour of them are known. All three series are of one minute, ascending.
 */
export function perTaskOf(
  arrivals: readonly Point[],
  cpu: readonly Point[],
  ready: readonly Point[],
): number | undefined {
  const used = new Map(cpu.map(({ at, value }) => [at, value]));
  const tasks = new Map(ready.map(({ at, value }) => [at, value]));
  const seen: number[] = [];
  for (let index = arrivals.length - 1; index >= 0 && seen.length < MOST; index -= 1) {
    const { at, value } = arrivals[index] as Point;
    const [percent, count] = [used.get(at), tasks.get(at)];
    if (percent === undefined || count === undefined || !(percent >= LEAST_CPU && percent < MOST_CPU)) continue;
    const busy = (percent / 100) * count;
    if (busy > LEAST_WORK && value > 0) seen.push(value / busy);
  }
  if (seen.length < ENOUGH) return undefined;
  seen.sort((a, b) => a - b);
  return seen[Math.floor(seen.length / 2)];
}
