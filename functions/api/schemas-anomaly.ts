import * as v from "valibot";
import { Clock, Fault, instant, mode, opt, type Shape } from "./schemas-common.ts";
import type * as anomalyViews from "./views-anomaly.ts";

const state = v.picklist(["unknown", "learning", "normal", "anomalous"]);
const movement = v.picklist(["rose", "fell", "changed"]);
const score = v.pipe(v.number(), v.description("0..1; an alarm from the threshold on."));
const band = { low: opt(v.number()), high: opt(v.number()) };
const ScoredPoint = v.strictObject({ at: instant, value: v.number(), score, ...band });

const Anomaly = v.strictObject({
  service: v.string(),
  signal: v.string(),
  since: instant,
  lastAt: instant,
  until: opt(instant),
  ended: opt(v.picklist(["calm", "settled", "fine", "removed"])),
  alarms: v.number(),
  score,
  kind: v.string(),
  movement,
  severity: v.picklist(["medium", "high"]),
  value: v.number(),
  ...band,
  facts: v.array(v.string()),
  sentence: v.string(),
}) satisfies Shape<anomalyViews.AnomalyView>;

const AnomalySummary = v.strictObject({
  service: v.string(),
  mode,
  detector: v.picklist(["headgate", "seed"]),
  threshold: v.number(),
  state,
  jointScore: opt(score),
  driver: opt(v.strictObject({ signal: v.string(), movement, at: instant })),
  signals: v.array(
    v.strictObject({
      name: v.string(),
      role: v.picklist(["latency", "traffic", "errors", "saturation"]),
      unit: opt(v.string()),
      source: v.string(),
      everyMs: v.number(),
      state,
      last: opt(ScoredPoint),
      score: opt(score),
    }),
  ),
  open: v.number(),
  newestAt: opt(instant),
}) satisfies Shape<anomalyViews.AnomalyServiceSummary>;

/** Shapes of /api/v1/anomaly, by the name they have in the document. */
export const anomalyShapes = {
  Anomaly,
  AnomalySummary,
  Anomalies: v.strictObject({
    clock: Clock,
    state: v.string(),
    items: v.array(AnomalySummary),
    open: v.array(Anomaly),
    past: v.array(Anomaly),
  }) satisfies Shape<anomalyViews.AnomaliesView>,
  AnomalyService: v.strictObject({
    clock: Clock,
    configVersion: v.string(),
    service: AnomalySummary,
    series: v.array(v.strictObject({ signal: v.string(), points: v.array(ScoredPoint) })),
    open: v.array(Anomaly),
    past: v.array(Anomaly),
    judgements: v.array(
      v.strictObject({
        signal: v.string(),
        at: instant,
        verdict: v.picklist(["fine", "bad"]),
        by: v.string(),
        why: v.string(),
        saidAt: instant,
      }),
    ),
  }) satisfies Shape<anomalyViews.AnomalyServiceView>,
  AnomalySeries: v.strictObject({
    clock: Clock,
    service: v.string(),
    signal: v.string(),
    unit: opt(v.string()),
    threshold: v.number(),
    method: v.literal("as_scored"),
    from: instant,
    to: instant,
    points: v.array(ScoredPoint),
  }) satisfies Shape<anomalyViews.AnomalySeriesView>,
  AnomalyBacktest: v.strictObject({
    detector: v.string(),
    points: v.number(),
    learningPoints: v.number(),
    weeks: v.number(),
    thresholds: v.array(
      v.strictObject({
        threshold: v.number(),
        alerts: v.number(),
        alertsPerWeek: v.number(),
        recommended: v.boolean(),
      }),
    ),
    recommended: v.number(),
    examples: v.array(v.strictObject({ at: instant, value: v.number(), score, text: v.string() })),
    elapsedMs: v.number(),
    warnings: v.array(Fault),
  }) satisfies Shape<anomalyViews.AnomalyBacktestView>,
  Quality: v.strictObject({
    clock: Clock,
    service: v.string(),
    dataset: v.string(),
    scores: v.array(
      v.strictObject({
        dimension: v.picklist(["schema", "completeness", "freshness", "volume", "drift"]),
        score: v.number(),
        findings: v.array(v.string()),
      }),
    ),
  }) satisfies Shape<anomalyViews.QualityView>,
} as const;
