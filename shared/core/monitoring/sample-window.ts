/** The newest so many values, and quantiles over them. */
export interface Window {
  push(value: number): void;
  /** Values for each of these ranks (0 < q < 1); undefined without a value. */
  quantiles(ranks: readonly number[]): readonly number[] | undefined;
}

/** Ranks that Flink's Prometheus reporter shows of a histogram. */
export const WINDOW_RANKS = [0.5, 0.75, 0.95, 0.98, 0.99, 0.999] as const;

/**
 * A ring of `size` values. Quantiles are those of Apache Commons Math's Percentile (LEGACY, which Flink's histogram uses):
 * position q (n + 1), linear between its neighbours.
 */
export function sampleWindow(size: number): Window {
  const values = new Float64Array(size);
  let count = 0;
  return {
    push(value) {
      values[count % size] = value;
      count += 1;
    },
    quantiles(ranks) {
      const length = Math.min(count, size);
      if (length === 0) return undefined;
      const sorted = values.slice(0, length).sort();
      return ranks.map((rank) => {
        const position = rank * (length + 1);
        const below = Math.floor(position);
        if (below < 1) return sorted[0] as number;
        if (below >= length) return sorted[length - 1] as number;
        const low = sorted[below - 1] as number;
        return low + (position - below) * ((sorted[below] as number) - low);
      });
    },
  };
}
