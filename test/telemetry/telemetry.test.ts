import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { logLine } from "../../shared/shell/log.ts";
import { metricsRegistry } from "../../shared/shell/metrics-registry.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { newTrace, parseTraceparent, traceparent } from "../../shared/shell/trace-context.ts";

const seeded = (seed: number) => () => {
  seed = (seed * 1664525 + 1013904223) % 4294967296;
  return seed / 4294967296;
};

describe("log lines", () => {
  test("are one JSON document each and keep the message", () => {
    const line = logLine("2026-01-01T00:00:00.000Z", "info", "scaled\nout", { service: "orders" });
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      at: "2026-01-01T00:00:00.000Z",
      level: "info",
      message: "scaled\nout",
      service: "orders",
    });
  });

  test.each(["password", "apiKey", "api_key", "Authorization", "client_secret", "sessionToken"])(
    "never carry the value of %s",
    (name) => {
      expect(logLine("t", "info", "m", { nested: { [name]: "hunter2" } })).not.toContain("hunter2");
    },
  );

  test("survive cycles, huge texts, BigInt and errors with secrets in their stack", () => {
    const cyclic: Record<string, unknown> = { a: 1n };
    cyclic["self"] = cyclic;
    expect(() => JSON.parse(logLine("t", "warn", "m", cyclic))).not.toThrow();
    expect(logLine("t", "warn", "m", { text: "x".repeat(100_000) }).length).toBeLessThan(10_000);
    expect(JSON.parse(logLine("t", "warn", "m", { error: new TypeError("bad") })).error).toEqual({
      name: "TypeError",
      message: "bad",
    });
  });
});

describe("metrics", () => {
  test("are exposed as Prometheus text with escaped labels and cumulative buckets", () => {
    const registry = metricsRegistry();
    registry.count("headgate_decisions_total", { reason: 'a"b\\c\nd' }, 2);
    registry.observe("headgate_action_seconds", 0.02, { type: "scale" });
    registry.observe("headgate_action_seconds", 3, { type: "scale" });
    const text = registry.expose("prometheus");
    expect(text).toContain('headgate_decisions_total{reason="a\\"b\\\\c\\nd"} 2');
    expect(text).toContain('headgate_action_seconds_bucket{type="scale",le="0.025"} 1');
    expect(text).toContain('headgate_action_seconds_bucket{type="scale",le="+Inf"} 2');
    expect(text).toContain('headgate_action_seconds_count{type="scale"} 2');
    expect(text).toContain("# TYPE headgate_action_seconds histogram");
  });

  test("name counter families without the suffix and end with EOF in OpenMetrics", () => {
    const registry = metricsRegistry();
    registry.count("headgate_decisions_total", {}, 1);
    const text = registry.expose("openmetrics");
    expect(text).toContain("# TYPE headgate_decisions counter");
    expect(text).toContain("headgate_decisions_total 1");
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  test("stop growing at a bound and say so, so that a bad label cannot fill the memory", () => {
    const registry = metricsRegistry();
    for (let i = 0; i < 5_000; i += 1) registry.count("leaky_total", { id: String(i) }, 1);
    const text = registry.expose("prometheus");
    expect(text.match(/^leaky_total\{/gm)?.length).toBe(2_000);
    expect(text).toContain('headgate_series_dropped_total{family="leaky_total"} 3000');
  });

  test("leave as EMF with the increase since the last flush, and nothing where nothing happened", async () => {
    const lines: string[] = [];
    const telemetry = createTelemetry({
      service: "t",
      emf: true,
      write: (line) => void lines.push(line),
      wallClock: () => 5,
    });
    telemetry.count("headgate_decisions_recorded_total", { reason: "scaled_out" }, 3);
    telemetry.count("headgate_decisions_total", { reason: "at_min" }, 100);
    await telemetry.flush();
    telemetry.count("headgate_decisions_recorded_total", { reason: "scaled_out" }, 2);
    await telemetry.flush();
    await telemetry.flush();
    const values = lines.map((line) => JSON.parse(line));
    expect(values.map((value) => value.DecisionsRecorded)).toEqual([3, 2]);
    expect(values[0]._aws).toEqual({
      Timestamp: 5,
      CloudWatchMetrics: [
        { Namespace: "Headgate", Dimensions: [["reason"]], Metrics: [{ Name: "DecisionsRecorded", Unit: "Count" }] },
      ],
    });
  });
});

describe("service metrics of what is collected", () => {
  const labels = { service_name: "orders", container_id: "all" };
  const telemetryOf = (lines: string[]) =>
    createTelemetry({ service: "t", emf: true, write: (line) => void lines.push(line), wallClock: () => 5 });

  test("have the platform's buckets and refuse other labels", () => {
    const telemetry = telemetryOf([]);
    const latency = "data_processing_latency_seconds";
    telemetry.observe(latency, 0.05, { service_name: "orders", operation_type: "join" });
    telemetry.observe(latency, 0.05, { service: "orders" });
    const bounds = [...telemetry.expose("prometheus").matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound);
    expect(bounds).toEqual(["0.01", "0.1", "0.5", "1", "5", "10", "30", "+Inf"]);
  });

  test("leave under their own names, each observation and each gauge once", async () => {
    const lines: string[] = [];
    const telemetry = telemetryOf(lines);
    telemetry.gauge("data_service_cpu_usage_percent", 61, labels);
    telemetry.observe("data_processing_latency_seconds", 0.05, { service_name: "orders", operation_type: "join" });
    await telemetry.flush();
    await telemetry.flush();
    const told = lines.map((line) => JSON.parse(line));
    expect(told.map((one) => one._aws.CloudWatchMetrics[0].Namespace)).toEqual([
      "HeadgateServices",
      "HeadgateServices",
    ]);
    expect(told).toMatchObject([{ data_processing_latency_seconds: [0.05] }, { data_service_cpu_usage_percent: 61 }]);
  });

  test("are not told any more once they are forgotten, and again when they are back with the same value", async () => {
    const lines: string[] = [];
    const telemetry = telemetryOf(lines);
    const cpu = "data_service_cpu_usage_percent";
    telemetry.gauge(cpu, 61, labels);
    await telemetry.flush();
    telemetry.forget?.(cpu, labels);
    expect(telemetry.expose("prometheus")).not.toContain(cpu);
    await telemetry.flush();
    expect(lines).toHaveLength(1);
    telemetry.gauge(cpu, 61, labels);
    await telemetry.flush();
    expect(lines).toHaveLength(2);
  });
});

describe("trace context", () => {
  test("reads what it writes", () => {
    const context = newTrace(seeded(7));
    expect(parseTraceparent(traceparent(context))).toEqual(context);
  });

  test.each([
    ["all-zero trace id", `00-${"0".repeat(32)}-${"1".repeat(16)}-01`],
    ["all-zero span id", `00-${"1".repeat(32)}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${"1".repeat(32)}-${"1".repeat(16)}-01`],
    ["upper case", `00-${"A".repeat(32)}-${"1".repeat(16)}-01`],
    ["too short", "00-12-34-01"],
    ["extra field in version 00", `00-${"1".repeat(32)}-${"1".repeat(16)}-01-x`],
    ["empty", ""],
  ])("starts anew on %s", (_name, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test("accepts a later version by its first four fields", () => {
    expect(parseTraceparent(`01-${"1".repeat(32)}-${"2".repeat(16)}-00-future`)).toEqual({
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      sampled: false,
    });
  });
});

describe("OTLP export", () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function collector(status = 200) {
    const bodies: { path: string; body: unknown }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push({ path: request.url ?? "", body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(status).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => new Promise((resolve) => server.close(() => resolve())));
    return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test("posts parent and child spans of one trace with times, attributes and error status", async () => {
    const { bodies, url } = await collector();
    const telemetry = createTelemetry({
      service: "headgate",
      otlpEndpoint: url,
      wallClock: () => 1_700_000_000_000,
      random: seeded(1),
    });
    const parent = telemetry.span("trigger", undefined, { service: "orders" });
    const child = telemetry.span("act", parent.context, { desired: 4 });
    child.fail(new Error("refused"));
    child.end();
    child.end();
    parent.end();
    await telemetry.flush();
    expect(bodies).toHaveLength(1);
    expect(bodies[0]?.path).toBe("/v1/traces");
    const body = bodies[0]?.body as { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] };
    const spans = body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    expect(spans).toHaveLength(2);
    expect(spans[0]).toMatchObject({
      name: "act",
      parentSpanId: parent.context.spanId,
      traceId: parent.context.traceId,
      startTimeUnixNano: "1700000000000000000",
      status: { code: 2, message: "refused" },
      attributes: [{ key: "desired", value: { intValue: "4" } }],
    });
  });

  test("a collector that is down costs spans and one warning, never an exception", async () => {
    const lines: string[] = [];
    const telemetry = createTelemetry({
      service: "t",
      otlpEndpoint: "http://127.0.0.1:9",
      write: (line) => void lines.push(line),
    });
    for (let i = 0; i < 3; i += 1) {
      telemetry.span("x").end();
      await telemetry.flush();
    }
    expect(lines.filter((line) => line.includes("trace export"))).toHaveLength(1);
  });
});
