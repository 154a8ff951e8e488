import { normalQuantile } from "./normal.ts";
import { percentile } from "./statistics.ts";
import type { CanaryAnalysis } from "./types.ts";

const DEFAULT_FACTOR = 3;
/** Share of the value that noise on a constant metric amounts to. */
const NOISE = 1e-5;
/** Multiples of it spread evenly over (0, 1): noise that is the same at every run. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** Values of one side as the test gets them: periods without a value gone or 0, outliers gone where that is asked for. */
export function prepare(values: readonly number[], analysis: CanaryAnalysis): readonly number[] {
  const replace = analysis.nanStrategy === "replace";
  const known = replace
    ? values.map((value) => (Number.isNaN(value) ? 0 : value))
    : values.filter((value) => !Number.isNaN(value));
  if (analysis.outliers?.strategy !== "remove") return known;
  return withoutOutliers(known, analysis.outliers.outlierFactor ?? DEFAULT_FACTOR);
}

/** Tukey's fences, never narrower than the 1st and the 99th percentile. */
function withoutOutliers(values: readonly number[], factor: number): readonly number[] {
  const sorted = ascending(values);
  const [p1, p25, p75, p99] = [1, 25, 75, 99].map((p) => percentile(sorted, p)) as [number, number, number, number];
  const low = Math.min(p1, p25 - factor * (p75 - p25));
  const high = Math.max(p99, p75 + factor * (p75 - p25));
  return values.filter((value) => !(value > high || value < low));
}

const constant = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

/**
 * Where each side is a constant, ranks would be nothing but ties: Kayenta adds Gaussian noise of 1e-5 of the value. Here it is the
 * same noise at every run, so that a verdict can be repeated.
 */
export function withNoise(
  experiment: readonly number[],
  control: readonly number[],
): readonly [readonly number[], readonly number[]] {
  if (!constant(experiment) || !constant(control)) return [experiment, control];
  const noisy = (values: readonly number[], from: number): readonly number[] =>
    values.map((value, index) => value + value * NOISE * normalQuantile(((from + index + 1) * GOLDEN) % 1));
  return [noisy(experiment, 0), noisy(control, experiment.length)];
}
