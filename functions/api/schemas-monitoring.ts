import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as monitoringViews from "./views-monitoring.ts";

const labels = v.record(v.string(), v.string());
const sampleValue = v.pipe(v.string(), v.description('As Prometheus writes it: "1.5", "NaN", "+Inf".'));

const Alert = v.strictObject({
  fingerprint: v.string(),
  rule: v.string(),
  labels,
  annotations: labels,
  state: v.picklist(["pending", "firing", "resolved"]),
  activeAt: instant,
  firedAt: opt(instant),
  resolvedAt: opt(instant),
  keepFiringSince: opt(instant),
  value: sampleValue,
}) satisfies Shape<monitoringViews.AlertView>;
const Rule = v.strictObject({
  id: v.string(),
  subject: v.string(),
  kind: v.picklist(["alerting", "recording", "metric-path"]),
  name: v.string(),
  expr: v.string(),
  forMs: v.number(),
  keepFiringForMs: v.number(),
  labels,
  annotations: labels,
  state: v.picklist(["inactive", "pending", "firing", "unknown"]),
  health: v.picklist(["ok", "err", "unknown"]),
  lastError: opt(v.string()),
  failingSince: opt(instant),
  lastEvaluation: opt(instant),
  pending: v.number(),
  firing: v.number(),
  untracked: opt(v.number()),
}) satisfies Shape<monitoringViews.RuleView>;

const backtestCounts = {
  firings: v.number(),
  firingMs: v.number(),
  longestMs: v.number(),
  pendingOnly: v.number(),
  firingsPerWeek: v.number(),
  firingAtEnd: v.number(),
  pendingAtEnd: v.number(),
};

/** Shapes of /api/v1/monitoring, by the name they have in the document. */
export const monitoringShapes = {
  Alert,
  Rule,
  Rules: v.strictObject({
    clock: Clock,
    groups: v.array(
      v.strictObject({
        file: v.string(),
        name: v.string(),
        intervalMs: v.number(),
        lastEvaluation: opt(instant),
        rules: v.array(Rule),
      }),
    ),
  }) satisfies Shape<monitoringViews.RulesView>,
  RuleDetail: v.strictObject({
    clock: Clock,
    file: v.string(),
    group: v.string(),
    rule: Rule,
    alerts: v.array(Alert),
    history: v.array(DecisionSummary),
  }) satisfies Shape<monitoringViews.RuleDetailView>,
  Alerts: v.strictObject({ clock: Clock, items: v.array(Alert) }) satisfies Shape<monitoringViews.AlertsView>,
  Targets: v.strictObject({
    clock: Clock,
    items: v.array(
      v.strictObject({
        job: v.string(),
        url: v.string(),
        labels,
        health: v.picklist(["up", "down", "unknown"]),
        lastScrapeAt: opt(instant),
        durationMs: opt(v.number()),
        samples: opt(v.number()),
        error: opt(v.string()),
      }),
    ),
  }) satisfies Shape<monitoringViews.TargetsView>,
  Query: v.strictObject({
    clock: Clock,
    at: instant,
    source: v.string(),
    samples: v.array(v.strictObject({ labels, value: sampleValue })),
    warnings: v.array(v.string()),
  }) satisfies Shape<monitoringViews.QueryView>,
  QueryRange: v.strictObject({
    clock: Clock,
    from: instant,
    to: instant,
    stepMs: v.number(),
    source: v.string(),
    series: v.array(v.strictObject({ labels, points: v.array(v.strictObject({ at: instant, value: sampleValue })) })),
    warnings: v.array(v.string()),
  }) satisfies Shape<monitoringViews.QueryRangeView>,
  RuleBacktest: v.strictObject({
    clock: Clock,
    rule: v.string(),
    expr: v.string(),
    source: v.string(),
    from: instant,
    to: instant,
    stepMs: v.number(),
    series: v.number(),
    rows: v.array(
      v.strictObject({
        ...backtestCounts,
        forMs: v.number(),
        given: v.boolean(),
        groups: opt(v.array(v.strictObject({ ...backtestCounts, value: v.string() }))),
      }),
    ),
    firings: v.array(
      v.strictObject({ labels, activeAt: instant, firedAt: instant, resolvedAt: opt(instant), lengthMs: v.number() }),
    ),
    warnings: v.array(v.string()),
  }) satisfies Shape<monitoringViews.RuleBacktestView>,
  RulesEvaluated: v.strictObject({
    clock: Clock,
    items: v.array(
      v.strictObject({
        subject: v.string(),
        file: v.string(),
        group: v.string(),
        at: instant,
        instants: v.number(),
        reason: opt(v.string()),
        decision: opt(DecisionSummary),
        failure: opt(v.string()),
        error: opt(v.string()),
      }),
    ),
  }) satisfies Shape<monitoringViews.RulesEvaluatedView>,
} as const;
