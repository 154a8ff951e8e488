import { randomFillSync } from "node:crypto";
import { exposeFor } from "../shared/core/monitoring/expose.ts";
import { createRegistry } from "../shared/core/monitoring/registry.ts";
import { SERVICE_METRICS, STREAMING_METRICS } from "../shared/core/monitoring/service-metrics.ts";
import { emfExporter, SERVICE_NAMESPACE } from "../shared/shell/emf.ts";
import { containerId } from "./container.ts";
import { httpMiddleware } from "./http.ts";
import { lambdaWrapper } from "./lambda.ts";
import { processUsage } from "./process-usage.ts";
import { formatTraceparent, parseTrace, tracing } from "./tracing.ts";
import type { CreateServiceMetrics, ServiceMetrics, ServiceMetricsOptions } from "./types.ts";

const SPECS = [...SERVICE_METRICS, ...STREAMING_METRICS];
const SPEC_OF = new Map(SPECS.map((spec) => [spec.name as string, spec]));

const words = new Uint32Array(512);
let used = words.length;
/** From a pool: one call of the generator for each number would cost a stream more than its events. */
const cryptoRandom = (): number => {
  if (used === words.length) {
    randomFillSync(words);
    used = 0;
  }
  return (words[used++] as number) / 0x1_0000_0000;
};

/** EMF is for Lambda, whose standard output CloudWatch reads; a switch or names of its own go before. */
function emfOf(options: ServiceMetricsOptions, registry: ReturnType<typeof createRegistry>, now: () => number) {
  const wanted = options.emf ?? process.env["AWS_LAMBDA_FUNCTION_NAME"] !== undefined;
  if (wanted === false) return undefined;
  const { namespace = SERVICE_NAMESPACE, metrics } = wanted === true ? {} : wanted;
  const chosen = metrics && new Set(metrics);
  return emfExporter(
    registry,
    now,
    ({ name }) => (chosen === undefined || chosen.has(name) ? { namespace, name } : undefined),
    { service_name: options.service },
  );
}

export const createServiceMetrics: CreateServiceMetrics = (options) => {
  const service_name = options.service;
  const container_id = options.container ?? containerId(process.env);
  const now = options.now ?? Date.now;
  // Durations are measured on a clock that is never set back, unless the caller brings time along.
  const clock = options.now ?? (() => performance.now());
  const warn = options.warn ?? ((message: string) => void process.stderr.write(`headgate/metrics: ${message}\n`));
  const write = options.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const registry = createRegistry({ families: SPECS });
  const emf = emfOf(options, registry, now);
  const spans = tracing({
    service: service_name,
    now,
    random: options.random ?? cryptoRandom,
    sampleRatio: options.sampleRatio ?? 1,
    otlp: options.otlp === false ? undefined : (options.otlp ?? process.env["OTEL_EXPORTER_OTLP_ENDPOINT"]),
    warn,
    onSpan: options.onSpan,
  });

  const observe = (name: string, value: number, labels: Readonly<Record<string, string>>): void => {
    // No duration is negative; one that is comes from a clock that was set back.
    if (!(value >= 0)) return;
    const trace = spans.current();
    const exemplar = trace?.sampled
      ? { labels: { trace_id: trace.traceId, span_id: trace.spanId }, at: now() }
      : undefined;
    if (!registry.observe(name, value, labels, exemplar) || !emf) return;
    const spec = SPEC_OF.get(name);
    if (spec && spec.type === "histogram") for (const line of emf.observed(spec, labels, value)) write(line);
  };

  const usage = options.process === false ? undefined : processUsage();
  const given = { cpu: false, memory: false };

  const metrics: Omit<ServiceMetrics, "middleware" | "lambda"> = {
    request(endpoint, method, status, seconds) {
      registry.count("data_service_requests_total", { service_name, endpoint, method, status: `${status}` }, 1);
      observe("data_service_request_duration_seconds", seconds, { service_name, endpoint, method });
    },
    records(dataset_type, processing_stage, count = 1) {
      registry.count("data_processing_records_total", { service_name, dataset_type, processing_stage }, count);
    },
    processingLatency(operation_type, seconds) {
      observe("data_processing_latency_seconds", seconds, { service_name, operation_type });
    },
    cpu(percent) {
      given.cpu = true;
      registry.gauge("data_service_cpu_usage_percent", percent, { service_name, container_id });
    },
    memory(bytes) {
      given.memory = true;
      registry.gauge("data_service_memory_usage_bytes", bytes, { service_name, container_id });
    },
    quality(dataset_id, quality_dimension, score) {
      registry.gauge("data_quality_score", score, { service_name, dataset_id, quality_dimension });
    },
    error(error_type, severity = "error") {
      registry.count("data_processing_errors_total", { service_name, error_type, severity }, 1);
    },
    event(event, work) {
      const started = clock();
      return spans.run(
        "event-processing",
        work,
        (span, outcome) => {
          const durationMs = Math.max(0, clock() - started);
          const failed = "error" in outcome;
          span.set("event.type", event.type);
          if (event.userId !== undefined) span.set("event.user_id", event.userId);
          span.set("processing.duration_ms", durationMs);
          span.set("processing.status", failed ? "error" : "success");
          if (failed) {
            const { error } = outcome;
            span.set("error", true);
            span.set("error.message", error instanceof Error ? error.message : String(error));
            metrics.error("event_processing_failed");
          } else registry.count("events_processed_total", {}, 1);
          observe("processing_time_ms", durationMs, {});
          registry.observe("processing_time_ms_last_1000", durationMs, {});
        },
        parseTrace(event.traceparent, event.tracestate) ?? spans.current(),
      );
    },
    span(name, work, tags = {}) {
      return spans.run(
        name,
        (span) => {
          for (const [tag, value] of Object.entries(tags)) span.set(tag, value);
          return work(span);
        },
        () => {},
      );
    },
    trace: () => spans.current(),
    headers() {
      const trace = spans.current();
      if (!trace) return {};
      return {
        traceparent: formatTraceparent(trace),
        ...(trace.state === undefined ? {} : { tracestate: trace.state }),
      };
    },
    expose(accept) {
      if (usage) {
        const { cpuPercent, rssBytes } = usage();
        const labels = { service_name, container_id };
        if (!given.cpu && cpuPercent !== undefined)
          registry.gauge("data_service_cpu_usage_percent", cpuPercent, labels);
        if (!given.memory) registry.gauge("data_service_memory_usage_bytes", rssBytes, labels);
      }
      return exposeFor(accept, registry.families());
    },
    async flush() {
      for (const line of emf?.lines() ?? []) write(line);
      await spans.flush();
    },
  };
  return {
    ...metrics,
    middleware: (http) => httpMiddleware(metrics, spans, clock, http),
    lambda: lambdaWrapper(metrics, spans, clock),
  };
};
