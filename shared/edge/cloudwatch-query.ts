import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { Point } from "../core/kernel/reading.ts";
import { MINUTE_MS, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { SampleAnswer, SampleQuery } from "../core/ports/samples.ts";
import { type MetricAddress, metricAddress, statisticOf } from "./cloudwatch-metrics.ts";

export const SOURCE = "cloudwatch";
/** Periods below a minute exist for high-resolution custom metrics only. */
const SHORT_PERIODS = new Set([1, 5, 10, 20, 30].map((seconds) => seconds * SECOND_MS));

/** A query that can be sent. `from` and `to` are whole periods. */
export interface Prepared {
  readonly query: SampleQuery;
  readonly address: MetricAddress;
  readonly from: Millis;
  readonly to: Millis;
}

export const failedAnswer = (id: string, detail: string): SampleAnswer => ({
  id,
  points: [],
  status: "failed",
  detail,
  source: SOURCE,
});

/** Checks a query and aligns its window; an answer comes back where there is nothing to ask. */
export function prepare(query: SampleQuery, now: Millis): Prepared | SampleAnswer {
  const { periodMs } = query;
  const whole = periodMs > 0 && periodMs % MINUTE_MS === 0;
  if (!whole && !(query.custom && SHORT_PERIODS.has(periodMs)))
    return failedAnswer(query.id, `a period of ${periodMs} ms is not a whole number of minutes`);
  const address = metricAddress(query);
  if (typeof address === "string") return failedAnswer(query.id, address);
  const from = Math.floor(query.from / periodMs) * periodMs;
  // The period that is still running would answer a part of itself.
  const to = Math.floor(Math.min(query.to, now) / periodMs) * periodMs;
  if (to <= from) return { id: query.id, points: [], status: "complete", source: SOURCE };
  return { query, address, from, to };
}

/** The wire form; CloudWatch wants ids that begin with a lower-case letter, so ours are replaced by their position. */
export function wireQuery({ query, address }: Prepared, index: number): MetricDataQuery {
  return {
    Id: `q${index}`,
    MetricStat: {
      Metric: { Namespace: address.namespace, MetricName: address.name, Dimensions: [...address.dimensions] },
      Period: query.periodMs / SECOND_MS,
      Stat: statisticOf(query.stat, address),
    },
    ReturnData: true,
  };
}

/** Points of all pages of one result: whole periods inside the window, ascending, one per period, finite. */
function pointsOf({ query, address, from, to }: Prepared, pages: readonly MetricDataResult[]): readonly Point[] {
  const seconds = address.perSecond ? query.periodMs / SECOND_MS : 1;
  const found = new Map<Millis, number>();
  for (const page of pages)
    for (const [index, time] of (page.Timestamps ?? []).entries()) {
      const value = page.Values?.[index];
      const at = time.getTime();
      if (value !== undefined && Number.isFinite(value) && at >= from && at + query.periodMs <= to)
        found.set(at, value / seconds);
    }
  return [...found].sort(([a], [b]) => a - b).map(([at, value]) => ({ at, value }));
}

/**
 * The answer of one query. The status of its last page counts (earlier pages say PartialData because more follows).
 * InternalError with points is `partial`, without any `failed`; Forbidden is always `failed`.
 */
export function answerOf(prepared: Prepared, pages: readonly MetricDataResult[]): SampleAnswer {
  const { id } = prepared.query;
  const last = pages.at(-1);
  if (!last) return failedAnswer(id, "CloudWatch did not answer this query");
  const said = pages.flatMap((page) => page.Messages ?? []).map((message) => `${message.Code}: ${message.Value}`);
  const points = pointsOf(prepared, pages);
  if (last.StatusCode === "Forbidden") return failedAnswer(id, ["Forbidden", ...said].join("; "));
  if (last.StatusCode === "InternalError" && points.length === 0)
    return failedAnswer(id, ["InternalError", ...said].join("; "));
  const complete = last.StatusCode === "Complete";
  const detail = [...(complete ? [] : [last.StatusCode ?? "no status"]), ...said].join("; ");
  return { id, points, status: complete ? "complete" : "partial", ...(detail ? { detail } : {}), source: SOURCE };
}
