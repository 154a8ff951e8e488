import type { Operation } from "../api/operation.ts";
import { AnomalyBacktestBody, FeedbackBody, QualityBody, SignalSeriesQuery } from "./bodies.ts";

const anomaly = "/api/v1/anomaly";
const common = { tag: "anomaly", errors: ["anomaly.unknown"] } as const;

/** What routes.ts beside it answers, for the OpenAPI document. */
export const anomalyOperations: readonly Operation[] = [
  {
    method: "get",
    path: anomaly,
    id: "listAnomalies",
    tag: "anomaly",
    summary: "Scored services, the most unusual first",
    scope: "read",
    answer: "Anomalies",
  },
  {
    method: "post",
    path: `${anomaly}/backtest`,
    id: "backtestAnomaly",
    tag: "anomaly",
    summary: "Alerts a week at each threshold on recorded points",
    scope: "read",
    body: {
      schema: AnomalyBacktestBody,
      example: { data: "timestamp,value\n2026-01-05T00:00:00Z,120\n2026-01-05T00:01:00Z,131\n", budget: 2 },
    },
    answer: "AnomalyBacktest",
    errors: ["trace.invalid", "input.too_large"],
  },
  {
    method: "get",
    path: `${anomaly}/:service`,
    id: "getAnomaly",
    ...common,
    summary: "A service's signals with their last points and bands, open and past anomalies",
    scope: "read",
    answer: "AnomalyService",
  },
  {
    method: "get",
    path: `${anomaly}/:service/series`,
    id: "getAnomalySeries",
    ...common,
    summary: "The last points of one signal as they were scored",
    scope: "read",
    query: SignalSeriesQuery,
    answer: "AnomalySeries",
  },
  {
    method: "post",
    path: `${anomaly}/:service/feedback`,
    id: "judgeAnomaly",
    ...common,
    summary: "Says that a point was fine or bad; the detector learns it",
    scope: "operate",
    idempotent: true,
    body: {
      schema: FeedbackBody,
      example: { signal: "latency", at: 1_767_571_200_000, verdict: "fine", why: "load test" },
    },
    answer: "Evaluation",
  },
  {
    method: "post",
    path: `${anomaly}/:service/quality/:dataset`,
    id: "scoreDataset",
    ...common,
    summary: "Scores one load of a dataset: schema, completeness, freshness, volume, drift",
    scope: "operate",
    body: {
      schema: QualityBody,
      example: { rows: 10_000, nulls: { amount: 12 }, schema: { id: "string", amount: "number" } },
    },
    answer: "Quality",
    errors: ["anomaly.unknown", "service.unknown"],
  },
];
