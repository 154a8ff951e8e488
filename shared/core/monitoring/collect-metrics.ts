import { type Labels, labelsKey } from "../kernel/labels.ts";
import type { Collected, JsonObject, Part } from "./collect.ts";
import type { ServiceMetricName } from "./service-metrics.ts";

/** Value of a label that a figure of the whole service has: it is of no single endpoint, method or container. */
export const ALL = "all";

/** More label sets than this of one list are not taken, nor longer texts: they become series, and are kept. */
const MAX_ROWS = 100;
const MAX_TEXT = 100;

/** One measurement that follows from what was collected. A counter's `value` is the service's own running total. */
export interface Measurement {
  readonly part: Part;
  readonly kind: "total" | "gauge" | "observation";
  readonly metric: ServiceMetricName;
  readonly labels: Labels;
  readonly value: number;
}

interface Reader {
  readonly part: Part;
  readonly service: string;
  readonly out: Measurement[];
  readonly notes: string[];
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 60);

/** The number, or undefined with a note. Text is never taken for a number: "1,5" and "12 ms" would be guesses. */
function numberOf({ notes }: Reader, value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value >= 0) return value;
  const why = typeof value === "number" ? "is below zero" : `is ${typeof value === "string" ? "text" : "no number"}`;
  notes.push(`${path}: ${shown(value)} ${why}, so it feeds no metric`);
  return undefined;
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? `${value}` : value;
  return typeof text === "string" && text !== "" && text.length <= MAX_TEXT ? text : undefined;
}

const objectOf = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

function put(
  reader: Reader,
  kind: Measurement["kind"],
  metric: ServiceMetricName,
  labels: Labels,
  value: number,
): void {
  reader.out.push({ part: reader.part, kind, metric, labels: { service_name: reader.service, ...labels }, value });
}

/** Each row of `[{ <label>: text, …, <member>: number }]`. */
function rows(
  reader: Reader,
  given: unknown,
  path: string,
  names: readonly string[],
  member: string,
  take: (labels: Labels, value: number) => void,
): void {
  if (!Array.isArray(given)) return;
  if (given.length > MAX_ROWS)
    reader.notes.push(`${path}: only the first ${MAX_ROWS} of ${given.length} rows are taken`);
  for (const [index, row] of given.slice(0, MAX_ROWS).entries()) {
    const labels = Object.fromEntries(names.map((name) => [name, textOf(objectOf(row)?.[name])]));
    const missing = names.find((name) => labels[name] === undefined);
    if (missing !== undefined) {
      reader.notes.push(`${path}[${index}].${missing}: a text of at most ${MAX_TEXT} characters is needed`);
      continue;
    }
    const value = numberOf(reader, objectOf(row)?.[member], `${path}[${index}].${member}`);
    if (value !== undefined) take(labels as Labels, value);
  }
}

/** Each member of `{ <text>: number }`. */
function members(reader: Reader, given: unknown, path: string, take: (name: string, value: number) => void): void {
  const entries = Object.entries(objectOf(given) ?? {});
  if (entries.length > MAX_ROWS)
    reader.notes.push(`${path}: only the first ${MAX_ROWS} of ${entries.length} members are taken`);
  for (const [name, value] of entries.slice(0, MAX_ROWS)) {
    const read = numberOf(reader, value, `${path}.${name}`);
    if (read !== undefined && textOf(name) !== undefined) take(name, read);
  }
}

function performance(reader: Reader, given: JsonObject): void {
  const request = ["endpoint", "method", "status"] as const;
  rows(reader, given["requests"], "performance.requests", request, "count", (labels, total) =>
    put(reader, "total", "data_service_requests_total", labels, total),
  );
  const average = numberOf(reader, given["avg_response_time"], "performance.avg_response_time");
  if (average !== undefined)
    put(reader, "observation", "data_service_request_duration_seconds", { endpoint: ALL, method: ALL }, average);
}

function dataProcessing(reader: Reader, given: JsonObject): void {
  const records = given["records_processed"];
  const stage = ["dataset_type", "processing_stage"] as const;
  const total = (labels: Labels, value: number) => put(reader, "total", "data_processing_records_total", labels, value);
  rows(reader, records, "data_processing.records_processed", stage, "count", total);
  members(reader, records, "data_processing.records_processed", (dataset_type, value) =>
    total({ dataset_type, processing_stage: ALL }, value),
  );
  members(reader, given["processing_latency"], "data_processing.processing_latency", (operation_type, value) =>
    put(reader, "observation", "data_processing_latency_seconds", { operation_type }, value),
  );
  const scores = Object.entries(objectOf(given["quality_scores"]) ?? {}).slice(0, MAX_ROWS);
  for (const [dataset_id, dimensions] of scores) {
    if (textOf(dataset_id) === undefined) continue;
    members(reader, dimensions, `data_processing.quality_scores.${dataset_id}`, (quality_dimension, value) =>
      put(reader, "gauge", "data_quality_score", { dataset_id, quality_dimension }, value),
    );
  }
  const kinds = ["error_type", "severity"] as const;
  rows(reader, given["errors"], "data_processing.errors", kinds, "count", (labels, value) =>
    put(reader, "total", "data_processing_errors_total", labels, value),
  );
}

function resources(reader: Reader, given: JsonObject): void {
  const gauge = (member: string, metric: ServiceMetricName) => {
    const value = numberOf(reader, given[member], `resources.${member}`);
    if (value !== undefined) put(reader, "gauge", metric, { container_id: ALL }, value);
  };
  gauge("cpu", "data_service_cpu_usage_percent");
  gauge("memory_bytes", "data_service_memory_usage_bytes");
}

/**
 * Which members of the collected JSON feed which of the eight metrics. Everything else passes through unread, for rules on
 * metric paths. `all` stands for a figure of the whole service.
 *
 * | member | metric |
 * |---|---|
 * | `performance.requests[] {endpoint, method, status, count}` | `data_service_requests_total`, by how much count has grown |
 * | `performance.avg_response_time`, seconds | `data_service_request_duration_seconds{endpoint="all",method="all"}`, one observation |
 * | `data_processing.records_processed[] {dataset_type, processing_stage, count}`, or `{dataset_type: count}` (stage `all`) | `data_processing_records_total`, by how much count has grown |
 * | `data_processing.processing_latency {operation_type: seconds}` | `data_processing_latency_seconds`, one observation each |
 * | `data_processing.quality_scores {dataset_id: {dimension: score}}` | `data_quality_score` |
 * | `data_processing.errors[] {error_type, severity, count}` | `data_processing_errors_total`, by how much count has grown |
 * | `resources.cpu`, percent | `data_service_cpu_usage_percent{container_id="all"}` |
 * | `resources.memory_bytes` | `data_service_memory_usage_bytes{container_id="all"}` |
 */
export function measurementsOf(collected: Collected): {
  readonly measurements: readonly Measurement[];
  readonly notes: readonly string[];
} {
  const out: Measurement[] = [];
  const notes: string[] = [];
  const read = { performance, data_processing: dataProcessing, resources } as const;
  for (const part of ["performance", "data_processing", "resources"] as const) {
    const given = collected.metrics[part];
    if (given) read[part]({ part, service: collected.service_name, out, notes }, given);
  }
  return { measurements: out, notes: notes.slice(0, MAX_ROWS) };
}

/** Running totals as they were last seen, by part and series. */
export type Totals = { readonly [P in Part]?: Readonly<Record<string, number>> };

export interface CollectState {
  readonly v: 1;
  readonly collected: Collected;
  readonly totals: Totals;
}

/** What is to be done to the metrics. */
export type MetricUpdate =
  | {
      readonly do: "count" | "set" | "observe";
      readonly metric: string;
      readonly labels: Labels;
      readonly value: number;
    }
  | { readonly do: "forget"; readonly metric: string; readonly labels: Labels };

const keyOf = ({ metric, labels }: Measurement): string => `${metric}\u0003${labelsKey(labels)}`;

/**
 * How far a running total has grown since it was last seen. One that went back was begun anew, so all of it is new. The first
 * total ever counts from zero, as its series begins with it. Another instance's totals say nothing of what happened since.
 */
function growth(total: number, before: number | undefined, sameSource: boolean): number {
  if (!sameSource) return 0;
  if (before === undefined || total < before) return total;
  return total - before;
}

/**
 * The metrics' next values from what was collected, and the state to keep. A gauge that was set by the collection before and
 * is not known any more is forgotten; a part that failed keeps its totals for the time when it is back.
 */
export function updatesOf(
  before: CollectState | undefined,
  collected: Collected,
): { readonly state: CollectState; readonly updates: readonly MetricUpdate[] } {
  const { measurements, notes } = measurementsOf(collected);
  const sameSource = before === undefined || before.collected.endpoint === collected.endpoint;
  const known = { ...(sameSource ? before?.totals : {}) };
  const totals: { [P in Part]?: Record<string, number> } = {};
  const updates: MetricUpdate[] = [];
  const set = new Set<string>();
  for (const one of measurements) {
    const { part, kind, metric, labels, value } = one;
    const key = keyOf(one);
    if (kind === "total") {
      (totals[part] ??= {})[key] = value;
      updates.push({ do: "count", metric, labels, value: growth(value, known[part]?.[key], sameSource) });
    } else {
      if (kind === "gauge") set.add(key);
      updates.push({ do: kind === "gauge" ? "set" : "observe", metric, labels, value });
    }
  }
  for (const one of before ? measurementsOf(before.collected).measurements : []) {
    if (one.kind === "gauge" && !set.has(keyOf(one)))
      updates.push({ do: "forget", metric: one.metric, labels: one.labels });
  }
  for (const part of Object.keys(collected.errors ?? {}) as Part[]) {
    const labels = {
      service_name: collected.service_name,
      error_type: "metrics_collection_failed",
      severity: "warning",
    };
    updates.push({ do: "count", metric: "data_processing_errors_total", labels, value: 1 });
    const kept = known[part];
    if (kept) totals[part] = kept;
  }
  const all = [...(collected.notes ?? []), ...notes];
  const told = all.length === 0 ? collected : { ...collected, notes: all };
  return { state: { v: 1, collected: told, totals }, updates };
}
