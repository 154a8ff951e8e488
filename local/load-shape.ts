import { DAY_MS, HOUR_MS, type Millis } from "../shared/core/kernel/time.ts";
import type { Trace } from "../shared/core/kernel/trace.ts";

/** Load at a virtual instant, in requests per real second. */
export type Shape = (at: Millis) => number;

/** Hour (UTC) of the daily peak. */
const PEAK_HOUR = 15;
/** The night never falls below this share of the peak, if the mean allows. */
const NIGHT_SHARE = 0.05;

/** Mean over a day of ((1 + cos) / 2) ** power: the central binomial coefficient over 4 ** power. */
function meanOfBump(power: number): number {
  let mean = 1;
  for (let k = 1; k <= power; k++) mean *= (2 * k - 1) / (2 * k);
  return mean;
}

/**
 * A smooth day with the given mean and peak: a constant night plus a raised cosine around the afternoon, which is made
 * narrower until both figures fit.
 */
export function dayShape(mean: number, peak: number): Shape {
  if (peak <= mean) return () => mean;
  let power = 1;
  const night = (of: number) => (mean - peak * meanOfBump(of)) / (1 - meanOfBump(of));
  while (power < 64 && night(power) < NIGHT_SHARE * peak) power++;
  const low = Math.max(0, night(power));
  return (at) => {
    const angle = (2 * Math.PI * ((at % DAY_MS) - PEAK_HOUR * HOUR_MS)) / DAY_MS;
    return low + (peak - low) * ((1 + Math.cos(angle)) / 2) ** power;
  };
}

/**
 * A recorded load, scaled so that its mean is `mean`, played from `origin` on and over again. Between two points, also across a
 * gap of the record, the value runs in a straight line: something has to be sent, and silence would be the boldest guess.
 */
export function traceShape(trace: Trace, mean: number, origin: Millis): Shape {
  const points = trace.points;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return () => 0;
  const average = points.reduce((sum, point) => sum + point.value, 0) / points.length;
  const factor = average > 0 ? mean / average : 0;
  const length = last.at - first.at + trace.stepMs;
  return (at) => {
    const into = first.at + ((((at - origin) % length) + length) % length);
    // The newest point at or before; the record is sorted, so halve the range.
    let low = 0;
    let high = points.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((points[middle]?.at ?? 0) <= into) low = middle;
      else high = middle - 1;
    }
    const before = points[low] ?? first;
    const after = points[low + 1] ?? before;
    const share = after.at > before.at ? (into - before.at) / (after.at - before.at) : 0;
    return Math.max(0, factor * (before.value + share * (after.value - before.value)));
  };
}
