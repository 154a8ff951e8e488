import { BUCKETS } from "./bucket.ts";
import type { SharesSpec } from "./section.ts";

/** A run of buckets: from the end of the one before up to `end` (not included). */
export interface Segment {
  readonly end: number;
  readonly variant: string;
}

/**
 * Who of 100,000 buckets gets what. The first variant that is not the default takes its share from the bottom up, the second one from the
 * top down, the default what is left between: so neither of them ever loses anybody while both grow. Further ones lie on top of the first
 * (with three that grow, no division by one number can keep everybody). `order`: all variants of the flag, sorted, so that it does not
 * matter which are named in the shares.
 */
export function segmentsOf(shares: SharesSpec, order: readonly string[], rest: string | undefined): readonly Segment[] {
  const others = order.filter((name) => name !== rest);
  const [first, last, ...more] = others;
  const placed = [first, ...more, rest, last].filter((name) => name !== undefined);
  const segments: Segment[] = [];
  let sum = 0;
  let end = 0;
  for (const variant of placed) {
    sum += Object.hasOwn(shares, variant) ? (shares[variant] ?? 0) : 0;
    // The last one's end is computed from its own share: sums of shares are not exact.
    const next = variant === last ? BUCKETS : Math.round((sum * BUCKETS) / 100);
    if (next > end) segments.push({ end: Math.min(next, BUCKETS), variant });
    end = Math.max(end, next);
  }
  // What rounding has left over is the last one's.
  const tail = segments.at(-1);
  return tail && tail.end < BUCKETS ? [...segments.slice(0, -1), { ...tail, end: BUCKETS }] : segments;
}
