/** Counts of durations in buckets that grow by 10 %, from 0.1 ms to about 5 minutes: a quantile is off by 5 % at the most. */
export interface Histogram {
  record(ms: number): void;
  /** Counts so far, by bucket; a copy. */
  counts(): readonly number[];
}

const GROWTH = Math.log(1.1);
const FIRST_MS = 0.1;
export const BUCKETS = 160;

export const bucketOf = (ms: number): number =>
  ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FIRST_MS) / GROWTH));

/**
 * The last bucket that is not above a bound: bounds lie where the nearest edge of a bucket is, at most 5 % away. The middle of a bucket,
 * which is what a quantile is, has its upper edge for the nearest.
 */
export const edgeOf = (ms: number): number =>
  Math.min(BUCKETS - 1, Math.max(0, Math.round(Math.log(Math.max(ms, FIRST_MS) / FIRST_MS) / GROWTH + 1e-9)));

export function histogram(): Histogram {
  const counts = new Array<number>(BUCKETS).fill(0);
  return {
    record: (ms) => {
      const bucket = bucketOf(ms);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
    counts: () => [...counts],
  };
}

/** What was counted between two readings. */
export function since(now: readonly number[], before: readonly number[]): readonly number[] {
  return now.map((count, index) => count - (before[index] ?? 0));
}

/** Quantile in ms (0 < q ≤ 1), the geometric middle of the bucket it falls into; undefined when nothing was counted. */
export function quantile(counts: readonly number[], q: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = Math.ceil(q * total);
  for (const [bucket, count] of counts.entries()) {
    rank -= count;
    if (rank <= 0) return bucket === 0 ? FIRST_MS : FIRST_MS * Math.exp(GROWTH * (bucket - 0.5));
  }
  return undefined;
}
