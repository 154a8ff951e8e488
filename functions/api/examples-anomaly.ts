import type * as views from "./views.ts";
import type * as anomalyViews from "./views-anomaly.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };
const point: anomalyViews.ScoredPointView = { at: now - 60_000, value: 480, score: 0.93, low: 90, high: 140 };

const anomaly: anomalyViews.AnomalyView = {
  service: "orders",
  signal: "latency",
  since: now - 60_000,
  lastAt: now - 60_000,
  alarms: 1,
  score: 0.93,
  kind: "shift",
  movement: "rose",
  severity: "high",
  value: 480,
  low: 90,
  high: 140,
  facts: ["traffic fell first, 3 min before", "scaled out from 2 to 4, 2 min before"],
  sentence:
    "latency rose to 480 ms, expected 90 to 140 ms (a new level, score 0.93); traffic fell first, 3 min before; scaled out from 2 to 4, 2 min before",
};

const service: anomalyViews.AnomalyServiceSummary = {
  service: "orders",
  mode: "act",
  detector: "headgate",
  threshold: 0.5595,
  state: "anomalous",
  jointScore: 0.94,
  driver: { signal: "traffic", movement: "fell", at: now - 240_000 },
  signals: [
    {
      name: "latency",
      role: "latency",
      unit: "ms",
      source: "latency_p99",
      everyMs: 60_000,
      state: "anomalous",
      last: point,
      score: 0.93,
    },
  ],
  open: 1,
  newestAt: now - 60_000,
};

/** One example of each answer of /api/v1/anomaly. */
export const anomalyExamples = {
  Anomalies: {
    clock,
    state: "1 service behaving unusually, newest point 1 min ago",
    items: [service],
    open: [anomaly],
    past: [],
  } satisfies anomalyViews.AnomaliesView,
  AnomalyService: {
    clock,
    configVersion: "cfg_dc774f4aafadf083",
    service,
    series: [{ signal: "latency", points: [point] }],
    open: [anomaly],
    past: [{ ...anomaly, since: now - 9_000_000, lastAt: now - 8_700_000, until: now - 7_800_000, ended: "calm" }],
    judgements: [
      { signal: "latency", at: now - 9_000_000, verdict: "fine", by: "ada", why: "load test", saidAt: now - 8_000_000 },
    ],
  } satisfies anomalyViews.AnomalyServiceView,
  AnomalySeries: {
    clock,
    service: "orders",
    signal: "latency",
    unit: "ms",
    threshold: 0.5595,
    method: "as_scored",
    from: now - 3_600_000,
    to: now,
    points: [point],
  } satisfies anomalyViews.AnomalySeriesView,
  AnomalyBacktest: {
    detector: "headgate",
    points: 20_160,
    learningPoints: 1_440,
    weeks: 1.86,
    thresholds: [
      { threshold: 0.5595, alerts: 9, alertsPerWeek: 4.8, recommended: false },
      { threshold: 0.8, alerts: 3, alertsPerWeek: 1.6, recommended: true },
    ],
    recommended: 0.8,
    examples: [
      { at: now - 60_000, value: 480, score: 0.93, text: "480 ms, expected 90 to 140 ms, a new level, score 0.93" },
    ],
    elapsedMs: 31.2,
    warnings: [],
  } satisfies anomalyViews.AnomalyBacktestView,
  Quality: {
    clock,
    service: "orders",
    dataset: "orders_daily",
    scores: [
      { dimension: "schema", score: 1, findings: [] },
      { dimension: "completeness", score: 0.9, findings: ["amount: 10 % are missing, 0 % are allowed"] },
    ],
  } satisfies anomalyViews.QualityView,
} as const;
