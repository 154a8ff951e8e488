import type { CloudWatchClient, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { Millis } from "../core/kernel/time.ts";
import type { SampleAnswer, Samples } from "../core/ports/samples.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";
import { regionOf } from "./cloudwatch-metrics.ts";
import {
  answerOf,
  besideOf,
  besides,
  failedAnswer,
  metricKey,
  type Prepared,
  prepare,
  wireQuery,
} from "./cloudwatch-query.ts";

/** GetMetricData takes 500 queries a request. It is billed per metric asked for, not per request. */
const PER_REQUEST = 500;

export interface CloudWatchSamplesOptions {
  readonly client: ClientSource<CloudWatchClient>;
  /** Epoch ms; the period that is running now is never answered. Default: the machine's clock. */
  readonly now?: () => Millis;
}

/** CloudWatch's words for a query that can never be answered; access and credentials are also status 400 and are not these. */
const isInvalid = (error: unknown) =>
  /^(Validation|InvalidParameter|MissingRequiredParameter)/.test(awsErrorName(error));

/** Queries that may share a request: one region, one window and one period, cut to the size of a request. */
function requests(prepared: readonly Prepared[]): readonly (readonly Prepared[])[] {
  const groups = new Map<string, Prepared[]>();
  for (const one of prepared) {
    const key = JSON.stringify([regionOf(one.query.service) ?? null, one.from, one.end, one.query.periodMs]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) => {
    // Each query may bring another one with it.
    const size = group.some(({ address }) => address.beside !== undefined) ? PER_REQUEST / 2 : PER_REQUEST;
    return Array.from({ length: Math.ceil(group.length / size) }, (_, index) =>
      group.slice(index * size, (index + 1) * size),
    );
  });
}

/** Samples over Amazon CloudWatch, through GetMetricData. */
export function cloudwatchSamples(options: CloudWatchSamplesOptions): Samples {
  const now = options.now ?? Date.now;

  const ask = async (group: readonly Prepared[]): Promise<SampleAnswer[]> => {
    const [first] = group;
    if (!first) return [];
    const region = regionOf(first.query.service);
    const [client, cloudwatch] = await Promise.all([clientOf(options.client, region), import("./cloudwatch-calls.ts")]);
    const asked = [...group, ...besides(group)];
    const pages = new Map<string, MetricDataResult[]>();
    let token: string | undefined;
    do {
      const page = await cloudwatch.getMetricData(client, {
        MetricDataQueries: asked.map(wireQuery),
        StartTime: new Date(Math.min(...group.map(({ since }) => since))),
        EndTime: new Date(Math.max(...group.map(({ to }) => to))),
        ScanBy: "TimestampAscending",
        ...(token ? { NextToken: token } : {}),
      });
      for (const result of page.MetricDataResults ?? [])
        if (result.Id) pages.set(result.Id, [...(pages.get(result.Id) ?? []), result]);
      token = page.NextToken;
    } while (token);
    const found = new Map(asked.map((one, index) => [metricKey(one), pages.get(`q${index}`) ?? []]));
    const besideFor = (one: Prepared) => {
      const beside = besideOf(one);
      return beside ? (found.get(metricKey(beside)) ?? []) : [];
    };
    return group.map((one, index) => answerOf(one, pages.get(`q${index}`) ?? [], besideFor(one), now()));
  };

  /** One query that CloudWatch refuses takes its whole request down; halving finds it in log2(n) rounds. */
  const askAll = async (group: readonly Prepared[]): Promise<SampleAnswer[]> => {
    try {
      return await ask(group);
    } catch (error) {
      if (!isInvalid(error)) throw error;
      const [first] = group;
      if (first && group.length === 1) return [failedAnswer(first.query.id, refusal(error))];
      const half = Math.ceil(group.length / 2);
      const halves = [group.slice(0, half), group.slice(half)];
      return (await Promise.all(halves.map((part) => orFailed(part, askAll)))).flat();
    }
  };

  return {
    read: async (queries) => {
      const checked = queries.map((query) => prepare(query, now()));
      const answers = new Map<string, SampleAnswer>();
      for (const one of checked) if (!("query" in one)) answers.set(one.id, one);
      const groups = requests(checked.filter((one): one is Prepared => "query" in one));
      const failures: unknown[] = [];
      const read = groups.map((group) =>
        orFailed(group, askAll, (error) => {
          failures.push(error);
        }),
      );
      for (const answer of (await Promise.all(read)).flat()) answers.set(answer.id, answer);
      if (failures.length > 0 && failures.length === groups.length)
        throw awsError("samples.unavailable", "CloudWatch metrics could not be read", failures[0]);
      return queries.map((query) => answers.get(query.id) ?? failedAnswer(query.id, "the query was not answered"));
    },
  };
}

const refusal = (error: unknown) => awsError("samples.unavailable", "CloudWatch refused", error).message;

/** Answers `failed` for each query of a request that failed as a whole. */
async function orFailed(
  group: readonly Prepared[],
  work: (group: readonly Prepared[]) => Promise<SampleAnswer[]>,
  failed?: (error: unknown) => void,
): Promise<SampleAnswer[]> {
  try {
    return await work(group);
  } catch (error) {
    failed?.(error);
    return group.map((one) => failedAnswer(one.query.id, refusal(error)));
  }
}
