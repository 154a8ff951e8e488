import type { JobVertex } from "../core/kernel/jobs.ts";
import type { FlinkCall } from "./flink-calls.ts";
import { best, NAMES_A_CALL, total } from "./flink-metrics.ts";
import { count, fields, list, readNames } from "./flink-read.ts";

/** What metrics tell of one vertex, over its subtasks. */
export type VertexMetrics = Pick<
  JobVertex,
  | "recordsIn"
  | "inPerSecond"
  | "outPerSecond"
  | "busyMax"
  | "busyMean"
  | "backPressuredMax"
  | "pendingRecords"
  | "partitions"
>;

const BUSY = "busyTimeMsPerSecond";
const BACK_PRESSURED = "backPressuredTimeMsPerSecond";
const IN = "numRecordsInPerSecond";
const OUT = "numRecordsOutPerSecond";
const TASK = new Set([BUSY, BACK_PRESSURED, IN, OUT]);
/** Operators of sources are called "Source: x", which metrics write "Source__x". Which of the two a source counts is up to its author. */
const SOURCE_COUNT = /^Source__.*\.(numRecordsIn|numRecordsOut)$/;
const SOURCE_RATE = /^Source__.*\.(numRecordsInPerSecond|numRecordsOutPerSecond)$/;
const PENDING = /\.pendingRecords$/;
const PARTITION = /\.KafkaSourceReader\.topic\.(.+)\.partition\.(\d+)\.currentOffset$/;

type Aggregates = ReadonlyMap<string, { readonly max?: number; readonly avg?: number; readonly sum?: number }>;

/**
 * Asks a vertex which metrics it has, then for those: one name that it does not have makes the whole answer empty. Undefined where they cannot be
 * read; NaN, as Flink says of what it cannot know, is left out.
 */
export async function readVertexMetrics(
  call: FlinkCall,
  path: string,
  source: boolean,
): Promise<VertexMetrics | undefined> {
  const known = await call("GET", path);
  if (known.status !== 200) return undefined;
  const names = readNames(known.body);
  const wanted = names.filter(
    (name) => TASK.has(name) || (source && [SOURCE_COUNT, SOURCE_RATE, PENDING].some((one) => one.test(name))),
  );
  const read = new Map<string, { readonly max?: number; readonly avg?: number; readonly sum?: number }>();
  for (let from = 0; from < wanted.length; from += NAMES_A_CALL) {
    const get = wanted
      .slice(from, from + NAMES_A_CALL)
      .map(encodeURIComponent)
      .join(",");
    const answer = await call("GET", `${path}?get=${get}&agg=max,avg,sum`);
    if (answer.status !== 200) return undefined;
    for (const [name, value] of readAggregates(answer.body)) read.set(name, value);
  }
  return { ...ofTasks(read), ...(source ? ofSource(read, names) : ofInputs(read)) };
}

const some = (name: keyof VertexMetrics, value: number | undefined): VertexMetrics =>
  value === undefined ? {} : { [name]: value };

const ofTasks = (read: Aggregates): VertexMetrics => ({
  ...some("outPerSecond", read.get(OUT)?.sum),
  ...some("busyMax", read.get(BUSY)?.max),
  ...some("busyMean", read.get(BUSY)?.avg),
  ...some("backPressuredMax", read.get(BACK_PRESSURED)?.max),
});

const ofInputs = (read: Aggregates): VertexMetrics => some("inPerSecond", read.get(IN)?.sum);

function ofSource(read: Aggregates, names: readonly string[]): VertexMetrics {
  const sums = (of: RegExp) =>
    [...read].flatMap(([name, { sum }]): [string, number][] =>
      of.test(name) && sum !== undefined ? [[name, sum]] : [],
    );
  const partitions = new Set(
    names.flatMap((name) => {
      const [, topic, partition] = PARTITION.exec(name) ?? [];
      return topic === undefined ? [] : [`${topic} ${partition}`];
    }),
  );
  return {
    ...some("recordsIn", best(sums(SOURCE_COUNT))),
    ...some("inPerSecond", best(sums(SOURCE_RATE))),
    ...some("pendingRecords", total(sums(PENDING))),
    ...some("partitions", partitions.size > 0 ? partitions.size : undefined),
  };
}

const readAggregates = (body: unknown): Aggregates =>
  new Map(
    list(body).flatMap((metric): [string, { max?: number; avg?: number; sum?: number }][] => {
      const { id, max, avg, sum } = fields(metric);
      if (typeof id !== "string") return [];
      const [most, mean, all] = [count(max), count(avg), count(sum)];
      return [
        [
          id,
          {
            ...(most === undefined ? {} : { max: most }),
            ...(mean === undefined ? {} : { avg: mean }),
            ...(all === undefined ? {} : { sum: all }),
          },
        ],
      ];
    }),
  );
