import { alertingExamples } from "./examples-alerting.ts";
import { anomalyExamples } from "./examples-anomaly.ts";
import { forecastExamples } from "./examples-autoscaling.ts";
import { tuneExamples } from "./examples-autoscaling-tune.ts";
import { backupExamples } from "./examples-backup.ts";
import { breakerExamples } from "./examples-breakers.ts";
import { costExamples } from "./examples-cost.ts";
import { deliveryExamples } from "./examples-delivery.ts";
import { flagExamples } from "./examples-flags.ts";
import { gateExamples } from "./examples-gates.ts";
import { monitoringExamples } from "./examples-monitoring.ts";
import { oncallExamples } from "./examples-oncall.ts";
import { recoveryExamples } from "./examples-recovery.ts";
import { trafficExamples } from "./examples-traffic.ts";
import type * as views from "./views.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };

const decision: views.DecisionSummary = {
  id: "dec_01ke5q8600jsjgwzqy9dwmwy5v",
  noun: "autoscaling",
  subject: "orders",
  at: now - 60_000,
  reason: "scaled_out",
  sentence: "orders: 2 → 3 instances, because cpu 90 % was over 75 %",
  mode: "act",
  trigger: "alarm",
  desired: 3,
  from: 2,
  acted: true,
  outcome: "desired set from 2 to 3",
};

const service: views.ServiceSummary = {
  name: "orders",
  runsOn: "ecs",
  health: "degraded",
  status: { desired: 3, pending: 1, running: 2, ready: 2, deploying: false, instances: [], at: now },
  mode: "act",
  min: 2,
  max: 10,
  latest: { cpu: { at: now - 60_000, value: 78.5, unit: "percent" } },
  load: { metric: "requests", unit: "per_second", points: [{ at: now - 60_000, value: 412 }] },
  lastDecision: decision,
};

const evaluation: views.EvaluationView = {
  clock,
  service: "orders",
  status: "decided",
  reason: "scaled_out",
  decision,
  results: [{ status: "done", detail: "desired set from 2 to 3" }],
};

const paused: views.EvaluationView = {
  clock,
  service: "orders",
  status: "decided",
  reason: "paused",
  decision: {
    id: "dec_01ke5q9tk06m6q7m0vxv2a8rjc",
    noun: "autoscaling",
    subject: "orders",
    at: now,
    reason: "paused",
    sentence: 'orders: ada says "load test": scaling in is paused until 2026-01-05T02:01:00.000Z',
    mode: "act",
    trigger: "api",
    acted: false,
  },
  results: [],
};

const plan: views.ConfigPlanView = {
  version: "cfg_dc774f4aafadf083",
  current: "cfg_4029e93c1049e523",
  changes: [{ path: "autoscaling.orders.max", from: 20, to: 10 }],
  alarms: { created: [], updated: [], removed: [], unchanged: 2 },
};

const key: views.KeyView = {
  id: "0f3a9c21b7d4",
  name: "ci",
  scope: "operate",
  createdAt: now,
  by: "ada",
  expiresAt: now + 7_776_000_000,
};

/** One example of each answer, in the document and held against its shape by a test. */
export const examples = {
  Problem: {
    type: "urn:headgate:error:service.unknown",
    title: "No such service",
    status: 404,
    detail: 'no service "order" is configured',
    instance: "/api/v1/services/order",
    code: "service.unknown",
  } satisfies views.Problem,
  Services: {
    clock,
    state: "1 service not as desired, last action 1 min ago",
    items: [service],
  } satisfies views.ServicesView,
  Service: {
    clock,
    service,
    autoscaling: { mode: "act", min: 2, max: 10, policies: [{ type: "instances", cpu: 75, memory: 80 }] },
    decisions: [decision],
  } satisfies views.ServiceView,
  Series: {
    clock,
    from: now - 3_600_000,
    to: now,
    series: [
      {
        metric: "cpu",
        unit: "percent",
        periodMs: 60_000,
        points: [{ at: now - 60_000, value: 78.5 }],
        status: "complete",
      },
    ],
  } satisfies views.SeriesView,
  Decisions: { clock, items: [decision], cursor: "eyJhdCI6MTc2NzU3MTIwMDAwMH0" } satisfies views.DecisionsView,
  DecisionDetail: {
    clock,
    decision: {
      v: 1,
      id: decision.id,
      tenant: "default",
      noun: "autoscaling",
      subject: "orders",
      at: decision.at,
      trigger: {
        type: "alarm",
        id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        detail: "headgate-orders-cpu-out is in ALARM",
      },
      mode: "act",
      configVersion: plan.version,
      config: { mode: "act", min: 2, max: 10 },
      input: {
        kind: "evaluate",
        service: "orders",
        readings: { cpu: { metric: "cpu", points: [{ at: now - 120_000, value: 90 }] } },
      },
      stateBefore: { v: 1, alarms: {} },
      reason: "scaled_out",
      trace: [{ kind: "computed", rule: "instances", text: "cpu 90 % was over 75 %", values: { from: 2, desired: 3 } }],
      actions: [{ type: "scale", key: "scale:orders:1767571200000:3" }],
      stateAfter: { v: 1, desired: 3, alarms: {} },
      outcomes: [
        {
          phase: "performed",
          at: decision.at,
          results: [
            { key: "scale:orders:1767571200000:3", status: "done", at: decision.at, detail: "desired set from 2 to 3" },
          ],
          text: "desired set from 2 to 3",
        },
      ],
      traceId: "0af7651916cd43dd8448eb211c80319c",
      sentence: decision.sentence,
    },
    explanation: [decision.sentence, "read: cpu 90 % at 00:00, 1 min before", "did: scale to 3"],
  } satisfies views.DecisionDetailView,
  Replay: { checked: 120, same: 120, skipped: 0, differences: [] } satisfies views.ReplayView,
  Autoscaling: {
    clock,
    service: "orders",
    configVersion: plan.version,
    config: { mode: "act", min: 2, max: 10, policies: [{ type: "instances", cpu: 75, memory: 80 }] },
    state: { v: 1, desired: 3, alarms: { "headgate-orders-cpu-out": now - 60_000 } },
    pending: 0,
    dueAt: now + 60_000,
    alarms: [
      {
        name: "headgate/prod/default/orders-cpu-out",
        metric: "cpu",
        stat: "avg",
        comparison: ">",
        threshold: 75,
        periodMs: 60_000,
        datapoints: 1,
        evaluationPeriods: 1,
        purpose: "out",
        since: now - 60_000,
      },
    ],
  } satisfies views.AutoscalingView,
  Evaluation: evaluation,
  Command: { command: paused } satisfies views.CommandView,
  Backtest: {
    policy: "target-tracking-70",
    minutes: 17_280,
    violationMinutes: 0,
    taskHours: 3884.8,
    oracleTaskHours: 2673,
    costRatio: 1.453,
    j: 1.453,
    worstWaitSeconds: 0,
    actionsPerDay: 58,
    elapsedMs: 424.3,
    notes: [],
    warnings: [],
  } satisfies views.BacktestView,
  ...forecastExamples,
  ...tuneExamples(clock, evaluation),
  Config: {
    clock,
    version: plan.version,
    appliedAt: now,
    by: "ada",
    text: "version: 1\n",
    config: { version: 1 },
  } satisfies views.ConfigView,
  ConfigCheck: {
    ok: false,
    faults: [
      {
        path: "autoscaling.orders.max",
        message: "wrong type or value: -1",
        line: 9,
        column: 10,
        value: "-1",
        allowed: "integer 1..10000",
      },
    ],
  } satisfies views.ConfigCheckView,
  ConfigPlan: plan,
  ConfigApplied: { ...plan, previous: "cfg_4029e93c1049e523", unchanged: false } satisfies views.ConfigAppliedView,
  Me: { clock, name: "ci", scope: "operate", tenant: "default", key: key.id } satisfies views.MeView,
  Keys: { clock, items: [key] } satisfies views.KeysView,
  KeyCreated: { clock, ...key, key: "hgk_default_0f3a9c21b7d4_<43 characters>" } satisfies views.KeyCreatedView,
  Health: {
    status: "pass",
    serviceId: "headgate",
    checks: { "store:reachable": [{ status: "pass", output: "configuration cfg_dc774f4aafadf083" }] },
  } satisfies views.HealthView,
  HookTaken: { accepted: 1 },
  ...alertingExamples,
  ...oncallExamples,
  ...trafficExamples,
  ...breakerExamples,
  ...gateExamples,
  ...deliveryExamples,
  ...flagExamples,
  ...backupExamples,
  ...recoveryExamples,
  ...costExamples,
  ...anomalyExamples,
  ...monitoringExamples,
} as const;
