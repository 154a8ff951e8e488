import type * as views from "./views.ts";
import type * as monitoringViews from "./views-monitoring.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };

const rule: monitoringViews.RuleView = {
  id: "rul_8bc1a0ad4e9f6c11",
  subject: "alert-rules.yml/kafka.rules/KafkaDown#0",
  kind: "alerting",
  name: "KafkaDown",
  expr: 'up{job="kafka"} == 0',
  forMs: 30_000,
  keepFiringForMs: 0,
  labels: { severity: "critical" },
  annotations: { summary: "Kafka broker is down" },
  state: "firing",
  health: "ok",
  lastEvaluation: now - 15_000,
  pending: 0,
  firing: 1,
};

const alert: monitoringViews.AlertView = {
  fingerprint: "57c4f2a8d1b9e603",
  rule: rule.id,
  labels: { alertname: "KafkaDown", instance: "kafka-exporter:9308", job: "kafka", severity: "critical" },
  annotations: { summary: "Kafka broker is down" },
  state: "firing",
  activeAt: now - 60_000,
  firedAt: now - 30_000,
  value: "0",
};

const fired: views.DecisionSummary = {
  id: "dec_01ke5q8v50xm2w7t4h9c3b6ndr",
  noun: "monitoring",
  subject: rule.subject,
  at: now - 30_000,
  reason: "fired",
  sentence:
    'KafkaDown{instance="kafka-exporter:9308", job="kafka", severity="critical"} fires (value 0): there for 30 s, asked for 30 s',
  mode: "act",
  trigger: "schedule",
  acted: true,
  outcome: "one alert sent",
};

/** Examples of the answers of /api/v1/monitoring. */
export const monitoringExamples = {
  Rules: {
    clock,
    groups: [
      {
        file: "alert-rules.yml",
        name: "kafka.rules",
        intervalMs: 15_000,
        lastEvaluation: now - 15_000,
        rules: [rule],
      },
    ],
  } satisfies monitoringViews.RulesView,
  RuleDetail: {
    clock,
    file: "alert-rules.yml",
    group: "kafka.rules",
    rule,
    alerts: [alert],
    history: [fired],
  } satisfies monitoringViews.RuleDetailView,
  Alerts: { clock, items: [alert] } satisfies monitoringViews.AlertsView,
  Targets: {
    clock,
    items: [
      {
        job: "kafka",
        url: "http://kafka-exporter:9308/metrics",
        labels: { instance: "kafka-exporter:9308", job: "kafka" },
        health: "down",
        lastScrapeAt: now - 4_000,
        durationMs: 3,
        error: "connection refused",
      },
    ],
  } satisfies monitoringViews.TargetsView,
  Query: {
    clock,
    at: now,
    source: "local-window",
    samples: [{ labels: { __name__: "up", instance: "kafka-exporter:9308", job: "kafka" }, value: "0" }],
    warnings: [],
  } satisfies monitoringViews.QueryView,
  QueryRange: {
    clock,
    from: now - 60_000,
    to: now,
    stepMs: 60_000,
    source: "prometheus",
    series: [
      {
        labels: { __name__: "up", instance: "kafka-exporter:9308", job: "kafka" },
        points: [
          { at: now - 60_000, value: "1" },
          { at: now, value: "0" },
        ],
      },
    ],
    warnings: [],
  } satisfies monitoringViews.QueryRangeView,
  RuleBacktest: {
    clock,
    rule: rule.id,
    expr: rule.expr,
    source: "prometheus",
    from: now - 86_400_000,
    to: now,
    stepMs: 15_000,
    series: 1,
    rows: [
      {
        forMs: 30_000,
        given: true,
        firings: 1,
        firingMs: 30_000,
        longestMs: 30_000,
        pendingOnly: 2,
        firingsPerWeek: 7,
        firingAtEnd: 1,
        pendingAtEnd: 0,
      },
    ],
    firings: [
      {
        labels: { instance: "kafka-exporter:9308", job: "kafka" },
        activeAt: now - 60_000,
        firedAt: now - 30_000,
        lengthMs: 30_000,
      },
    ],
    warnings: [],
  } satisfies monitoringViews.RuleBacktestView,
  RulesEvaluated: {
    clock,
    items: [
      {
        subject: rule.subject,
        file: "alert-rules.yml",
        group: "kafka.rules",
        at: now - 30_000,
        instants: 1,
        reason: "fired",
        decision: fired,
      },
    ],
  } satisfies monitoringViews.RulesEvaluatedView,
} as const;
