import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readOpenSlo } from "../../shared/core/slo/openslo/read.ts";

const read = (text: string) =>
  readOpenSlo(
    parseAllDocuments(text).map((document): unknown => document.toJS()),
    "slos.yaml",
  );
const placed = (found: ReturnType<typeof read>["faults"]) =>
  found.map(({ document, path, message }) => `${document} ${path.join(".")}: ${message}`);

const metric = (query: string, type = "Prometheus") => ({ metricSource: { type, spec: { query } } });
const RATIO = {
  ratioMetric: {
    counter: true,
    bad: metric('http_requests_total{code=~"5.."}'),
    total: metric("sum(http_requests_total)"),
  },
};

/** One SLO as JSON, which is YAML. */
function slo(spec: object = {}, objective: object = {}): string {
  return JSON.stringify({
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata: { name: "checkout", displayName: "Checkout" },
    spec: {
      service: "orders",
      budgetingMethod: "Occurrences",
      timeWindow: [{ duration: "4w", isRolling: true }],
      indicator: { metadata: { name: "errors" }, spec: RATIO },
      objectives: [{ target: 0.999, ...objective }],
      ...spec,
    },
  });
}

const DOCUMENTS = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: lag }
spec:
  service: orders
  description: records are read in time
  indicatorRef: lag-seconds
  timeWindow:
    - duration: 1M
      calendar: { startTime: 2024-01-01 00:00:00, timeZone: Europe/Berlin }
  budgetingMethod: Timeslices
  objectives:
    - { op: lte, value: 30, targetPercent: 99.5, timeSliceTarget: 0.9, timeSliceWindow: 5 }
  alertPolicies:
    - alertPolicyRef: fast
---
apiVersion: openslo/v1
kind: SLI
metadata: { name: lag-seconds }
spec:
  thresholdMetric:
    metricSource: { metricSourceRef: prometheus, spec: { query: max(lag_seconds) } }
---
apiVersion: openslo/v1
kind: DataSource
metadata: { name: prometheus }
spec: { type: prometheus, connectionDetails: { url: "http://prometheus" } }
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: fast }
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: burns
  notificationTargets:
    - targetRef: mail
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: burns }
spec:
  severity: page
  condition: { kind: burnrate, threshold: 10, lookbackWindow: 1h, alertAfter: 5m }
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: { name: mail }
spec: { target: email }
---
apiVersion: openslo/v1
kind: Service
metadata: { name: orders }
spec: { description: orders }
---
`;

test("documents that refer to each other", () => {
  const { objectives, faults, warnings } = read(DOCUMENTS);
  expect(faults).toEqual([]);
  expect(objectives).toMatchObject([
    {
      name: "lag",
      service: "orders",
      file: "slos.yaml",
      target: 99.5,
      allowed: 0.005,
      period: { kind: "month", zone: "Europe/Berlin" },
      budgeting: { method: "slices", sliceMs: 300_000, allowed: 0.1 },
      sli: { kind: "threshold", source: "promql", value: "max(lag_seconds)", bound: { op: "lte", value: 30 } },
      rows: [{ severity: "page", longMs: 3_600_000, shortMs: 300_000, factor: 10 }],
    },
  ]);
  expect(placed(warnings)).toEqual([
    "0 spec.alertPolicies.0: notificationTargets are not acted on: routes of alerting say who is told",
    "0 spec.alertPolicies.0.0: alertAfter is taken for a short window of 5 min, over which the rate has to hold as well",
    "2 spec.connectionDetails: connectionDetails are not acted on: sources are those of headgate.yaml",
  ]);
});

test("counters become rates, the usual rows are there, several objectives get numbers", () => {
  const { objectives } = read(slo({ objectives: [{ target: 0.999 }, { targetPercent: 95 }] }));
  expect(objectives.map(({ name, target }) => [name, target])).toEqual([
    ["checkout-1", 99.9],
    ["checkout-2", 95],
  ]);
  expect(objectives[0]).toMatchObject({
    description: "Checkout",
    sli: {
      count: "bad",
      part: 'sum(rate(http_requests_total{code=~"5.."}[2m]))',
      total: "sum(rate(http_requests_total[2m]))",
      per: "second",
    },
    period: { kind: "rolling", days: 28 },
  });
  expect(objectives[0]?.rows.map(({ factor }) => factor)).toEqual([13.44, 5.6, 2.8, 28 / 30]);
});

test.each<[string, object, object]>([
  [
    "a gauge",
    { ratioMetric: { good: metric("good"), total: metric("all") } },
    { kind: "ratio", count: "good", part: "good", total: "all", per: "minute" },
  ],
  [
    "a rate already",
    { ratioMetric: { counter: true, good: metric("rate(x[5m])"), total: metric("rate(y[5m])") } },
    { part: "rate(x[5m])", per: "second" },
  ],
  [
    "a raw ratio",
    { ratioMetric: { rawType: "success", raw: metric("ratio") } },
    { kind: "share", count: "good", share: "ratio" },
  ],
  [
    "CloudWatch",
    {
      ratioMetric: {
        bad: {
          metricSource: {
            type: "CloudWatch",
            spec: {
              namespace: "AWS/ApplicationELB",
              metricName: "HTTPCode_Target_5XX_Count",
              dimensions: [{ name: "LoadBalancer", value: "app/x" }],
            },
          },
        },
        total: {
          metricSource: {
            type: "CloudWatch",
            spec: {
              namespace: "AWS/ApplicationELB",
              metricName: "RequestCount",
              dimensions: { LoadBalancer: "app/x" },
            },
          },
        },
      },
    },
    {
      kind: "ratio",
      source: "cloudwatch",
      part: { stat: "Sum", dimensions: { LoadBalancer: "app/x" } },
      total: { metric: "RequestCount", dimensions: { LoadBalancer: "app/x" } },
    },
  ],
])("an indicator: %s", (_, spec, sli) => {
  const { objectives, faults } = read(slo({ indicator: { metadata: { name: "x" }, spec } }));
  expect(faults).toEqual([]);
  expect(objectives[0]?.sli).toMatchObject(sli);
});

test("weighed objectives are a composite of theirs, which alone alerts", () => {
  const part = (target: number, compositeWeight: number) => ({
    target,
    compositeWeight,
    indicator: { metadata: { name: "x" }, spec: RATIO },
  });
  const { objectives, faults } = read(slo({ indicator: undefined, objectives: [part(0.99, 1), part(0.95, 3)] }));
  expect(faults).toEqual([]);
  expect(objectives.map(({ name, target, rows }) => [name, target, rows.length])).toEqual([
    ["checkout-1", 99, 0],
    ["checkout-2", 95, 0],
    ["checkout", 96, 4],
  ]);
  expect(objectives[2]?.sli).toEqual({
    kind: "composite",
    of: [
      { objective: "checkout-1", weight: 1 },
      { objective: "checkout-2", weight: 3 },
    ],
  });
});

describe("faults have their place", () => {
  test.each<[string, string, readonly string[]]>([
    ["no target", slo({}, { target: undefined }), ["0 spec.objectives.0: an objective has one target"]],
    ["a target of all", slo({}, { target: 1 }), ["0 spec.objectives.0.target: no such target"]],
    ["a key that is not known", slo({}, { taget: 1 }), ['0 spec.objectives.0.taget: unknown key "taget"']],
    [
      "no indicator of this name",
      slo({ indicator: undefined, indicatorRef: "x" }),
      ["0 spec.indicatorRef: no SLI of this name"],
    ],
    ["no such method", slo({ budgetingMethod: "Often" }), ["0 spec.budgetingMethod: no such method"]],
    [
      "two windows",
      slo({ timeWindow: [{ duration: "4w" }, { duration: "1d" }] }),
      ["0 spec.timeWindow.1: a second time window"],
    ],
    [
      "a window of a year",
      slo({ timeWindow: [{ duration: "1Y", isRolling: true }] }),
      ["0 spec.timeWindow.0.duration: no such rolling window"],
    ],
    [
      "a calendar of weeks",
      slo({ timeWindow: [{ duration: "1w", calendar: {} }] }),
      ["0 spec.timeWindow.0.duration: calendar windows are months"],
    ],
    [
      "slices of two hours",
      slo({ budgetingMethod: "RatioTimeslices" }, { timeSliceWindow: "2h" }),
      ["0 spec.objectives.0.timeSliceWindow: the length of a slice"],
    ],
    [
      "a source of another kind",
      slo(
        { indicator: { metadata: { name: "x" }, spec: { thresholdMetric: metric("x", "Datadog") } } },
        { op: "lt", value: 1 },
      ),
      ["0 spec.indicator.spec.thresholdMetric.metricSource.type: metrics of this type cannot be read"],
    ],
    [
      "a threshold without its bound",
      slo({ indicator: { metadata: { name: "x" }, spec: { thresholdMetric: metric("x") } } }),
      ["0 spec.objectives.0.op: how a value has to stand to its bound"],
    ],
    [
      "a weight that is missing",
      slo({ objectives: [{ target: 0.9, compositeWeight: 1 }, { target: 0.9 }] }),
      ["0 spec.objectives: of a composite each objective has its weight"],
    ],
    [
      "another version",
      `${slo()}\n---\n{ "apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": { "name": "x" }, "spec": {} }`,
      ["1 apiVersion: not a version that is read here"],
    ],
    [
      "another kind",
      '{ "apiVersion": "openslo/v1", "kind": "Budget", "metadata": { "name": "x" }, "spec": {} }',
      ["0 kind: no such kind"],
    ],
    ["one name twice", `${slo()}\n---\n${slo()}`, ["1 metadata.name: a second SLO of this name"]],
    ["something else", "- 1\n- 2", ["0 : wrong type or value"]],
  ])("%s", (_, text, found) => {
    expect(placed(read(text).faults)).toEqual(found);
  });

  test("an SLO with a fault is left out, the others are read", () => {
    const { objectives } = read(`${slo({}, { target: 2 })}\n---\n${slo().replace('"checkout"', '"other"')}`);
    expect(objectives.map(({ name }) => name)).toEqual(["other"]);
  });
});
