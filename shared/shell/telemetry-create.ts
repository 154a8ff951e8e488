import { SERVICE_METRICS } from "../core/monitoring/service-metrics.ts";
import { emfExporter } from "./emf.ts";
import { LEVELS, type Level, logLine } from "./log.ts";
import { metricsRegistry } from "./metrics-registry.ts";
import { otlpExporter } from "./otlp.ts";
import type { LogFields, Span, Telemetry, TraceContext } from "./telemetry.ts";
import { childOf, newTrace } from "./trace-context.ts";

export interface TelemetryOptions {
  /** OpenTelemetry `service.name`, e.g. "headgate". */
  readonly service: string;
  /** Gets whole lines without a line feed. Default: standard error, so that standard output stays the answer's. */
  readonly write?: (line: string) => void;
  readonly level?: Level;
  /** Base address of an OTLP/HTTP receiver, as in OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly otlpEndpoint?: string;
  /** Write metrics as CloudWatch EMF lines on flush (deployed), to `write` or by default to standard output. */
  readonly emf?: boolean;
  /** Real epoch ms. */
  readonly wallClock?: () => number;
  readonly random?: () => number;
}

const attributeValue = (value: unknown): string | number | boolean =>
  typeof value === "number" || typeof value === "boolean" ? value : String(value);

/** Telemetry on the process's own means: JSON lines, in-process metrics, EMF, OTLP/HTTP. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const wallClock = options.wallClock ?? Date.now;
  const random = options.random ?? Math.random;
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  // Not through console, whose lines Lambda wraps in JSON of its own: CloudWatch would find no metrics in them.
  const print = options.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const floor = LEVELS.indexOf(options.level ?? "info");
  const registry = metricsRegistry();
  const emf = options.emf ? emfExporter(registry, wallClock) : undefined;

  const log = (level: Level, message: string, fields: LogFields = {}): void => {
    if (LEVELS.indexOf(level) < floor) return;
    write(logLine(new Date(wallClock()).toISOString(), level, message, fields));
  };
  const otlp = options.otlpEndpoint
    ? otlpExporter(options.otlpEndpoint, options.service, (message) => log("warn", message))
    : undefined;

  const span = (name: string, parent?: TraceContext, attributes: LogFields = {}): Span => {
    const context = parent ? childOf(parent, random) : newTrace(random);
    const startMs = wallClock();
    const values: Record<string, string | number | boolean> = {};
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) values[key] = attributeValue(value);
    }
    let error: string | undefined;
    let ended = false;
    return {
      context,
      set: (key, value) => void (values[key] = value),
      fail: (cause) => void (error = cause instanceof Error ? cause.message : String(cause)),
      end: () => {
        if (ended) return;
        ended = true;
        if (!otlp || !context.sampled) return;
        otlp.add({
          name,
          context,
          ...(parent ? { parentSpanId: parent.spanId } : {}),
          startMs,
          endMs: wallClock(),
          attributes: values,
          ...(error === undefined ? {} : { error }),
        });
      },
    };
  };

  return {
    log,
    count: (name, labels = {}, by = 1) => void registry.count(name, labels, by),
    gauge: (name, value, labels = {}) => void registry.gauge(name, value, labels),
    observe: (name, value, labels = {}) => {
      if (!registry.observe(name, value, labels) || !emf) return;
      const spec = SERVICE_METRICS.find((one) => one.name === name);
      if (spec) for (const line of emf.observed(spec, labels, value)) print(line);
    },
    forget: (name, labels = {}) => registry.forget(name, labels),
    span,
    expose: (format) => registry.expose(format),
    flush: async () => {
      for (const line of emf?.lines() ?? []) print(line);
      await otlp?.flush();
    },
  };
}
