import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { SampleAnswer, SampleQuery, Samples } from "../../shared/core/ports/samples.ts";

/** Measurements in memory, put in one by one and read in whole periods. */
export interface MemorySamples {
  readonly samples: Samples;
  /** One measurement at any instant; several in one period are combined by the query's statistic. */
  put(service: string, metric: string, at: Millis, value: number): void;
  /** Queries for this metric answer `failed` from now on (or no longer). */
  failing(metric: string, fails: boolean): void;
  /** While true nothing at all can be read. */
  unreachable(down: boolean): void;
  /** Number of queries answered so far. */
  readonly queries: () => number;
}

/** Statistic of the values of one period; percentiles by nearest rank. */
function combine(values: readonly number[], stat: SampleQuery["stat"]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (stat === "sum") return sum;
  if (stat === "avg") return sum / values.length;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = stat === "max" ? 1 : stat === "p95" ? 0.95 : 0.99;
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] as number;
}

export function memorySamples(): MemorySamples {
  const stored = new Map<string, { at: Millis; value: number }[]>();
  const failing = new Set<string>();
  let down = false;
  let answered = 0;

  const answer = (query: SampleQuery): SampleAnswer => {
    answered++;
    const base = { id: query.id, source: "memory" };
    if (failing.has(query.metric))
      return { ...base, points: [], status: "failed", detail: `${query.metric} cannot be read` };
    const metric = query.custom ? `custom:${query.custom.name}` : query.metric;
    const periods = new Map<Millis, number[]>();
    const from = Math.floor(query.from / query.periodMs) * query.periodMs;
    for (const { at, value } of stored.get(`${query.service.name}/${metric}`) ?? []) {
      const start = Math.floor(at / query.periodMs) * query.periodMs;
      if (start < from || start + query.periodMs > query.to) continue;
      periods.set(start, [...(periods.get(start) ?? []), value]);
    }
    const points = [...periods]
      .sort(([a], [b]) => a - b)
      .map(([at, values]): Point => ({ at, value: combine(values, query.stat) }));
    return { ...base, points, status: "complete" };
  };

  return {
    put: (service, metric, at, value) => {
      const key = `${service}/${metric}`;
      stored.set(key, [...(stored.get(key) ?? []), { at, value }]);
    },
    failing: (metric, fails) => void (fails ? failing.add(metric) : failing.delete(metric)),
    unreachable: (value) => {
      down = value;
    },
    queries: () => answered,
    samples: {
      read: async (queries) => {
        if (down)
          throw new HeadgateError("samples.unavailable", "the measurements cannot be read", { retryable: true });
        return queries.map(answer);
      },
    },
  };
}
