import * as v from "valibot";
import { CollectedShape } from "../monitoring/collect-schema.ts";
import { alertingShapes } from "./schemas-alerting.ts";
import { anomalyShapes } from "./schemas-anomaly.ts";
import { forecastShapes } from "./schemas-autoscaling.ts";
import { tuneShapes } from "./schemas-autoscaling-tune.ts";
import { backupShapes } from "./schemas-backup.ts";
import { breakerShapes } from "./schemas-breakers.ts";
import { Clock, Fault, instant, opt, Problem, type Shape } from "./schemas-common.ts";
import { costShapes } from "./schemas-cost.ts";
import { Decision, DecisionDetail, DecisionSummary, Decisions, Replay } from "./schemas-decisions.ts";
import { deliveryShapes } from "./schemas-delivery.ts";
import { Evaluation } from "./schemas-evaluation.ts";
import { flagShapes } from "./schemas-flags.ts";
import { gateShapes } from "./schemas-gates.ts";
import { monitoringShapes } from "./schemas-monitoring.ts";
import { oncallShapes } from "./schemas-oncall.ts";
import { recoveryShapes } from "./schemas-recovery.ts";
import { Series, Service, ServiceSummary, Services } from "./schemas-services.ts";
import { trafficShapes } from "./schemas-traffic.ts";
import type * as views from "./views.ts";
import type { HookTakenView } from "./views-hooks.ts";

/**
 * Shapes of what the API answers, for the OpenAPI document and for the tests that hold answers against it. Never loaded
 * by a function. `satisfies` ties each of them to the type in views.ts.
 */
const Autoscaling = v.strictObject({
  clock: Clock,
  service: v.string(),
  configVersion: v.string(),
  config: v.unknown(),
  state: opt(v.unknown()),
  pending: v.number(),
  dueAt: opt(instant),
  alarms: v.array(
    v.strictObject({
      name: v.string(),
      metric: v.string(),
      stat: v.string(),
      comparison: v.string(),
      threshold: v.number(),
      periodMs: v.number(),
      datapoints: v.number(),
      evaluationPeriods: v.number(),
      purpose: v.picklist(["out", "in"]),
      since: opt(instant),
    }),
  ),
});
const Command = v.strictObject({ command: Evaluation, evaluation: opt(Evaluation) }) satisfies Shape<views.CommandView>;
const Backtest = v.strictObject({
  policy: v.string(),
  minutes: v.number(),
  violationMinutes: v.number(),
  taskHours: v.number(),
  oracleTaskHours: v.number(),
  costRatio: v.number(),
  j: v.number(),
  worstWaitSeconds: v.number(),
  actionsPerDay: v.number(),
  elapsedMs: v.number(),
  notes: v.array(v.string()),
  warnings: v.array(Fault),
}) satisfies Shape<views.BacktestView>;

const Config = v.strictObject({
  clock: Clock,
  version: opt(v.string()),
  appliedAt: opt(instant),
  by: opt(v.string()),
  text: opt(v.string()),
  config: opt(v.unknown()),
}) satisfies Shape<views.ConfigView>;
const ConfigCheck = v.strictObject({
  ok: v.boolean(),
  version: opt(v.string()),
  faults: v.array(Fault),
}) satisfies Shape<views.ConfigCheckView>;
const names = v.array(v.string());
const plan = {
  version: v.string(),
  current: opt(v.string()),
  changes: v.array(v.strictObject({ path: v.string(), from: opt(v.unknown()), to: opt(v.unknown()) })),
  alarms: v.strictObject({
    created: names,
    updated: names,
    removed: names,
    unchanged: v.number(),
    skipped: opt(v.array(v.strictObject({ name: v.string(), why: v.string() }))),
  }),
  warnings: opt(names),
};
const ConfigPlan = v.strictObject(plan) satisfies Shape<views.ConfigPlanView>;
const ConfigApplied = v.strictObject({
  ...plan,
  previous: opt(v.string()),
  unchanged: v.boolean(),
}) satisfies Shape<views.ConfigAppliedView>;

const key = {
  id: v.string(),
  name: v.string(),
  scope: v.picklist(["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"]),
  createdAt: instant,
  by: v.string(),
  expiresAt: opt(instant),
};
const Me = v.strictObject({
  clock: Clock,
  name: v.string(),
  scope: key.scope,
  tenant: v.string(),
  key: opt(v.string()),
}) satisfies Shape<views.MeView>;
const Key = v.strictObject(key) satisfies Shape<views.KeyView>;
const Keys = v.strictObject({
  clock: Clock,
  items: v.array(Key),
  cursor: opt(v.string()),
}) satisfies Shape<views.KeysView>;
const KeyCreated = v.strictObject({ clock: Clock, ...key, key: opt(v.string()) }) satisfies Shape<views.KeyCreatedView>;

const health = v.picklist(["pass", "warn", "fail"]);
const check = v.strictObject({
  status: health,
  output: opt(v.string()),
  observedValue: opt(v.number()),
  observedUnit: opt(v.string()),
}) satisfies Shape<views.HealthCheck>;
const Health = v.strictObject({
  status: health,
  serviceId: opt(v.string()),
  checks: opt(v.record(v.string(), v.array(check))),
}) satisfies Shape<views.HealthView>;

const HookTaken = v.strictObject({ accepted: v.number(), why: opt(v.string()) }) satisfies Shape<HookTakenView>;

/** By the name they have in the document. */
export const shapes = {
  Clock,
  Fault,
  Problem,
  DecisionSummary,
  Decisions,
  Decision,
  DecisionDetail,
  Replay,
  ServiceSummary,
  Services,
  Service,
  Series,
  Autoscaling,
  Evaluation,
  Command,
  Backtest,
  ...tuneShapes,
  ...forecastShapes,
  Config,
  ConfigCheck,
  ConfigPlan,
  ConfigApplied,
  Me,
  Key,
  Keys,
  KeyCreated,
  Health,
  HookTaken,
  ...alertingShapes,
  ...oncallShapes,
  ...trafficShapes,
  ...breakerShapes,
  ...gateShapes,
  ...deliveryShapes,
  ...flagShapes,
  ...backupShapes,
  ...recoveryShapes,
  ...costShapes,
  ...anomalyShapes,
  ...monitoringShapes,
  Collected: CollectedShape,
} as const;

export type ShapeName = keyof typeof shapes;
