/**
 * Durations in whole microseconds, 1 µs to 1 h, in buckets that are exact below 64 µs and 1/64 of their octave wide above: a quantile is
 * off by 0.8 % at the most. Count, sum, least and most are exact. Merging adds counts, so it loses nothing and its order does not matter.
 */
export interface Histogram {
  readonly counts: Float64Array;
  count: number;
  /** Microseconds; exact up to 2^53. */
  sum: number;
  least: number;
  most: number;
}

/** A histogram as JSON: bucket and count by turns, empty buckets left out. */
export interface PackedHistogram {
  readonly n: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
  readonly b: readonly number[];
}

const SUB = 64;
/** 2^6: below it each microsecond has a bucket of its own. */
const SUB_BITS = 6;
/** One hour; what is longer counts as that. */
export const MOST_US = 3_600_000_000;
const octave = (us: number): number => 31 - Math.clz32(us);

/** Bucket of a whole number of microseconds, 0 to {@link MOST_US}. */
export function bucketOf(us: number): number {
  if (us < SUB) return us;
  const shift = octave(us) - SUB_BITS;
  return SUB * (shift + 1) + ((us >>> shift) - SUB);
}

const BUCKETS = bucketOf(MOST_US) + 1;

/** Middle of a bucket, µs. */
export function middleOf(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  return ((bucket % SUB) + SUB) * 2 ** shift + (2 ** shift - 1) / 2;
}

export const histogram = (): Histogram => ({
  counts: new Float64Array(BUCKETS),
  count: 0,
  sum: 0,
  least: MOST_US,
  most: 0,
});

/** Adds a duration in µs. One below zero (a clock that was set back) counts as 0; what is no number is left out. */
export function record(into: Histogram, us: number): void {
  if (Number.isNaN(us)) return;
  const whole = us <= 0 ? 0 : us >= MOST_US ? MOST_US : Math.round(us);
  const bucket = bucketOf(whole);
  into.counts[bucket] = (into.counts[bucket] ?? 0) + 1;
  into.count += 1;
  into.sum += whole;
  if (whole < into.least) into.least = whole;
  if (whole > into.most) into.most = whole;
}

export function clear(one: Histogram): void {
  one.counts.fill(0);
  Object.assign(one, { count: 0, sum: 0, least: MOST_US, most: 0 });
}

/** Adds all of `from` to `into`. */
export function merge(into: Histogram, from: PackedHistogram): void {
  for (let index = 0; index + 1 < from.b.length; index += 2) {
    const bucket = from.b[index] as number;
    into.counts[bucket] = (into.counts[bucket] ?? 0) + (from.b[index + 1] as number);
  }
  into.count += from.n;
  into.sum += from.sum;
  if (from.n > 0 && from.least < into.least) into.least = from.least;
  if (from.most > into.most) into.most = from.most;
}

export function pack(one: Histogram): PackedHistogram {
  const b: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const count = one.counts[bucket] as number;
    if (count > 0) b.push(bucket, count);
  }
  return { n: one.count, sum: one.sum, least: one.count === 0 ? 0 : one.least, most: one.most, b };
}

export const EMPTY: PackedHistogram = { n: 0, sum: 0, least: 0, most: 0, b: [] };

/** One of several. */
export function merged(all: readonly PackedHistogram[]): PackedHistogram {
  if (all.length === 1) return all[0] as PackedHistogram;
  const sum = histogram();
  for (const one of all) merge(sum, one);
  return pack(sum);
}

/** Nearest-rank quantile in µs (0 < q ≤ 1), off by 0.8 % at the most; undefined where nothing was recorded. */
export function quantile({ n, least, most, b }: PackedHistogram, q: number): number | undefined {
  if (n === 0) return undefined;
  let rank = Math.max(1, Math.ceil(q * n - 1e-9));
  if (rank >= n) return most;
  for (let index = 0; index + 1 < b.length; index += 2) {
    rank -= b[index + 1] as number;
    if (rank <= 0) return Math.min(most, Math.max(least, middleOf(b[index] as number)));
  }
  return most;
}

/** Mean in µs; undefined where nothing was recorded. */
export const mean = ({ n, sum }: PackedHistogram): number | undefined => (n === 0 ? undefined : sum / n);
