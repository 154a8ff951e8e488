// The public types of `headgate/metrics`. This file stands alone (it imports nothing): the build makes the published
// declarations of it.

/** W3C trace context of the work at hand. */
export interface Trace {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** The `tracestate` header that came along, handed on as it is. */
  readonly state?: string;
}

export type TagValue = string | number | boolean;

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly trace: Trace;
  readonly parentSpanId?: string;
  /** Epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly tags: Readonly<Record<string, TagValue>>;
  /** Message of the error that ended it. */
  readonly error?: string;
}

/** The span of the work at hand. */
export interface ActiveSpan {
  readonly trace: Trace;
  set(tag: string, value: TagValue): void;
}

export interface EmfOptions {
  /** CloudWatch namespace. Default "HeadgateServices". */
  readonly namespace?: string;
  /** Metrics that leave as EMF. Default: all. Each distinct label set of each is a paid custom metric. */
  readonly metrics?: readonly string[];
}

export interface ServiceMetricsOptions {
  /** Label `service_name` of everything; OpenTelemetry `service.name`. */
  readonly service: string;
  /** Label `container_id`. Default: the container's id on ECS, else the host name. */
  readonly container?: string;
  /** CloudWatch Embedded Metric Format lines on `flush`. Default: in Lambda, and nowhere else. */
  readonly emf?: boolean | EmfOptions;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
  /** Own CPU and memory are measured whenever the metrics are read, unless `cpu` or `memory` was called. Default: true. */
  readonly process?: boolean;
  /** Base address of an OTLP/HTTP receiver for spans, or false. Default: OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly otlp?: string | false;
  /** Share of new traces that are sampled, 0 to 1. A trace that comes from outside keeps its own flag. Default: 1. */
  readonly sampleRatio?: number;
  /** Gets EMF lines, without a line feed. Default: standard output. */
  readonly write?: (line: string) => void;
  /** Told of what went wrong with sending. Default: one line on standard error. */
  readonly warn?: (message: string) => void;
  /** Gets every span that ended. */
  readonly onSpan?: (span: EndedSpan) => void;
  /** 0 <= x < 1, for trace ids. Default: from `node:crypto`. */
  readonly random?: () => number;
}

/** The event a streaming job is working on. */
export interface StreamEvent {
  readonly type: string;
  readonly userId?: string;
  /** Where its trace began: the `traceparent` that came with it. Default: the trace of the work at hand, else a new one. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** As much of `node:http`'s IncomingMessage as is read. */
export interface HttpRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** As much of `node:http`'s ServerResponse as is used. */
export interface HttpResponse {
  statusCode: number;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
  once(event: "close", listener: () => void): unknown;
}

export interface HttpOptions {
  /**
   * Label `endpoint` of a request. Default: the route where a framework has set one (`request.route.path`), else the path with
   * parts that look like ids as `:id`, at most 100 of them, then "other"; "unmatched" where the answer is 404.
   */
  readonly endpoint?: (request: HttpRequest) => string | undefined;
  /** Path at which the metrics are shown; such requests are not counted. Default "/metrics"; false: nowhere. */
  readonly expose?: string | false;
}

export interface LambdaOptions {
  /** Label `endpoint`. Default: the route of an HTTP event, else "invoke". */
  readonly endpoint?: (event: unknown) => string | undefined;
}

/** The metrics of one service. Nothing here throws or waits: measuring never stops the work. */
export interface ServiceMetrics {
  /** `data_service_requests_total` +1 and `data_service_request_duration_seconds`. The status as a number or a text. */
  request(endpoint: string, method: string, status: number | string, seconds: number): void;
  /** `data_processing_records_total` + count (default 1). */
  records(datasetType: string, processingStage: string, count?: number): void;
  /** `data_processing_latency_seconds`. */
  processingLatency(operationType: string, seconds: number): void;
  /** `data_service_cpu_usage_percent`. */
  cpu(percent: number): void;
  /** `data_service_memory_usage_bytes`. */
  memory(bytes: number): void;
  /** `data_quality_score`, 0 to 1. */
  quality(datasetId: string, dimension: string, score: number): void;
  /** `data_processing_errors_total` +1. Default severity: "error". */
  error(errorType: string, severity?: string): void;
  /**
   * Works on one event of a stream in a span `event-processing`: `events_processed_total` +1 where it ends well,
   * `data_processing_errors_total{error_type="event_processing_failed"}` +1 where it does not, and `processing_time_ms`.
   * Answers (or throws) what the work does.
   */
  event<T>(event: StreamEvent, work: (span: ActiveSpan) => T): T;
  /** Runs work in a child span of the work at hand. */
  span<T>(name: string, work: (span: ActiveSpan) => T, tags?: Readonly<Record<string, TagValue>>): T;
  /** The trace of the work at hand. */
  trace(): Trace | undefined;
  /** Headers that carry the trace of the work at hand to whoever is called next; none outside of any. */
  headers(): Readonly<Record<string, string>>;
  /** Wraps a `node:http` listener (or stands as Express/Connect middleware): measures each request and shows the metrics. */
  middleware(
    options?: HttpOptions,
  ): (request: HttpRequest, response: HttpResponse, next: (error?: unknown) => unknown) => void;
  /** Wraps a Lambda handler: measures each invocation and flushes at its end. */
  lambda<E, C, R>(
    handler: (event: E, context: C) => R | Promise<R>,
    options?: LambdaOptions,
  ): (event: E, context: C) => Promise<R>;
  /** The metrics as text, in the format that an `Accept` header asks for (Prometheus text 0.0.4, or OpenMetrics 1.0). */
  expose(accept?: string): { readonly contentType: string; readonly body: string };
  /** Writes EMF lines of what changed since the last flush and sends spans. Never rejects. */
  flush(): Promise<void>;
}

/** Makes the metrics of a service. One for each process. */
export type CreateServiceMetrics = (options: ServiceMetricsOptions) => ServiceMetrics;
/** Reads W3C headers. Undefined where `traceparent` is absent or malformed: then a new trace starts. */
export type ParseTrace = (traceparent: string | null | undefined, tracestate?: string | null) => Trace | undefined;
/** Writes a `traceparent` header. */
export type FormatTraceparent = (trace: Trace) => string;
