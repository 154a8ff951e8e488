import type { FlinkCall } from "./flink-calls.ts";
import { readMetrics, readNames, type Vertex } from "./flink-read.ts";

/** Records of a job since its tasks began, and those that wait; absent where no metric tells. */
export interface JobRecords {
  readonly recordsIn?: number;
  readonly recordsOut?: number;
  readonly lagRecords?: number;
}

/** Sources and sinks of Flink name their operators "Source: x" and "x: Writer" (legacy sinks "Sink: x"); the metrics API writes "_" for both. */
const SOURCE = /^Source__.*\.(numRecordsIn|numRecordsOut)$/;
const WRITER = /__Writer\.(numRecordsSend|numRecordsIn)$/;
const LEGACY_SINK = /^Sink__.*\.numRecordsIn$/;
const PENDING = /\.pendingRecords$/;
const WANTED = [SOURCE, WRITER, LEGACY_SINK, PENDING];
/** A URL beyond some thousand characters is refused on its way. */
export const NAMES_A_CALL = 30;
const MOST_VERTICES = 50;

/**
 * Asks each vertex which metrics it has, then for those: a name that a vertex does not have makes the cluster answer with nothing at all.
 * What cannot be read leaves its number out.
 */
export async function recordsOf(call: FlinkCall, jobId: string, vertices: readonly Vertex[]): Promise<JobRecords> {
  const all = await Promise.all(vertices.slice(0, MOST_VERTICES).map((vertex) => metricsOf(call, jobId, vertex)));
  if (all.some((metrics) => metrics === undefined) || vertices.length > MOST_VERTICES) return {};
  const metrics = all.flatMap((one) => [...(one ?? [])]);
  const pending = metrics.filter(([name]) => PENDING.test(name));
  const sources = best(metrics.filter(([name]) => SOURCE.test(name)));
  const writers = metrics.filter(([name]) => WRITER.test(name));
  const sinks = writers.length > 0 ? best(writers) : total(metrics.filter(([name]) => LEGACY_SINK.test(name)));
  const lag = total(pending);
  return {
    ...(sources === undefined ? {} : { recordsIn: sources }),
    ...(sinks === undefined ? {} : { recordsOut: sinks }),
    ...(lag === undefined ? {} : { lagRecords: lag }),
  };
}

async function metricsOf(
  call: FlinkCall,
  jobId: string,
  { id }: Vertex,
): Promise<ReadonlyMap<string, number> | undefined> {
  const path = `/jobs/${jobId}/vertices/${id}/subtasks/metrics`;
  const known = await call("GET", path).catch(() => undefined);
  if (known?.status !== 200) return undefined;
  const names = readNames(known.body).filter((name) => WANTED.some((wanted) => wanted.test(name)));
  const read = new Map<string, number>();
  for (let from = 0; from < names.length; from += NAMES_A_CALL) {
    const get = names
      .slice(from, from + NAMES_A_CALL)
      .map(encodeURIComponent)
      .join(",");
    const answer = await call("GET", `${path}?get=${get}&agg=sum`).catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    for (const [name, value] of readMetrics(answer.body)) read.set(name, value);
  }
  return read;
}

type Metric = readonly [name: string, value: number];

export const total = (metrics: readonly Metric[]): number | undefined =>
  metrics.length === 0 ? undefined : metrics.reduce((sum, [, value]) => sum + value, 0);

/** Of the metrics of one operator the larger: which of the two a source or a sink counts is up to its author, the other stays 0. */
export function best(metrics: readonly Metric[]): number | undefined {
  const operators = new Map<string, number>();
  for (const [name, value] of metrics) {
    const operator = name.slice(0, name.lastIndexOf("."));
    operators.set(operator, Math.max(operators.get(operator) ?? 0, value));
  }
  return total([...operators]);
}
