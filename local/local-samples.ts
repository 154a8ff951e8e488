import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Point } from "../shared/core/kernel/reading.ts";
import type { SampleAnswer, SampleQuery, Samples } from "../shared/core/ports/samples.ts";
import type { Row, SampleStore } from "./sample-store.ts";

const SOURCE = "local-scraper";

function combine(rows: readonly Row[], stat: SampleQuery["stat"]): number {
  const sum = rows.reduce((total, row) => total + row.sum, 0);
  if (stat === "sum") return sum;
  if (stat === "max") return Math.max(...rows.map((row) => row.max));
  return sum / rows.reduce((total, row) => total + row.count, 0);
}

/** The Samples port over what the scraper has measured. Periods that nothing was measured in are left out. */
export function localSamples(store: SampleStore): Samples {
  const answer = (query: SampleQuery): SampleAnswer => {
    const base = { id: query.id, source: SOURCE };
    const failed = (detail: string): SampleAnswer => ({ ...base, points: [], status: "failed", detail });
    if (query.custom) return failed(`custom metric ${query.custom.name} is not known on this machine`);
    if (query.stat === "p95" || query.stat === "p99")
      return failed(`${query.stat} of ${query.metric} is not kept; latency_p99 is a metric of its own`);
    if (query.periodMs % store.periodMs !== 0)
      return failed(`measured every ${store.periodMs / 1000} s; ${query.periodMs / 1000} s is no multiple of it`);
    const from = Math.floor(query.from / query.periodMs) * query.periodMs;
    const to = Math.min(query.to, store.until());
    const periods = new Map<number, Row[]>();
    for (const row of store.rows(query.service.name, query.metric, from, to)) {
      const start = Math.floor(row.at / query.periodMs) * query.periodMs;
      if (start + query.periodMs > to) continue;
      const rows = periods.get(start);
      if (rows) rows.push(row);
      else periods.set(start, [row]);
    }
    const points = [...periods].map(([at, rows]): Point => ({ at, value: combine(rows, query.stat) }));
    return { ...base, points, status: "complete" };
  };
  return {
    read: async (queries) => {
      try {
        return queries.map(answer);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new HeadgateError("samples.unavailable", `the measurements cannot be read: ${why}`, {
          cause,
          retryable: true,
        });
      }
    },
  };
}
