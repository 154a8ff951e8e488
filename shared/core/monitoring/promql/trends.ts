import { invalid } from "./context.ts";
import { nothing } from "./rates.ts";
import { add, openSum } from "./sums.ts";
import type { Window } from "./windows.ts";

/** Least squares over the window; the line's value at `interceptAt` (promql/functions.go, linearRegression). */
function regression(
  { times, values, low, high }: Window,
  interceptAt: number,
): { readonly slope: number; readonly intercept: number } {
  const [x, y, xy, x2] = [openSum(), openSum(), openSum(), openSum()];
  const first = values[low] as number;
  let constant = true;
  for (let index = low; index < high; index++) {
    const value = values[index] as number;
    if (index > low && value !== first) constant = false;
    const seconds = ((times[index] as number) - interceptAt) / 1000;
    add(x, seconds);
    add(y, value);
    add(xy, seconds * value);
    add(x2, seconds * seconds);
  }
  if (constant) {
    const endless = Math.abs(first) === Infinity;
    return endless ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  }
  const n = high - low;
  const [sumX, sumY, sumXY, sumX2] = [x.sum + x.lost, y.sum + y.lost, xy.sum + xy.lost, x2.sum + x2.lost];
  const slope = (sumXY - (sumX * sumY) / n) / (sumX2 - (sumX * sumX) / n);
  return { slope, intercept: sumY / n - (slope * sumX) / n };
}

/** Slope per second. */
export const deriv = (window: Window): number =>
  window.high - window.low < 2 ? nothing(window) : regression(window, window.times[window.low] as number).slope;

/** Value of the line `seconds` after the step. */
export function predictLinear(window: Window, seconds: number): number {
  if (window.high - window.low < 2) return nothing(window);
  const { slope, intercept } = regression(window, window.at);
  return slope * seconds + intercept;
}

/** Double exponential smoothing with a smoothing and a trend factor, both in (0, 1); `holt_winters` of Prometheus 2. */
export function smoothed(window: Window, factor: number, trendFactor: number): number {
  const { values, low, high } = window;
  if (factor <= 0 || factor >= 1) throw invalid(`invalid smoothing factor. Expected: 0 < sf < 1, got: ${factor}`);
  if (trendFactor <= 0 || trendFactor >= 1)
    throw invalid(`invalid trend factor. Expected: 0 < tf < 1, got: ${trendFactor}`);
  if (high - low < 2) return nothing(window);
  let before = 0;
  let level = values[low] as number;
  let trend = (values[low + 1] as number) - level;
  for (let index = low + 1; index < high; index++) {
    if (index > low + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
    const next = factor * (values[index] as number) + (1 - factor) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}
