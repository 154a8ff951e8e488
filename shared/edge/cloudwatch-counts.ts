import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { HeadgateError } from "../core/kernel/errors.ts";
import { MINUTE_MS, type Millis } from "../core/kernel/time.ts";
import type { Counts, CountsInterval, CountsPlaces, CountsRequest, VersionCounts } from "../core/ports/counts.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";
import { readMetrics } from "./cloudwatch-counts-read.ts";
import { countsAt, type MinutePoints, queriesOf, sourceOf } from "./cloudwatch-counts-source.ts";

export interface CloudWatchCountsOptions {
  readonly client: ClientSource<CloudWatchClient>;
  readonly places: CountsPlaces;
  /**
   * What is younger may still grow. Default 2 min: load balancers and functions send their minute within the next one, and CloudWatch has
   * it some seconds later.
   */
  readonly settleMs?: number;
}

const SETTLE_MS = 2 * MINUTE_MS;

/** Adds up what several minutes of one interval had. The p99 of minutes is weighed by their requests: an approximation. */
function together(minutes: readonly VersionCounts[]): VersionCounts | undefined {
  const [first, ...rest] = minutes;
  if (!first || rest.length === 0) return first;
  const sum = (of: (one: VersionCounts) => number) => minutes.reduce((all, one) => all + of(one), 0);
  const requests = sum((one) => one.requests);
  const hasSlow = minutes.every(({ slow }) => slow !== undefined);
  const hasP99 = requests > 0 && minutes.every(({ p99Ms }) => p99Ms !== undefined);
  return {
    requests,
    errors: sum((one) => one.errors),
    ...(hasSlow ? { slow: sum((one) => one.slow ?? 0) } : {}),
    ...(hasP99 ? { p99Ms: sum((one) => (one.p99Ms ?? 0) * one.requests) / requests } : {}),
  };
}

/**
 * Requests by version from Amazon CloudWatch: of target groups of an application load balancer, or of published versions behind an alias
 * of a function. CloudWatch has whole minutes. A minute belongs to the interval in which it begins, so intervals of whole minutes have all
 * of theirs also where they begin between two; of shorter ones those without a beginning minute are unknown.
 */
export function cloudwatchCounts({ client, places, settleMs = SETTLE_MS }: CloudWatchCountsOptions): Counts {
  const ask = async (request: CountsRequest): Promise<readonly CountsInterval[]> => {
    const { service, versions, from, to, everyMs, slowMs } = request;
    const source = sourceOf(places);
    if (typeof source === "string") throw new HeadgateError("counts.unavailable", `counts of ${service}: ${source}`);
    const ats = Array.from(
      { length: Math.max(0, Math.ceil((to - from) / everyMs)) },
      (_, index) => from + index * everyMs,
    );
    const queries = queriesOf(source, versions, slowMs);
    if (ats.length === 0 || queries.length === 0) return ats.map((at) => ({ at, versions: {} }));
    // Intervals that are CloudWatch's own are answered as such, with their true percentiles; else minutes are put together.
    const periodMs = everyMs % MINUTE_MS === 0 && from % everyMs === 0 ? everyMs : MINUTE_MS;
    const start = Math.ceil(from / periodMs) * periodMs;
    const end = Math.ceil((from + ats.length * everyMs) / periodMs) * periodMs;
    const points: MinutePoints = await readMetrics(await clientOf(client, places.region), queries, {
      from: start,
      to: Math.max(end, start + periodMs),
      periodMs,
    });
    return ats.map((at): CountsInterval => {
      const known = versions.flatMap((version): [string, VersionCounts][] => {
        const minutes: VersionCounts[] = [];
        for (let minute = Math.ceil(at / periodMs) * periodMs; minute < at + everyMs; minute += periodMs) {
          const counted = countsAt(source, version, points, minute);
          // A minute that is not known leaves the interval unknown rather than smaller.
          if (!counted) return [];
          minutes.push(counted);
        }
        const all = together(minutes);
        return all ? [[version, all]] : [];
      });
      return { at, versions: Object.fromEntries(known) };
    });
  };

  return {
    read: async (request) => {
      try {
        return await ask(request);
      } catch (error) {
        throw awsError("counts.unavailable", `requests of ${request.service} could not be counted`, error);
      }
    },
    // The minute that begins last in an interval ends after it.
    settledUntil: (now: Millis) => now - settleMs - MINUTE_MS,
  };
}
