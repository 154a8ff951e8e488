import type { FamilySpec } from "./registry.ts";

/**
 * The platform's service metrics, exactly: names, labels and buckets are its own, so that its dashboards and rules go on working.
 * CPU is percent of what the container was given; a quality score is 0..1.
 */
export const SERVICE_METRICS = [
  {
    name: "data_service_requests_total",
    type: "counter",
    help: "Requests answered by a data service.",
    labels: ["service_name", "endpoint", "method", "status"],
  },
  {
    name: "data_service_request_duration_seconds",
    type: "histogram",
    help: "Time to answer a request.",
    unit: "seconds",
    labels: ["service_name", "endpoint", "method"],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  },
  {
    name: "data_processing_records_total",
    type: "counter",
    help: "Records that a processing stage is done with.",
    labels: ["service_name", "dataset_type", "processing_stage"],
  },
  {
    name: "data_processing_latency_seconds",
    type: "histogram",
    help: "Time that one processing operation took.",
    unit: "seconds",
    labels: ["service_name", "operation_type"],
    buckets: [0.01, 0.1, 0.5, 1, 5, 10, 30],
  },
  {
    name: "data_service_cpu_usage_percent",
    type: "gauge",
    help: "CPU in use, percent of what the container was given.",
    unit: "percent",
    labels: ["service_name", "container_id"],
  },
  {
    name: "data_service_memory_usage_bytes",
    type: "gauge",
    help: "Memory in use.",
    unit: "bytes",
    labels: ["service_name", "container_id"],
  },
  {
    name: "data_quality_score",
    type: "gauge",
    help: "Quality of a dataset in one dimension, 0 to 1.",
    labels: ["service_name", "dataset_id", "quality_dimension"],
  },
  {
    name: "data_processing_errors_total",
    type: "counter",
    help: "Errors of processing by type and severity.",
    labels: ["service_name", "error_type", "severity"],
  },
] as const satisfies readonly FamilySpec[];

/** How many events the platform's own histogram looks back over (Flink's DescriptiveStatisticsHistogram(1000)). */
export const EVENT_WINDOW = 1000;

/**
 * The platform's metrics of a streaming job, which carry no labels of their own. The platform kept processing times of the last
 * 1,000 events only. Its quirk: such quantiles forget all but the last moment of a busy job and cannot be added up over
 * instances. `processing_time_ms` is therefore a histogram, and the window of the last 1,000 stands beside it as a summary.
 * The platform gives no buckets; these go from one millisecond to a minute.
 */
export const STREAMING_METRICS = [
  { name: "events_processed_total", type: "counter", help: "Events that were processed without an error.", labels: [] },
  {
    name: "processing_time_ms",
    type: "histogram",
    help: "Time to process one event, also one that failed.",
    unit: "ms",
    labels: [],
    buckets: [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
  },
  {
    name: "processing_time_ms_last_1000",
    type: "summary",
    help: "Time to process one event, quantiles over the last 1,000 events.",
    labels: [],
    window: EVENT_WINDOW,
  },
] as const satisfies readonly FamilySpec[];

export type ServiceMetricName = (typeof SERVICE_METRICS)[number]["name"];
