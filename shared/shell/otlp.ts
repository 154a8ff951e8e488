import type { TraceContext } from "./telemetry.ts";

export interface FinishedSpan {
  readonly name: string;
  readonly context: TraceContext;
  readonly parentSpanId?: string;
  /** Real epoch ms: spans are compared with other systems' spans, so they never use a virtual clock. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly error?: string;
}

const attribute = (key: string, value: string | number | boolean) => ({
  key,
  value:
    typeof value === "string"
      ? { stringValue: value }
      : typeof value === "boolean"
        ? { boolValue: value }
        : Number.isSafeInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
});

/** Nanoseconds as a decimal string, which OTLP/JSON asks for since doubles cannot hold them. */
const nanos = (ms: number) => (BigInt(Math.round(ms * 1000)) * 1000n).toString();

/** Body of one OTLP/HTTP JSON export (opentelemetry-proto 1.x, ExportTraceServiceRequest). */
export function otlpBody(service: string, spans: readonly FinishedSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute("service.name", service)] },
        scopeSpans: [
          {
            scope: { name: "headgate" },
            spans: spans.map((span) => ({
              traceId: span.context.traceId,
              spanId: span.context.spanId,
              ...(span.parentSpanId ? { parentSpanId: span.parentSpanId } : {}),
              name: span.name,
              kind: 1,
              startTimeUnixNano: nanos(span.startMs),
              endTimeUnixNano: nanos(span.endMs),
              attributes: Object.entries(span.attributes).map(([key, value]) => attribute(key, value)),
              status: span.error === undefined ? { code: 0 } : { code: 2, message: span.error },
            })),
          },
        ],
      },
    ],
  });
}

const MAX_BUFFERED = 2_048;
const EXPORT_TIMEOUT_MS = 3_000;

/** Buffers spans and posts them to `<endpoint>/v1/traces`. A collector that is down costs spans, never decisions. */
export function otlpExporter(endpoint: string, service: string, warn: (message: string) => void) {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  let buffer: FinishedSpan[] = [];
  let dropped = 0;
  let warned = false;
  return {
    add(span: FinishedSpan): void {
      if (buffer.length < MAX_BUFFERED) buffer.push(span);
      else dropped += 1;
    },
    async flush(): Promise<void> {
      if (buffer.length === 0) return;
      const batch = buffer;
      buffer = [];
      try {
        const answer = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: otlpBody(service, batch),
          signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS),
        });
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        if (dropped > 0) warn(`trace export: ${dropped} spans were dropped while the buffer was full`);
        dropped = 0;
        warned = false;
      } catch (error) {
        // Once per outage: a collector that is away for an hour must not fill the log.
        if (!warned) warn(`trace export to ${url} failed, ${batch.length} spans lost: ${String(error)}`);
        warned = true;
      }
    },
  };
}
