import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { Point } from "../core/kernel/reading.ts";
import { MINUTE_MS, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { SampleAnswer, SampleQuery } from "../core/ports/samples.ts";
import { LOAD_BALANCERS, type MetricAddress, metricAddress, statisticOf } from "./cloudwatch-metrics.ts";
import { judgedFrom, withZeros } from "./cloudwatch-zeros.ts";

export const SOURCE = "cloudwatch";
/** Periods below a minute exist for high-resolution custom metrics only. */
const SHORT_PERIODS = new Set([1, 5, 10, 20, 30].map((seconds) => seconds * SECOND_MS));

/** A query that can be sent. All instants are whole periods. */
export interface Prepared {
  readonly query: SampleQuery;
  readonly address: MetricAddress;
  /** What is answered. */
  readonly from: Millis;
  readonly to: Millis;
  /** From where on it is asked: earlier where what came before says how to read the rest. */
  readonly since: Millis;
  /** Where the window that was asked for ends, also what is not answered yet: those of one window share a request. */
  readonly end: Millis;
}

/**
 * Nodes of a load balancer, and all who add to a sum, report the same minute one after the other: until then it is too small. Netflix Atlas and the
 * CloudWatch exporters wait as well (Netflix/atlas pull request 1300: the newest minute is "incomplete and volatile").
 */
const SETTLE_MS = MINUTE_MS;

const settlesFor = (stat: SampleQuery["stat"], address: MetricAddress): number =>
  address.namespace === LOAD_BALANCERS || statisticOf(stat, address) === "Sum" ? SETTLE_MS : 0;

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
  const minutes = periodMs > 0 && periodMs % MINUTE_MS === 0;
  if (!minutes && !(query.custom && SHORT_PERIODS.has(periodMs)))
    return failedAnswer(query.id, `a period of ${periodMs} ms is not a whole number of minutes`);
  const address = metricAddress(query);
  if (typeof address === "string") return failedAnswer(query.id, address);
  const from = Math.floor(query.from / periodMs) * periodMs;
  const whole = (at: Millis) => Math.floor(at / periodMs) * periodMs;
  // The period that is still running would answer a part of itself.
  const end = whole(Math.min(query.to, now));
  const to = whole(Math.min(query.to, now - settlesFor(query.stat, address)));
  if (to <= from) return { id: query.id, points: [], status: "complete", source: SOURCE };
  const since = address.beside === undefined ? from : judgedFrom(from, periodMs, now);
  return { query, address, from, to, since, end };
}

/**
 * What is asked besides the queries of one request, once each: the metrics that say where a count that is not told is 0. Those that are asked for
 * anyway are not asked again.
 */
export function besides(group: readonly Prepared[]): readonly Prepared[] {
  const asked = new Set(group.map(metricKey));
  return group.flatMap((one) => {
    const beside = besideOf(one);
    if (!beside || asked.has(metricKey(beside))) return [];
    asked.add(metricKey(beside));
    return [beside];
  });
}

/** Its mean, as it is: rounded, half a target would be none. */
export function besideOf({ query, address, ...window }: Prepared): Prepared | undefined {
  const { beside, namespace, dimensions } = address;
  if (beside === undefined) return undefined;
  return {
    ...window,
    query: { ...query, stat: "avg" },
    address: { namespace, name: beside, dimensions, perSecond: false },
  };
}

/** Two queries of one window with the same key are one to CloudWatch. */
export const metricKey = (one: Prepared): string => JSON.stringify(wireQuery(one, 0).MetricStat);

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

/** Points of all pages of one result: whole periods from `since` to the end of the window, ascending, one per period, finite. */
function pointsOf({ query, address, since, to }: Prepared, pages: readonly MetricDataResult[]): readonly Point[] {
  const seconds = address.perSecond ? query.periodMs / SECOND_MS : 1;
  const found = new Map<Millis, number>();
  for (const page of pages)
    for (const [index, time] of (page.Timestamps ?? []).entries()) {
      const value = page.Values?.[index];
      const at = time.getTime();
      if (value !== undefined && Number.isFinite(value) && at >= since && at + query.periodMs <= to)
        found.set(at, address.whole ? Math.round(value) : value / seconds);
    }
  return [...found].sort(([a], [b]) => a - b).map(([at, value]) => ({ at, value }));
}

const lastOf = (pages: readonly MetricDataResult[]) => pages.at(-1)?.StatusCode;

const saidOf = (pages: readonly MetricDataResult[]): readonly string[] =>
  pages.flatMap((page) => page.Messages ?? []).map((message) => `${message.Code}: ${message.Value}`);

/**
 * The answer of one query. The status of its last page counts (earlier pages say PartialData because more follows).
 * InternalError with points is `partial`, without any `failed`; Forbidden is always `failed`.
 *
 * @param beside pages of what {@link besideOf} asks
 */
export function answerOf(
  prepared: Prepared,
  pages: readonly MetricDataResult[],
  beside: readonly MetricDataResult[],
  now: Millis,
): SampleAnswer {
  const { id } = prepared.query;
  if (pages.length === 0) return failedAnswer(id, "CloudWatch did not answer this query");
  const status = lastOf(pages);
  const said = saidOf(pages);
  const counted = pointsOf(prepared, pages);
  const asked = (points: readonly Point[]) => points.filter(({ at }) => at >= prepared.from);
  if (status === "Forbidden") return failedAnswer(id, ["Forbidden", ...said].join("; "));
  if (status === "InternalError" && counted.length === 0)
    return failedAnswer(id, ["InternalError", ...said].join("; "));
  if (status !== "Complete") {
    const detail = [status ?? "no status", ...said].join("; ");
    return { id, points: asked(counted), status: "partial", detail, source: SOURCE };
  }
  const { points, lacks } = filled(prepared, counted, beside, now);
  const detail = [...said, ...lacks].join("; ");
  const told = { id, points: asked(points), source: SOURCE, ...(detail ? { detail } : {}) };
  return { ...told, status: lacks.length > 0 ? "partial" : "complete" };
}

/** The counts with their zeros; `lacks` says why there are none, where any were missing. */
function filled(
  prepared: Prepared,
  counted: readonly Point[],
  beside: readonly MetricDataResult[],
  now: Millis,
): { readonly points: readonly Point[]; readonly lacks: readonly string[] } {
  const { from, to, query } = prepared;
  const other = besideOf(prepared);
  const missing = (to - from) / query.periodMs > counted.filter(({ at }) => at >= from).length;
  if (!other || !missing) return { points: counted, lacks: [] };
  const status = lastOf(beside);
  if (status !== "Complete")
    return {
      points: counted,
      lacks: [`${other.address.name}: ${[status ?? "no answer", ...saidOf(beside)].join("; ")}`],
    };
  return { points: withZeros(counted, pointsOf({ ...other, since: from }, beside), query.periodMs, now), lacks: [] };
}
