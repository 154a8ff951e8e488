import type { Point } from "../../kernel/reading.ts";

export interface Stats {
  readonly avg: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
}

/** Of an hour's points: percentiles by the nearest rank, so that each is one that was measured. `peaks`: the largest of each period, where they are known. Undefined: no points. */
export function statsOf(points: readonly Point[], peaks: readonly Point[] = []): Stats | undefined {
  const values = points
    .map(({ value }) => value)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (values.length === 0) return undefined;
  const rank = (share: number): number => values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
  const highest = peaks.map(({ value }) => value).filter(Number.isFinite);
  return {
    avg: values.reduce((sum, one) => sum + one, 0) / values.length,
    ...{ p95: rank(0.95), p99: rank(0.99), samples: values.length },
    max: Math.max(rank(1), ...highest),
  };
}
