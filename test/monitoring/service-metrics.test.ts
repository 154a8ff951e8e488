import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exposeFamilies, exposeFor } from "../../shared/core/monitoring/expose.ts";
import { parseExposition } from "../../shared/core/monitoring/exposition/parse.ts";
import { createRegistry, type FamilySpec, MAX_SERIES, type Registry } from "../../shared/core/monitoring/registry.ts";
import { sampleWindow } from "../../shared/core/monitoring/sample-window.ts";
import { SERVICE_METRICS, STREAMING_METRICS } from "../../shared/core/monitoring/service-metrics.ts";

const SPECS: readonly FamilySpec[] = [...SERVICE_METRICS, ...STREAMING_METRICS];

describe("the platform's service metrics", () => {
  // Written down a second time on purpose: dashboards and rules of the platform rest on exactly these.
  it.each([
    ["data_service_requests_total", "counter", "service_name endpoint method status", ""],
    [
      "data_service_request_duration_seconds",
      "histogram",
      "service_name endpoint method",
      "0.1 0.5 1 2.5 5 10 30 60 120",
    ],
    ["data_processing_records_total", "counter", "service_name dataset_type processing_stage", ""],
    ["data_processing_latency_seconds", "histogram", "service_name operation_type", "0.01 0.1 0.5 1 5 10 30"],
    ["data_service_cpu_usage_percent", "gauge", "service_name container_id", ""],
    ["data_service_memory_usage_bytes", "gauge", "service_name container_id", ""],
    ["data_quality_score", "gauge", "service_name dataset_id quality_dimension", ""],
    ["data_processing_errors_total", "counter", "service_name error_type severity", ""],
    ["events_processed_total", "counter", "", ""],
  ])("%s is a %s of {%s} with buckets [%s]", (name, type, labels, buckets) => {
    const spec = SPECS.find((one) => one.name === name);
    expect(spec).toMatchObject({ name, type });
    expect(spec?.labels?.join(" ")).toBe(labels);
    expect((spec?.buckets ?? []).join(" ")).toBe(buckets);
  });

  it("are eight, and a streaming job's processing_time_ms is a histogram with the last 1,000 beside it", () => {
    expect(SERVICE_METRICS).toHaveLength(8);
    expect(SPECS.find((one) => one.name === "processing_time_ms")?.type).toBe("histogram");
    expect(SPECS.find((one) => one.name === "processing_time_ms_last_1000")).toMatchObject({
      type: "summary",
      window: 1000,
    });
  });

  it("stand in docs/service-metrics.md as they are in the code", () => {
    const docs = readFileSync(new URL("../../docs/service-metrics.md", import.meta.url), "utf8");
    for (const { name, type, labels = [], buckets = [] } of SPECS) {
      const shown = labels.length === 0 ? "none" : labels.map((label) => `\`${label}\``).join(" ");
      const row = `| \`${name}\` | ${type} | ${shown} | ${buckets.length === 0 ? "" : buckets.join(" ")}`;
      expect(docs).toContain(row.trimEnd());
    }
  });
});

const registryOf = () => createRegistry({ families: SPECS });
const request = { service_name: "orders", endpoint: "/a", method: "GET" };

describe("a registry", () => {
  it("exposes exactly this as Prometheus text 0.0.4", () => {
    const registry = registryOf();
    registry.count("data_service_requests_total", { ...request, status: "200" }, 3);
    registry.observe("data_processing_latency_seconds", 0.1, { service_name: "orders", operation_type: 'a"b\\c\nd' });
    registry.observe("data_processing_latency_seconds", 40, { service_name: "orders", operation_type: 'a"b\\c\nd' });
    registry.gauge("data_quality_score", Number.NaN, { service_name: "o", dataset_id: "d", quality_dimension: "q" });
    const labels = 'operation_type="a\\"b\\\\c\\nd",service_name="orders"';
    expect(exposeFamilies(registry.families(), "prometheus")).toBe(
      [
        "# HELP data_processing_latency_seconds Time that one processing operation took.",
        "# TYPE data_processing_latency_seconds histogram",
        `data_processing_latency_seconds_bucket{${labels},le="0.01"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="0.1"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="0.5"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="1"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="5"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="10"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="30"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="+Inf"} 2`,
        `data_processing_latency_seconds_sum{${labels}} 40.1`,
        `data_processing_latency_seconds_count{${labels}} 2`,
        "# HELP data_quality_score Quality of a dataset in one dimension, 0 to 1.",
        "# TYPE data_quality_score gauge",
        'data_quality_score{dataset_id="d",quality_dimension="q",service_name="o"} NaN',
        "# HELP data_service_requests_total Requests answered by a data service.",
        "# TYPE data_service_requests_total counter",
        'data_service_requests_total{endpoint="/a",method="GET",service_name="orders",status="200"} 3',
        "",
      ].join("\n"),
    );
  });

  it("exposes exactly this as OpenMetrics 1.0, with units, float bounds, exemplars and an end", () => {
    const registry = registryOf();
    const exemplar = { labels: { trace_id: "a".repeat(32), span_id: "b".repeat(16) }, at: 1_700_000_000_123 };
    registry.count("events_processed_total", {}, 2);
    registry.observe("data_processing_latency_seconds", 7, { service_name: "s", operation_type: "o" }, exemplar);
    const labels = 'operation_type="o",service_name="s"';
    const shown = `# {trace_id="${"a".repeat(32)}",span_id="${"b".repeat(16)}"} 7 1700000000.123`;
    expect(exposeFamilies(registry.families(), "openmetrics")).toBe(
      [
        "# HELP data_processing_latency_seconds Time that one processing operation took.",
        "# TYPE data_processing_latency_seconds histogram",
        "# UNIT data_processing_latency_seconds seconds",
        `data_processing_latency_seconds_bucket{${labels},le="0.01"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="0.1"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="0.5"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="1.0"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="5.0"} 0`,
        `data_processing_latency_seconds_bucket{${labels},le="10.0"} 1 ${shown}`,
        `data_processing_latency_seconds_bucket{${labels},le="30.0"} 1`,
        `data_processing_latency_seconds_bucket{${labels},le="+Inf"} 1`,
        `data_processing_latency_seconds_sum{${labels}} 7`,
        `data_processing_latency_seconds_count{${labels}} 1`,
        "# HELP events_processed Events that were processed without an error.",
        "# TYPE events_processed counter",
        "events_processed_total 2",
        "# EOF",
        "",
      ].join("\n"),
    );
  });

  const refusals: readonly (readonly [string, (registry: Registry) => boolean])[] = [
    ["a label is missing", (r) => r.count("data_service_requests_total", request, 1)],
    ["a label is too many", (r) => r.count("events_processed_total", { a: "b" }, 1)],
    ["the name is unknown", (r) => r.count("data_service_request_total", {}, 1)],
    ["the name is of another type", (r) => r.gauge("events_processed_total", 1, {})],
    ["a counter would go back", (r) => r.count("events_processed_total", {}, -1)],
    ["a counter would become NaN", (r) => r.count("events_processed_total", {}, Number.NaN)],
    ["an observation is no number", (r) => r.observe("processing_time_ms", Number.NaN, {})],
    ["an observation is infinite", (r) => r.observe("processing_time_ms", Number.POSITIVE_INFINITY, {})],
  ];
  it.each(refusals)("takes nothing where %s", (_, write) => {
    const registry = registryOf();
    expect(write(registry)).toBe(false);
    expect(exposeFamilies(registry.families(), "prometheus")).toBe("");
  });

  it.each(["prometheus", "openmetrics"] as const)("is read back whole by the strict parser from %s", (format) => {
    const registry = registryOf();
    for (const { name, type, labels: names = [] } of SPECS) {
      const labels = Object.fromEntries(names.map((label) => [label, `${label} "of"\\ \n ümläut`]));
      const exemplar = { labels: { trace_id: "a".repeat(32), span_id: "b".repeat(16) }, at: 1_700_000_000_000 };
      if (type === "counter") registry.count(name, labels, 3);
      else if (type === "gauge") registry.gauge(name, -1.5, labels);
      else registry.observe(name, 0.25, labels, exemplar);
    }
    const text = exposeFamilies(registry.families(), format);
    const read = parseExposition(text, { format: format === "openmetrics" ? "openmetrics" : "text" });
    expect(read.faults).toEqual([]);
    for (const { name, type, labels: names = [] } of SPECS) {
      const suffix = type === "histogram" || type === "summary" ? "_count" : "";
      const found = read.samples.filter((sample) => sample.labels["__name__"] === `${name}${suffix}`);
      expect(found).toHaveLength(1);
      expect(found[0]?.value).toBe(type === "counter" ? 3 : type === "gauge" ? -1.5 : 1);
      for (const label of names) expect(found[0]?.labels[label]).toBe(`${label} "of"\\ \n ümläut`);
    }
  });

  it("stops at 2,000 series of a family and counts what it left out", () => {
    const registry = registryOf();
    for (let i = 0; i < MAX_SERIES + 500; i += 1)
      registry.count("data_service_requests_total", { ...request, endpoint: `/${i}`, status: "200" }, 1);
    const text = exposeFamilies(registry.families(), "prometheus");
    expect(text.match(/^data_service_requests_total\{/gm)).toHaveLength(MAX_SERIES);
    expect(text).toContain('headgate_series_dropped_total{family="data_service_requests_total"} 500');
  });

  it("forgets a series, so that an old figure is not shown as a new one", () => {
    const registry = registryOf();
    const labels = { service_name: "orders", container_id: "c" };
    registry.gauge("data_service_cpu_usage_percent", 50, labels);
    registry.forget("data_service_cpu_usage_percent", labels);
    expect(exposeFamilies(registry.families(), "prometheus")).toBe("");
  });

  it("law: buckets are cumulative, the last is the count, and the sum is that of the observations", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
        const registry = registryOf();
        for (const value of values) registry.observe("data_service_request_duration_seconds", value, request);
        const text = exposeFamilies(registry.families(), "prometheus");
        const buckets = [...text.matchAll(/le="([^"]+)"\} (\d+)$/gm)].map(([, le, n]) => [le, Number(n)] as const);
        for (const [le, count] of buckets) {
          const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
          expect(count).toBe(values.filter((value) => value <= bound).length);
        }
        expect(Number(/_count\S+ (\d+)/.exec(text)?.[1])).toBe(values.length);
        expect(Number(/_sum\S+ (\S+)/.exec(text)?.[1])).toBe(values.reduce((sum, value) => sum + value, 0));
      }),
      { numRuns: 50 },
    );
  });
});

describe("the window of the last 1,000", () => {
  it("has Flink's quantiles, and forgets what is older", () => {
    const window = sampleWindow(1000);
    expect(window.quantiles([0.5])).toBeUndefined();
    for (let value = 1; value <= 3000; value += 1) window.push(value);
    // Positions 500.5 and 990.99 of 2001..3000.
    expect(window.quantiles([0.5, 0.99, 0.999])).toEqual([2500.5, 2990.99, 2999.999]);
  });

  it("of one value is that value at every rank", () => {
    const window = sampleWindow(1000);
    window.push(7);
    expect(window.quantiles([0.001, 0.5, 0.999])).toEqual([7, 7, 7]);
  });
});

describe("the format", () => {
  it.each([
    [undefined, "prometheus"],
    ["", "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain", "prometheus"],
    ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "openmetrics"],
    ["text/plain;version=0.0.4, application/openmetrics-text;q=0.3", "prometheus"],
    ["application/openmetrics-text;q=0", "prometheus"],
  ])("for Accept %j is %s", (accept, format) => {
    const { contentType } = exposeFor(accept, []);
    expect(contentType).toBe(
      format === "openmetrics"
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8",
    );
  });
});
