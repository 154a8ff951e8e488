import { brentRoot } from "./brent.ts";
import { normalQuantile } from "./normal.ts";

/** Absolute tolerance of R's and Kayenta's root finding. */
const TOLERANCE = 1e-4;

/** Two samples, each in ascending order. */
export interface Samples {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** By how much x lies above y: an interval, and the estimate of Hodges and Lehmann as far as its roots are exact. */
export interface Shift {
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}

/** Why there is no interval: every observation is tied once shifted. */
export class AllTied extends Error {}

/** Mean ranks of x (shifted down by `by`) among both: their sum, and Σ(t³ - t) over groups of ties. Both samples ascend. */
function ranks({ x, y }: Samples, by: number): { readonly sum: number; readonly ties: number } {
  let [i, j, sum, ties] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const nextX = i < x.length ? (x[i] as number) - by : Number.POSITIVE_INFINITY;
    const nextY = j < y.length ? (y[j] as number) : Number.POSITIVE_INFINITY;
    const value = Math.min(nextX, nextY);
    const [fromX, fromY] = [i, j];
    while (i < x.length && (x[i] as number) - by === value) i += 1;
    while (j < y.length && (y[j] as number) === value) j += 1;
    const [ofX, tied] = [i - fromX, i - fromX + j - fromY];
    // They hold the places from fromX + fromY + 1 on.
    sum += ofX * (fromX + fromY + (tied + 1) / 2);
    ties += tied ** 3 - tied;
  }
  return { sum, ties };
}

/**
 * The rank sum statistic of x shifted down by `by` against y, in standard deviations: normal approximation with the corrections for
 * ties and for continuity (0.5 towards 0), as R's `wilcox.test` and Kayenta's `MannWhitney` have them.
 *
 * @throws AllTied
 */
export function rankSumZ(samples: Samples, by: number): number {
  const [n, m] = [samples.x.length, samples.y.length];
  const { sum, ties } = ranks(samples, by);
  const above = sum - (n * (n + 1)) / 2 - (n * m) / 2;
  const sigma = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  if (sigma === 0) throw new AllTied();
  return (above - Math.sign(above) * 0.5) / sigma;
}

/**
 * Interval and estimate of the shift of x over y, where the statistic crosses its quantiles.
 *
 * @param confidence of the interval, e.g. 0.98
 * @param exact ends at the difference of two values where the statistic jumps, instead of within 1e-4 of it
 * @throws AllTied; RangeError where the values' differences are beyond what a number can hold
 */
export function shiftOf(samples: Samples, confidence: number, exact = false): Shift {
  const { x, y } = samples;
  const least = (x[0] as number) - (y[y.length - 1] as number);
  const most = (x[x.length - 1] as number) - (y[0] as number);
  if (!Number.isFinite(least) || !Number.isFinite(most)) throw new RangeError("differences are not finite");
  const root = (quantile: number): number => {
    const f = (by: number): number => rankSumZ(samples, by) - quantile;
    const [atLeast, atMost] = [f(least), f(most)];
    // The sample is too small for this quantile: the interval ends at the least or the largest difference.
    if (quantile !== 0 && atLeast <= 0) return least;
    if (quantile !== 0 && atMost >= 0) return most;
    if (!exact) return brentRoot(f, least, most, atLeast, atMost, TOLERANCE);
    return quantile === 0 ? middleRoot(samples, f, least, most) : jump(samples, (by) => f(by) > 0, least, most);
  };
  const quantile = normalQuantile((1 - confidence) / 2);
  return { low: root(-quantile), high: root(quantile), estimate: root(0) };
}

/** The statistic is 0 between two jumps at times: the estimate is their middle. */
function middleRoot(samples: Samples, f: (by: number) => number, least: number, most: number): number {
  const last = jump(samples, (by) => f(by) > 0, least, most);
  const first = jump(samples, (by) => f(by) >= 0, least, most);
  return (last + first) / 2;
}

/** The difference of two values at which `before` ends to hold; it holds up to there and nowhere after. */
function jump(samples: Samples, before: (by: number) => boolean, least: number, most: number): number {
  if (!before(least)) return least;
  if (before(most)) return most;
  let [low, high] = [least, most];
  // As fine as the differences themselves are known.
  const fine = 4 * Number.EPSILON * Math.max(Math.abs(least), Math.abs(most));
  while (high - low > fine) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (before(middle)) low = middle;
    else high = middle;
  }
  return nearestDifference(samples, (low + high) / 2);
}

function nearestDifference({ x, y }: Samples, to: number): number {
  let best = Number.POSITIVE_INFINITY;
  let j = 0;
  for (const value of x) {
    // As x ascends, so does the y that is nearest to x - to.
    while (j + 1 < y.length && Math.abs(value - (y[j + 1] as number) - to) <= Math.abs(value - (y[j] as number) - to))
      j += 1;
    const difference = value - (y[j] as number);
    if (Math.abs(difference - to) < Math.abs(best - to)) best = difference;
  }
  return best;
}

/** Share of pairs in which x is the larger one, a tie counting half (Vargha and Delaney 2000). */
export function commonLanguageEffect(samples: Samples): number {
  const [n, m] = [samples.x.length, samples.y.length];
  return (2 * ranks(samples, 0).sum - n * (n + 1)) / (2 * n * m);
}
