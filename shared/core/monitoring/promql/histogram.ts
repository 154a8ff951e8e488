import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import type { Context } from "./context.ts";
import { drop, keyWithout } from "./label-sets.ts";
import { addRow, closeRows, joined, openRows, type Vectors } from "./vectors.ts";

interface Bucket {
  /** Upper bound, inclusive. */
  readonly bound: number;
  /** Observations up to it. */
  count: number;
}

/** Relative difference of counts that is taken for rounding (promql/quantile.go). */
const TOLERANCE = 1e-12;
const SMALLEST_NORMAL = 2 ** -1022;

/** Bound in a label `le`, as Go's ParseFloat reads it. */
function boundOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const inf = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (inf) return inf[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}

/** Buckets of one histogram. */
interface Histogram {
  readonly labels: Labels;
  readonly rows: { readonly row: number; readonly bound: number }[];
}

function histograms(vectors: Vectors, ctx: Context): Histogram[] {
  const key = keyWithout(["le"]);
  const found = new Map<string, Histogram>();
  for (const [row, labels] of vectors.labels.entries()) {
    const bound = boundOf(labels["le"]);
    if (bound === undefined) {
      ctx.warnings.add(
        `PromQL warning: bucket label "le" is missing or has a malformed value of "${labels["le"] ?? ""}"`,
      );
      continue;
    }
    const name = key(labels);
    let histogram = found.get(name);
    if (!histogram) found.set(name, (histogram = { labels: drop(labels, [METRIC_NAME, "le"]), rows: [] }));
    histogram.rows.push({ row, bound });
  }
  for (const { rows } of found.values()) rows.sort((a, b) => a.bound - b.bound || 0);
  return [...found.values()];
}

/** A figure of each classic histogram at each step. */
function overHistograms(vectors: Vectors, ctx: Context, figure: (buckets: Bucket[], step: number) => number): Vectors {
  const all = histograms(vectors, ctx);
  const rows = openRows(ctx, all.length);
  for (const histogram of all) {
    const base = addRow(ctx, rows, histogram.labels);
    for (let step = 0; step < ctx.steps; step++) {
      const buckets = bucketsAt(histogram, vectors, step, ctx.steps);
      if (buckets.length === 0) continue;
      rows.values[base + step] = figure(buckets, step);
      rows.present[base + step] = 1;
    }
  }
  return joined(ctx, closeRows(ctx, rows, true));
}

/** Buckets that are present, ascending; equal bounds are one. */
function bucketsAt({ rows }: Histogram, vectors: Vectors, step: number, steps: number): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { row, bound } of rows) {
    const cell = row * steps + step;
    if (!vectors.present[cell]) continue;
    const last = buckets.at(-1);
    const count = vectors.values[cell] as number;
    if (last && last.bound === bound) last.count += count;
    else buckets.push({ bound, count });
  }
  return buckets;
}

/** histogram_quantile over classic buckets. */
export function histogramQuantile(q: Float64Array, vectors: Vectors, ctx: Context): Vectors {
  if (q.some((value) => !(value >= 0 && value <= 1)))
    ctx.warnings.add("PromQL warning: quantile value should be between 0 and 1");
  return overHistograms(vectors, ctx, (buckets, step) => bucketQuantile(q[step] as number, buckets, ctx));
}

/**
 * Linear inside the bucket where the quantile falls; the lowest bucket begins at 0 where its bound is positive; in the highest it is
 * the bound below. NaN without a bucket to infinity, with one bucket only, or without observations (promql/quantile.go, BucketQuantile).
 */
function bucketQuantile(q: number, buckets: Bucket[], ctx: Context): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const last = buckets.at(-1);
  if (last?.bound !== Infinity) return Number.NaN;
  makeMonotonic(buckets, ctx);
  if (buckets.length < 2 || last.count === 0) return Number.NaN;
  let rank = q * last.count;
  // As a binary search, because counts may be NaN.
  let [low, high] = [0, buckets.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((buckets[middle] as Bucket).count >= rank) high = middle;
    else low = middle + 1;
  }
  const found = buckets[low] as Bucket;
  const below = buckets[low - 1];
  if (low === buckets.length - 1) return (below as Bucket).bound;
  if (!below && found.bound <= 0) return found.bound;
  rank -= below?.count ?? 0;
  const start = below?.bound ?? 0;
  return start + (found.bound - start) * (rank / (found.count - (below?.count ?? 0)));
}

/** Scrapes are not atomic, and counts are rounded: what falls from bucket to bucket is raised to the one before. */
function makeMonotonic(buckets: Bucket[], ctx: Context): void {
  let before = (buckets[0] as Bucket).count;
  for (const bucket of buckets.slice(1)) {
    if (ctx.v2) {
      if (bucket.count > before) before = bucket.count;
      else if (bucket.count < before) bucket.count = before;
    } else if (bucket.count === before) continue;
    else if (bucket.count < before || almostEqual(before, bucket.count)) bucket.count = before;
    else before = bucket.count;
  }
}

function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < TOLERANCE;
}

/** histogram_fraction over classic buckets: which part of the observations lies between two values. */
export function histogramFraction(lower: Float64Array, upper: Float64Array, vectors: Vectors, ctx: Context): Vectors {
  return overHistograms(vectors, ctx, (buckets, step) => {
    const [from, to] = [lower[step] as number, upper[step] as number];
    const last = buckets.at(-1);
    if (last?.bound !== Infinity || last.count === 0 || Number.isNaN(from) || Number.isNaN(to)) return Number.NaN;
    if (from >= to) return 0;
    const rank = (value: number) => Math.min(rankOf(value, buckets), last.count);
    return (rank(to) - rank(from)) / last.count;
  });
}

/** Observations below a value, linear inside its bucket; the whole bucket where it has no lower (or upper) end. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let below = (buckets[0] as Bucket).bound <= 0 ? -Infinity : 0;
  let rank = 0;
  for (const { bound, count } of buckets) {
    if (below >= value) return rank;
    if (bound > value) return below === -Infinity ? count : rank + ((count - rank) * (value - below)) / (bound - below);
    below = bound;
    rank = count;
  }
  return Infinity;
}
