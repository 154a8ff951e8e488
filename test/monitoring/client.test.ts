import { createServer, get, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { endpointNames } from "../../metrics/endpoint.ts";
import { createServiceMetrics, formatTraceparent, parseTrace } from "../../metrics/main.ts";
import type { EndedSpan, ServiceMetricsOptions } from "../../metrics/types.ts";
import { parseExposition } from "../../shared/core/monitoring/exposition/parse.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
const listen = async (listener: RequestListener): Promise<string> => {
  const server: Server = createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A client on virtual time, whose lines and spans are kept. */
function client(options: Partial<ServiceMetricsOptions> = {}) {
  let at = 1_700_000_000_000;
  const lines: string[] = [];
  const spans: EndedSpan[] = [];
  const warnings: string[] = [];
  const metrics = createServiceMetrics({
    service: "orders",
    container: "c1",
    process: false,
    otlp: false,
    emf: false,
    now: () => at,
    write: (line) => void lines.push(line),
    warn: (line) => void warnings.push(line),
    onSpan: (span) => void spans.push(span),
    ...options,
  });
  const figures = (accept?: string) => {
    const { body, contentType } = metrics.expose(accept);
    const format = contentType.startsWith("text/plain") ? "text" : "openmetrics";
    const read = parseExposition(body, { format });
    expect(read.faults).toEqual([]);
    return Object.fromEntries(
      read.samples.map(({ labels: { __name__, ...labels }, value }) => [
        `${__name__} ${Object.values(labels).sort().join(" ")}`.trim(),
        value,
      ]),
    );
  };
  return { metrics, lines, spans, warnings, figures, pass: (ms: number) => void (at += ms) };
}

const ROOT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

describe("the helpers", () => {
  it("write each of the eight metrics under its name and labels", () => {
    const { metrics, figures } = client();
    metrics.request("/a", "GET", 200, 0.3);
    metrics.records("clicks", "raw", 5);
    metrics.records("clicks", "raw");
    metrics.processingLatency("join", 0.2);
    metrics.cpu(12.5);
    metrics.memory(1024);
    metrics.quality("clicks", "completeness", 0.9);
    metrics.error("bad_row");
    metrics.error("bad_row", "warning");
    expect(figures()).toMatchObject({
      "data_service_requests_total /a 200 GET orders": 1,
      "data_service_request_duration_seconds_bucket /a 0.5 GET orders": 1,
      "data_service_request_duration_seconds_bucket /a 0.1 GET orders": 0,
      "data_processing_records_total clicks orders raw": 6,
      "data_processing_latency_seconds_sum join orders": 0.2,
      "data_service_cpu_usage_percent c1 orders": 12.5,
      "data_service_memory_usage_bytes c1 orders": 1024,
      "data_quality_score clicks completeness orders": 0.9,
      "data_processing_errors_total bad_row error orders": 1,
      "data_processing_errors_total bad_row orders warning": 1,
    });
  });

  it("never throw on figures that cannot be, and leave them out", () => {
    const { metrics, figures } = client();
    metrics.request("/a", "GET", 200, -1);
    metrics.processingLatency("join", Number.NaN);
    metrics.records("clicks", "raw", -5);
    expect(figures()).toEqual({ "data_service_requests_total /a 200 GET orders": 1 });
  });

  it("the process measures itself when it is read; what was given by hand stays", async () => {
    const { metrics, figures } = client({ process: true });
    expect(figures()["data_service_memory_usage_bytes c1 orders"]).toBeGreaterThan(1e7);
    metrics.memory(5);
    expect(figures()["data_service_memory_usage_bytes c1 orders"]).toBe(5);
  });
});

describe("an event", () => {
  it("is counted, timed and a span with the platform's tags", async () => {
    const { metrics, spans, figures, pass } = client();
    const answer = await metrics.event({ type: "click", userId: "u-1", traceparent: ROOT }, async () => {
      await null;
      pass(40);
      return "done";
    });
    expect(answer).toBe("done");
    expect(spans).toEqual([
      {
        name: "event-processing",
        trace: { traceId: "a".repeat(32), spanId: expect.stringMatching(/^[0-9a-f]{16}$/), sampled: true },
        parentSpanId: "b".repeat(16),
        startMs: 1_700_000_000_000,
        endMs: 1_700_000_000_040,
        tags: {
          "event.type": "click",
          "event.user_id": "u-1",
          "processing.duration_ms": 40,
          "processing.status": "success",
        },
      },
    ]);
    expect(figures()).toMatchObject({
      events_processed_total: 1,
      processing_time_ms_sum: 40,
      "processing_time_ms_bucket 25": 0,
      "processing_time_ms_bucket 50": 1,
      "processing_time_ms_last_1000 0.99": 40,
    });
  });

  it.each([
    ["throws", () => client().metrics.event({ type: "x" }, () => thrown())],
    ["rejects", () => client().metrics.event({ type: "x" }, async () => thrown())],
  ])("that %s does so for the caller as well", async (_, run) => {
    await expect(async () => run()).rejects.toThrow("bad row");
  });

  it("that fails is an error, with its message, and no processed event; its time counts", () => {
    const { metrics, spans, figures, pass } = client();
    expect(() =>
      metrics.event({ type: "click" }, () => {
        pass(7);
        thrown();
      }),
    ).toThrow("bad row");
    expect(spans[0]?.tags).toEqual({
      "event.type": "click",
      "processing.duration_ms": 7,
      "processing.status": "error",
      error: true,
      "error.message": "bad row",
    });
    expect(spans[0]?.error).toBe("bad row");
    expect(figures()).toMatchObject({
      "data_processing_errors_total error event_processing_failed orders": 1,
      processing_time_ms_count: 1,
    });
    expect(figures()).not.toHaveProperty("events_processed_total");
  });

  it("a listener to spans that fails is told once and changes nothing", () => {
    const { metrics, warnings } = client({ onSpan: () => thrown() });
    expect(metrics.event({ type: "x" }, () => 1)).toBe(1);
    expect(warnings).toEqual(["onSpan failed: bad row"]);
  });
});
function thrown(): never {
  throw new Error("bad row");
}

describe("trace context", () => {
  it("goes from the event into child spans and on to whoever is called next", async () => {
    const { metrics, spans } = client();
    const tracestate = "vendor=1";
    const headers = await metrics.event({ type: "x", traceparent: ROOT, tracestate }, async () => {
      await null;
      return metrics.span("call", () => metrics.headers(), { "peer.service": "payments" });
    });
    const [child, parent] = spans;
    expect(child).toMatchObject({ name: "call", parentSpanId: parent?.trace.spanId });
    expect(headers).toEqual({
      traceparent: `00-${"a".repeat(32)}-${child?.trace.spanId}-01`,
      tracestate,
    });
    expect(metrics.headers()).toEqual({});
    expect(metrics.trace()).toBeUndefined();
  });

  it("events side by side do not see each other", async () => {
    const { metrics } = client();
    const ids = await Promise.all(
      [1, 2, 3].map((n) =>
        metrics.event({ type: "x" }, async () => {
          await new Promise((resolve) => setTimeout(resolve, 3 * n));
          return metrics.trace()?.traceId;
        }),
      ),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it("reads what it writes, and starts anew on what is malformed", () => {
    const trace = parseTrace(ROOT, "a=b");
    expect(trace && formatTraceparent(trace)).toBe(ROOT);
    expect(trace?.state).toBe("a=b");
    expect(parseTrace("00-xyz")).toBeUndefined();
    expect(parseTrace(ROOT, "x".repeat(600))?.state, "too long: dropped whole, never cut").toBeUndefined();
  });

  it("is the exemplar of the observation in OpenMetrics, and of unsampled traces none", () => {
    const { metrics } = client();
    metrics.event({ type: "x", traceparent: ROOT }, () => metrics.processingLatency("join", 0.2));
    metrics.event({ type: "x", traceparent: ROOT.replace(/01$/, "00") }, () => metrics.processingLatency("split", 0.2));
    const { body } = metrics.expose("application/openmetrics-text");
    expect(body).toMatch(
      /join",service_name="orders",le="0\.5"\} 1 # \{trace_id="a{32}",span_id="[0-9a-f]{16}"\} 0\.2 /,
    );
    expect(body).toMatch(/split",service_name="orders",le="0\.5"\} 1\n/);
    expect(metrics.expose("text/plain").body).not.toContain("trace_id");
  });

  it("spans leave by OTLP; a collector that is away costs spans and one warning", async () => {
    const bodies: unknown[] = [];
    const otlp = await listen((request, response) => {
      let text = "";
      request.on("data", (part) => void (text += part));
      request.on("end", () => {
        bodies.push(JSON.parse(text));
        response.end("{}");
      });
    });
    const { metrics } = client({ otlp });
    metrics.event({ type: "click" }, () => 1);
    metrics.event({ type: "click", traceparent: ROOT.replace(/01$/, "00") }, () => 1);
    await metrics.flush();
    const [body] = bodies as { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] }[];
    expect(body?.resourceSpans[0]?.scopeSpans[0]?.spans.map((span) => span.name)).toEqual(["event-processing"]);
    const away = client({ otlp: "http://127.0.0.1:9" });
    for (let i = 0; i < 3; i++) {
      away.metrics.event({ type: "x" }, () => 1);
      await away.metrics.flush();
    }
    expect(away.warnings).toHaveLength(1);
  });
});

describe("the middleware", () => {
  const ask = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers });

  it("measures each request by its pattern and status, hands the trace on, and shows the metrics", async () => {
    const { metrics, spans, figures } = client();
    const measured = metrics.middleware();
    let seen: string | undefined;
    const url = await listen((request, response) =>
      measured(request, response, () => {
        seen = metrics.headers()["traceparent"];
        response.statusCode = request.url?.startsWith("/orders") ? 201 : 404;
        response.end();
      }),
    );
    await ask(`${url}/orders/17?x=1`, { traceparent: ROOT });
    await ask(`${url}/orders/18`);
    await ask(`${url}/wp-login.php`);
    expect(figures()).toMatchObject({
      "data_service_requests_total /orders/:id 201 GET orders": 2,
      "data_service_requests_total 404 GET orders unmatched": 1,
    });
    expect(seen).not.toBe(ROOT);
    expect(spans[0]).toMatchObject({ parentSpanId: "b".repeat(16), trace: { traceId: "a".repeat(32) } });
    const shown = await ask(`${url}/metrics`, { accept: "application/openmetrics-text" });
    expect(shown.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(await shown.text()).toContain("# EOF");
  });

  it("a caller that does not wait is 499", async () => {
    const { metrics, figures, spans } = client();
    const measured = metrics.middleware();
    const arrived = Promise.withResolvers<void>();
    const url = await listen((request, response) => measured(request, response, () => arrived.resolve()));
    const request = get(`${url}/slow`).on("error", () => {});
    await arrived.promise;
    request.destroy();
    await expect.poll(() => spans.length).toBe(1);
    expect(figures()["data_service_requests_total /slow 499 GET orders"]).toBe(1);
  });

  it("somebody who asks for ten thousand paths makes at most 101 of them", async () => {
    const { metrics, figures } = client();
    const measured = metrics.middleware();
    const closes: (() => void)[] = [];
    for (let i = 0; i < 10_000; i += 1) {
      const response = {
        statusCode: 200,
        writableFinished: true,
        setHeader: () => {},
        end: () => {},
        once: (_: string, listener: () => void) => closes.push(listener),
      };
      measured({ method: "GET", url: `/x-${i}-y`, headers: {} }, response, () => {});
    }
    for (const close of closes) close();
    await expect.poll(() => figures()["data_service_requests_total 200 GET orders other"], { interval: 5 }).toBe(9_900);
    const endpoints = Object.keys(figures()).filter((name) => name.startsWith("data_service_requests_total"));
    expect(endpoints).toHaveLength(101);
  });

  it.each([
    [{ url: "/orders/17", route: { path: "/orders/:id" }, baseUrl: "/api" }, 404, "/api/orders/:id"],
    [{ url: "/a/9f86d081884c7d65/b?x=1" }, 200, "/a/:id/b"],
    [{ url: "/a/123e4567-e89b-12d3-a456-426614174000" }, 200, "/a/:id"],
    [{ url: "/v2/orders-2026" }, 200, "/v2/orders-2026"],
    [{ url: `/${"x".repeat(300)}` }, 200, "other"],
    [{}, 200, "/"],
  ])("%j answered with %i is the endpoint %s", (request, status, endpoint) => {
    expect(endpointNames()({ headers: {}, ...request }, status)).toBe(endpoint);
  });

  it("what the listener throws goes its usual way, and is a 500", () => {
    const { metrics, figures } = client();
    const response = {
      statusCode: 200,
      writableFinished: false,
      setHeader: () => {},
      end: () => {},
      once: () => {},
    };
    expect(() => metrics.middleware()({ method: "POST", url: "/a", headers: {} }, response, thrown)).toThrow("bad row");
    expect(figures()["data_service_requests_total /a 500 POST orders"]).toBe(1);
  });
});

describe("in Lambda", () => {
  const values = (lines: readonly string[]) => lines.map((line) => JSON.parse(line));

  it("each invocation is measured by its route, and told as EMF before the answer leaves", async () => {
    const { metrics, lines, pass } = client({ emf: true });
    const handler = metrics.lambda(async (event: { requestContext: unknown; routeKey: string; rawPath: string }) => {
      pass(250);
      return { statusCode: 202, path: event.rawPath };
    });
    const event = { routeKey: "GET /orders/{id}", rawPath: "/orders/7", requestContext: { http: { method: "GET" } } };
    expect(await handler(event, {})).toEqual({ statusCode: 202, path: "/orders/7" });
    expect(values(lines)).toEqual([
      {
        _aws: {
          Timestamp: 1_700_000_000_250,
          CloudWatchMetrics: [
            {
              Namespace: "HeadgateServices",
              Dimensions: [["endpoint", "method", "service_name"]],
              Metrics: [{ Name: "data_service_request_duration_seconds", Unit: "Seconds" }],
            },
          ],
        },
        service_name: "orders",
        endpoint: "/orders/{id}",
        method: "GET",
        data_service_request_duration_seconds: [0.25],
      },
      expect.objectContaining({ data_service_requests_total: 1, status: "202", endpoint: "/orders/{id}" }),
    ]);
  });

  it("a handler that throws is a 500 and an error by its name, and throws", async () => {
    const { metrics, lines, spans } = client({ emf: true });
    const handler = metrics.lambda(() => {
      throw new RangeError("too much");
    });
    await expect(handler({ headers: { TraceParent: ROOT } }, {})).rejects.toThrow("too much");
    expect(spans[0]).toMatchObject({ name: "INVOKE invoke", trace: { traceId: "a".repeat(32) }, error: "too much" });
    const told = values(lines);
    expect(told.find((one) => one.data_processing_errors_total)).toMatchObject({
      error_type: "RangeError",
      severity: "error",
      data_processing_errors_total: 1,
    });
    expect(told.find((one) => one.data_service_requests_total)).toMatchObject({ status: "500", endpoint: "invoke" });
  });

  it("a warm environment tells only what is new: increases, gauges that were set, observations once", async () => {
    const { metrics, lines } = client({ emf: true });
    metrics.records("d", "s", 3);
    metrics.quality("d", "freshness", 0.5);
    metrics.event({ type: "x" }, () => 1);
    await metrics.flush();
    lines.length = 0;
    await metrics.flush();
    expect(lines).toEqual([]);
    metrics.records("d", "s", 4);
    metrics.quality("d", "freshness", 0.5);
    await metrics.flush();
    expect(values(lines)).toMatchObject([{ data_processing_records_total: 4 }, { data_quality_score: 0.5 }]);
  });

  it("streams of events leave in lines of a hundred observations, with the service as dimension, losing none", async () => {
    const { metrics, lines } = client({ emf: true });
    for (let i = 0; i < 250; i += 1) metrics.event({ type: "x" }, () => i);
    await metrics.flush();
    const times = values(lines).filter((one) => one.processing_time_ms);
    expect(times.map((one) => one.processing_time_ms.length)).toEqual([100, 100, 50]);
    expect(times[0].service_name).toBe("orders");
    expect(values(lines).find((one) => one.events_processed_total)).toMatchObject({ events_processed_total: 250 });
    expect(lines.every((line) => !line.includes("\n"))).toBe(true);
  });

  it("figures that CloudWatch would refuse stay here, and names can be chosen", async () => {
    const { metrics, lines } = client({ emf: { namespace: "Mine", metrics: ["data_quality_score"] } });
    metrics.quality("d", "q", Number.NaN);
    metrics.quality("", "q", 1);
    metrics.records("d", "s");
    await metrics.flush();
    expect(values(lines)).toHaveLength(1);
    expect(values(lines)[0]._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: "Mine",
      Dimensions: [["quality_dimension", "service_name"]],
    });
  });
});
