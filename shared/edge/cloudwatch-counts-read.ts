import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type Millis, SECOND_MS } from "../core/kernel/time.ts";
import { type CountsQuery, type MinutePoints, pointsKey } from "./cloudwatch-counts-source.ts";

/** GetMetricData takes 500 queries; a rollout has twelve. */
const PER_REQUEST = 500;

/**
 * Values of all queries, whole periods. An answer that is not complete is no answer: a gate must not take a part for all of it.
 *
 * @throws HeadgateError `counts.unavailable`; the SDK's own
 */
export async function readMetrics(
  client: CloudWatchClient,
  queries: readonly CountsQuery[],
  { from, to, periodMs }: { readonly from: Millis; readonly to: Millis; readonly periodMs: number },
): Promise<MinutePoints> {
  const { getMetricData } = await import("./cloudwatch-calls.ts");
  const points = new Map<string, Map<Millis, number>>();
  for (let index = 0; index < queries.length; index += PER_REQUEST) {
    const group = queries.slice(index, index + PER_REQUEST);
    const statuses = new Map<string, string | undefined>();
    let token: string | undefined;
    do {
      const page = await getMetricData(client, {
        MetricDataQueries: group.map(({ namespace, metric, stat, dimensions }, id) => ({
          Id: `q${id}`,
          MetricStat: {
            Metric: { Namespace: namespace, MetricName: metric, Dimensions: [...dimensions] },
            Period: periodMs / SECOND_MS,
            Stat: stat,
          },
        })),
        StartTime: new Date(from),
        EndTime: new Date(to),
        ScanBy: "TimestampAscending",
        ...(token ? { NextToken: token } : {}),
      });
      for (const { Id, Timestamps, Values, StatusCode } of page.MetricDataResults ?? []) {
        const query = group[Number(Id?.slice(1))];
        if (!query) continue;
        statuses.set(Id ?? "", StatusCode);
        const key = pointsKey(query.version, query.part);
        const known = points.get(key) ?? new Map<Millis, number>();
        points.set(key, known);
        for (const [place, time] of (Timestamps ?? []).entries()) {
          const value = Values?.[place];
          if (value !== undefined && Number.isFinite(value)) known.set(time.getTime(), value);
        }
      }
      token = page.NextToken;
    } while (token);
    for (const [id, query] of group.entries()) {
      const status = statuses.get(`q${id}`);
      if (status === "Complete") continue;
      throw new HeadgateError("counts.unavailable", `CloudWatch answered ${query.metric} with ${status ?? "nothing"}`, {
        retryable: status !== "Forbidden",
      });
    }
  }
  return points;
}
