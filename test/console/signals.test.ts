import { describe, expect, test } from "vitest";
import { activeLine, alertFits, alertText, isAbout, rulesLine } from "../../console/src/alert-words.ts";
import { keyOf, readKey } from "../../console/src/anomaly-key.ts";
import { comparisonOf } from "../../console/src/charts/expression.ts";
import { plotsOf } from "../../console/src/charts/panels.ts";
import { reach, runsOf } from "../../console/src/charts/plot.ts";
import { LINES_AT_MOST, queriedPlot, seriesNames } from "../../console/src/charts/queried.ts";
import { placeSpans } from "../../console/src/charts/spans.ts";
import { knownOf } from "../../console/src/known.ts";
import { subjectName } from "../../console/src/subjects.ts";
import type { DecisionView, SeriesView } from "../../functions/api/views.ts";
import type { AnomalyServiceView, AnomalyView } from "../../functions/api/views-anomaly.ts";
import type { AlertView, QueryRangeView } from "../../functions/api/views-monitoring.ts";

const MINUTE = 60_000;
const clock = { now: 0, speed: 1, simulated: false };

const anomaly = (more: Partial<AnomalyView> = {}): AnomalyView => ({
  service: "orders",
  signal: "latency",
  since: 10 * MINUTE,
  lastAt: 12 * MINUTE,
  alarms: 2,
  score: 0.9,
  kind: "record",
  movement: "rose",
  severity: "high",
  value: 900,
  facts: [],
  sentence: "latency rose to 900 ms",
  ...more,
});

describe("an expression compared with a number", () => {
  test.each([
    ["up == 0", "up", "==", 0],
    ['up{job="kafka"} == 0', 'up{job="kafka"}', "==", 0],
    ["kafka_consumer_lag_sum > 1000", "kafka_consumer_lag_sum", ">", 1000],
    ["sum by (job) (rate(x[5m])) >= bool 1.5e3", "sum by (job) (rate(x[5m]))", ">=", 1500],
    ["(a > 1 and b > 2) / c < -0.5", "(a > 1 and b > 2) / c", "<", -0.5],
    ['x{text="> 5 # and"} != .25', 'x{text="> 5 # and"}', "!=", 0.25],
  ])("%s is drawn as what is compared, with a line at the number", (text, expr, op, value) => {
    expect(comparisonOf(text)).toEqual({ expr, op, value });
  });

  test.each([
    "up",
    "a > b",
    "a > 1 and b > 2",
    "a unless b > 2",
    "absent(up > 1)",
    "a > 1 # or > 2",
    "5 < a",
    "a > 5m",
    "sum(a > 1",
    "",
  ])("%s is drawn as it is", (text) => {
    expect(comparisonOf(text)).toBeUndefined();
  });
});

describe("an answer of PromQL as a chart", () => {
  const view = (all: readonly (readonly [Record<string, string>, readonly string[]])[]): QueryRangeView => ({
    clock,
    from: 0,
    to: 10 * MINUTE,
    stepMs: MINUTE,
    source: "test",
    series: all.map(([labels, values]) => ({
      labels,
      points: values.map((value, index) => ({ at: index * MINUTE, value })),
    })),
    warnings: [],
  });

  test("NaN and infinities are gaps, not zeros", () => {
    const plot = queriedPlot(view([[{ __name__: "up" }, ["1", "NaN", "+Inf", "-Inf", "0"]]]), "t", undefined);
    expect(plot.lines[0]?.points).toEqual([
      { at: 0, value: 1 },
      { at: 4 * MINUTE, value: 0 },
    ]);
    expect(plot.lines[0]?.name).toBe("up");
  });

  test("lines are named by the labels in which they differ; of too many the highest are drawn", () => {
    expect(
      seriesNames([
        { __name__: "lag", group: "a", job: "k" },
        { __name__: "lag", group: "b", job: "k" },
        { __name__: "lag", job: "k" },
      ]),
    ).toEqual(["a", "b", "lag"]);
    expect(seriesNames([{}, {}])).toEqual(["series 1", "series 2"]);
    const many = view(Array.from({ length: 30 }, (_, index) => [{ group: `g${index}` }, [String(index)]] as const));
    const plot = queriedPlot(many, "t", { op: ">", value: 5 });
    expect(plot.lines.map(({ name }) => name)).toEqual(Array.from({ length: LINES_AT_MOST }, (_, n) => `g${29 - n}`));
    expect(plot.thresholds).toEqual([{ metric: "expression", value: 5, label: "> 5" }]);
    // Nothing is red or the same twice: colour and dash together tell lines apart.
    expect(new Set(plot.lines.map(({ stroke }) => JSON.stringify(stroke))).size).toBe(LINES_AT_MOST);
  });
});

describe("anomalies on the time axis", () => {
  const axis = { from: 0, to: 100 * MINUTE, left: 40, width: 1000 };

  test("a span is as long as it lasted, an open one reaches to the end, and none is too small to hit", () => {
    const [short, open] = placeSpans(
      [anomaly({ since: 50 * MINUTE }), anomaly({ since: 10 * MINUTE, until: 10.1 * MINUTE })],
      axis,
    );
    expect(short).toMatchObject({ left: 140, width: 24 });
    expect(open).toMatchObject({ left: 540, width: 500 });
  });

  test("what is outside of the axis is left out, what began before it is cut, and what overlaps is joined", () => {
    const spans = placeSpans(
      [
        anomaly({ since: -50 * MINUTE, until: -10 * MINUTE }),
        anomaly({ since: 101 * MINUTE }),
        anomaly({ since: -5 * MINUTE, until: 5 * MINUTE }),
        anomaly({ since: 6 * MINUTE, until: 6.5 * MINUTE }),
        anomaly({ since: 7 * MINUTE, until: 12 * MINUTE }),
        anomaly({ since: 100 * MINUTE }),
      ],
      axis,
    );
    expect(spans.map(({ left, width, items }) => [left, width, items.length])).toEqual([
      [40, 50, 1],
      [100, 60, 2],
      [1016, 24, 1],
    ]);
  });

  test("a band is broken where a point is missing, and does not squeeze its line without end", () => {
    const at = (minute: number) => ({ at: minute * MINUTE, low: 1, high: 2 });
    const band = { line: "x", color: "--text", periodMs: MINUTE, points: [at(0), at(1), at(4), at(5), at(9)] };
    expect(runsOf(band).map((run) => run.length)).toEqual([2, 2, 1]);
    const plot = {
      ...queriedPlot({ clock, from: 0, to: 1, stepMs: MINUTE, source: "", series: [], warnings: [] }, "t", undefined),
      bands: [{ ...band, points: [{ at: 0, low: 0, high: 1e9 }] }],
    };
    expect(reach(plot, 0, 100)[1]).toBeCloseTo(224);
    expect(reach(plot, -10, 100)[0]).toBeCloseTo(-11.2);
    expect(reach({ ...plot, bands: [] }, 0, 0)).toEqual([0, 1]);
  });

  test("an anomaly's name survives the address, whatever its parts hold; nonsense names none", () => {
    for (const service of ["orders", "a/b c", "🚀~%2F", 'x"<img>']) {
      const key = { service, signal: `${service}/p99`, since: 1_767_571_260_000 };
      expect(readKey(keyOf(key))).toEqual(key);
    }
    for (const text of ["", "orders", "orders/latency", "a/b/c/1", "orders/latency/-1", "%/a/1"])
      expect(readKey(text)).toBeUndefined();
  });
});

describe("golden signals on the charts of a service", () => {
  const series = (metric: string, value: number): SeriesView["series"][number] => ({
    metric,
    unit: "",
    periodMs: MINUTE,
    points: [{ at: MINUTE, value }],
    status: "complete",
  });
  const view: SeriesView = {
    clock,
    from: 0,
    to: 10 * MINUTE,
    series: [series("requests", 100), series("latency_p99", 90)],
  };
  const signal = (name: string, source: string, role: "latency" | "traffic" | "errors" | "saturation") => ({
    name,
    role,
    source,
    everyMs: MINUTE,
    state: "normal" as const,
  });
  const scored = (points: AnomalyServiceView["series"][number]["points"]): AnomalyServiceView => ({
    clock,
    configVersion: "cfg",
    service: {
      service: "orders",
      mode: "act",
      detector: "headgate",
      threshold: 0.5,
      state: "normal",
      signals: [signal("latency", "latency_p99", "latency"), signal("lag", "sum(lag)", "saturation")],
      open: 1,
    },
    series: [
      { signal: "latency", points },
      { signal: "lag", points },
    ],
    open: [anomaly()],
    past: [],
    judgements: [],
  });

  test("a signal that is drawn anyway gets its band and anomalies there; another one a chart of its own", () => {
    const [usual, alarm] = [
      { at: MINUTE, value: 90, score: 0.6, low: -5, high: 120 },
      { at: 10 * MINUTE, value: 900, score: 0.9, low: -5, high: 120 },
    ];
    const plots = plotsOf(view, [], scored([usual, alarm]));
    expect(plots.map(({ title }) => title)).toEqual(["Load", "Lag", "Latency p99"]);
    const latency = plots[2];
    // A quantity that is never negative is not expected to be.
    expect(latency?.bands[0]?.points).toEqual([
      { at: MINUTE, low: 0, high: 120 },
      { at: 10 * MINUTE, low: 0, high: 120 },
    ]);
    expect(latency?.anomalies.length).toBe(1);
    // What was unusual while the detector learnt alarmed nobody.
    expect(latency?.alarms).toEqual([alarm]);
    expect(plots[0]?.bands).toEqual([]);
  });

  test("points without a band have none: what is not known yet is not expected to be zero", () => {
    const plots = plotsOf(view, [], scored([{ at: MINUTE, value: 90, score: 0 }]));
    expect(plots[2]?.bands[0]?.points).toEqual([]);
  });

  test("without scores the charts are what they were", () => {
    expect(plotsOf(view, [], undefined).map(({ bands, anomalies }) => [bands, anomalies])).toEqual([
      [[], []],
      [[], []],
    ]);
  });
});

describe("alerts and rules in words", () => {
  const alert = (more: Partial<AlertView> = {}): AlertView => ({
    fingerprint: "f",
    rule: "rul_1",
    labels: { alertname: "Lag", job: "orders" },
    annotations: {},
    state: "firing",
    activeAt: 0,
    value: "1",
    ...more,
  });

  test("what fires is counted; nothing is no line", () => {
    expect(activeLine([])).toBeUndefined();
    expect(activeLine([alert()])).toBe("1 alert firing");
    expect(activeLine([alert(), alert(), alert({ state: "pending" })])).toBe("2 alerts firing, 1 pending");
    expect(activeLine([alert({ state: "pending" })])).toBe("1 alert pending");
    expect(rulesLine({ clock, groups: [] })).toBe("0 rules");
  });

  test("an alert is told by its summary, else its description, else its name, and found by any of its labels", () => {
    expect(alertText(alert({ annotations: { summary: "is behind", description: "long" } }))).toBe("is behind");
    expect(alertText(alert({ annotations: { summary: "", description: "long" } }))).toBe("long");
    expect(alertText(alert())).toBe("Lag");
    expect(["lag", 'job="ord', "ORDERS", ""].map((text) => alertFits(alert(), text))).toEqual([true, true, true, true]);
    expect(alertFits(alert(), "payments")).toBe(false);
    expect([isAbout(alert(), "orders"), isAbout(alert({ labels: { team: "orders" } }), "orders")]).toEqual([
      true,
      false,
    ]);
  });

  test("a rule's decisions are named after the rule, a service's after the service", () => {
    expect(subjectName("monitoring", "../rules/platform.yml/kafka.rules/KafkaDown#0")).toBe("KafkaDown");
    expect(subjectName("monitoring", "services/orders/slow")).toBe("orders/slow");
    expect(subjectName("monitoring", "anything")).toBe("anything");
    expect(subjectName("anomaly", "a/b#1")).toBe("a/b#1");
  });
});

describe("what was known when it was decided", () => {
  const record = (noun: string, input: unknown) =>
    ({ noun, subject: "orders", at: 10 * MINUTE, input }) as unknown as DecisionView;

  test("answers of an expression are told with labels and age; no answer is not known", () => {
    const rows = knownOf(
      record("monitoring", {
        kind: "evaluate",
        source: "local-window",
        evaluations: [
          { at: 9 * MINUTE, outcome: { ok: true, samples: [{ labels: { __name__: "lag", group: "a" }, value: "4" }] } },
          { at: 10 * MINUTE, outcome: { ok: true, samples: [] } },
          { at: 10 * MINUTE, outcome: { ok: false, error: "timed out" } },
        ],
      }),
    );
    expect(rows.map(({ value, ageMs, from }) => [value, ageMs, from])).toEqual([
      ['lag{group="a"} 4', MINUTE, "local-window"],
      ["nothing", 0, "local-window"],
      [undefined, 0, "timed out"],
    ]);
  });

  test("a scored signal is told by its points: what its detector knew is not for reading", () => {
    const rows = knownOf(
      record("anomaly", {
        kind: "score",
        service: "orders",
        signals: { latency: { checkpoint: "SEdEAQAAAA", points: [[9 * MINUTE, 900]] }, cpu: { points: [] } },
        recent: { latency: [{ at: 9 * MINUTE, movement: "rose", score: 0.9 }] },
        context: [{ at: 8 * MINUTE, kind: "scaling", text: "scaled in from 2 to 1" }],
      }),
    );
    expect(rows.map(({ name, value, ageMs }) => [name, value, ageMs])).toEqual([
      ["latency", "900", MINUTE],
      ["cpu", undefined, undefined],
      ["latency lately", "rose, score 0.9", MINUTE],
      ["scaling", "scaled in from 2 to 1", 2 * MINUTE],
    ]);
    expect(JSON.stringify(rows)).not.toContain("SEdE");
  });

  test("inputs of any other shape are told as they are", () => {
    for (const input of [undefined, null, 7, "x", [], { evaluations: 3, signals: [1], recent: "x", context: {} }])
      expect(() => knownOf(record("of-tomorrow", input))).not.toThrow();
  });
});
