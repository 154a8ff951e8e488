import type { MetricStats, WireNumber } from "./types.ts";

/** A number as Jackson writes it; a negative zero, which JSON does not keep here, is a zero. */
export function wireNumber(value: number): WireNumber {
  if (Number.isFinite(value)) return value + 0;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** Mean in two passes, as Apache Commons Math has it: the second takes back the rounding of the first. NaN of nothing. */
export function mean(values: readonly number[]): number {
  const first = values.reduce((sum, value) => sum + value, 0) / values.length;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/** Standard deviation of a sample (n - 1) by the corrected two-pass sum; 0 of a single value. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    squares += (value - middle) ** 2;
    rest += value - middle;
  }
  return Math.sqrt((squares - rest ** 2 / values.length) / (values.length - 1));
}

/** Kayenta's summary; zeros where there is nothing. */
export function statsOf(values: readonly number[]): MetricStats {
  if (values.length === 0) return { min: 0, max: 0, mean: 0, std: 0, count: 0 };
  return {
    min: wireNumber(values.reduce((a, b) => Math.min(a, b))),
    max: wireNumber(values.reduce((a, b) => Math.max(a, b))),
    mean: wireNumber(mean(values)),
    std: wireNumber(deviation(values)),
    count: values.length,
  };
}

/** The p-th percentile (0 to 100) of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996, R's default). */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const place = ((sorted.length - 1) * p) / 100;
  const below = Math.floor(place);
  const lower = sorted[below] ?? Number.NaN;
  const upper = sorted[below + 1] ?? lower;
  return lower + (place - below) * (upper - lower);
}
