/** W3C trace context of the work at hand. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

export interface Span {
  readonly context: TraceContext;
  set(name: string, value: string | number | boolean): void;
  /** Ends with an error status; the span still has to be ended. */
  fail(error: unknown): void;
  end(): void;
}

export type LogFields = { readonly [name: string]: unknown };

/** Logs, metrics and spans. Nothing here may throw or block the work. */
export interface Telemetry {
  log(level: "debug" | "info" | "warn" | "error", message: string, fields?: LogFields): void;
  /** Adds to a counter. Names and label names are Prometheus's; unbounded label values (ids) are not allowed. */
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** One value into a histogram: seconds, with fixed buckets; a platform service metric has its own. */
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** Takes a series away: what is not known any more must not be shown as if it were. */
  forget?(name: string, labels?: Readonly<Record<string, string>>): void;
  span(name: string, parent?: TraceContext, attributes?: LogFields): Span;
  /** Prometheus text (or OpenMetrics 1.0) of everything counted so far. */
  expose(format: "prometheus" | "openmetrics"): string;
  /** Sends what is buffered (EMF lines, OTLP batches). Called at the end of an invocation. */
  flush(): Promise<void>;
}
