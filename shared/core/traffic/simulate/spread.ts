/** How evenly something is spread over hosts. */
export interface Spread {
  /** Coefficient of variation (standard deviation / mean, over all hosts) of the shares, each divided by its weight. */
  readonly cv: number;
  /** The largest of them over their mean. */
  readonly maxOverMean: number;
}

/** Shares of the whole, which are 0 where there is nothing to share. */
export function sharesOf(counts: ArrayLike<number>): readonly number[] {
  const all = Array.from(counts);
  const sum = all.reduce((total, one) => total + one, 0);
  return all.map((one) => (sum === 0 ? 0 : one / sum));
}

/** Spread relative to the weights; hosts of weight 0 do not count. Undefined where nothing was counted. */
export function spreadOf(counts: ArrayLike<number>, weights: ArrayLike<number>): Spread | undefined {
  const relative = Array.from(counts).flatMap((count, host) => {
    const weight = weights[host] ?? 0;
    return weight > 0 ? [count / weight] : [];
  });
  const mean = relative.reduce((total, one) => total + one, 0) / relative.length;
  if (!(mean > 0)) return undefined;
  const variance = relative.reduce((total, one) => total + (one - mean) ** 2, 0) / relative.length;
  return { cv: Math.sqrt(variance) / mean, maxOverMean: relative.reduce((a, b) => Math.max(a, b), 0) / mean };
}

/** The value below which a share `q` of the sorted values lies (nearest rank). Undefined where there is none. */
export function quantile(sorted: Float64Array, q: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
