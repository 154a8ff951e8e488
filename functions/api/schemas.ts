import * as v from "valibot";
import type * as views from "./views.ts";

/**
 * Shapes of what the API answers, for the OpenAPI document and for the tests that hold answers against it. Never loaded
 * by a function. `satisfies` ties each of them to the type in views.ts.
 */
type Shape<T> = v.GenericSchema<unknown, T>;
const opt = v.exactOptional;
const instant = v.pipe(v.number(), v.description("Epoch milliseconds of the control plane's clock."));
const mode = v.picklist(["observe", "recommend", "act"]);
const direction = v.picklist(["all", "out", "in"]);

const Clock = v.strictObject({ now: instant, speed: v.number(), simulated: v.boolean() }) satisfies Shape<views.ClockView>;
const Fault = v.strictObject({
  path: v.string(),
  message: v.string(),
  line: opt(v.number()),
  column: opt(v.number()),
  value: opt(v.string()),
  allowed: opt(v.string()),
}) satisfies Shape<views.FaultView>;

const Problem = v.strictObject({
  type: v.pipe(v.string(), v.description("urn:headgate:error:<code>")),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  instance: opt(v.string()),
  code: v.pipe(v.string(), v.description("Stable; listed in docs/errors.md.")),
  faults: opt(v.array(Fault)),
}) satisfies Shape<views.Problem>;

const DecisionSummary = v.strictObject({
  id: v.string(),
  noun: v.string(),
  subject: v.string(),
  at: instant,
  reason: v.string(),
  sentence: v.string(),
  mode,
  trigger: v.string(),
  desired: opt(v.number()),
  from: opt(v.number()),
  acted: v.boolean(),
  outcome: opt(v.string()),
}) satisfies Shape<views.DecisionSummary>;

const Decisions = v.strictObject({
  clock: Clock,
  items: v.array(DecisionSummary),
  cursor: opt(v.string()),
}) satisfies Shape<views.DecisionsView>;

const json = v.unknown();
const clause = v.strictObject({
  kind: v.picklist(["input", "computed", "clamped", "vetoed", "held", "chosen", "changed"]),
  rule: v.string(),
  text: v.string(),
  values: v.record(v.string(), json),
});
const actionResult = v.strictObject({
  key: v.string(),
  status: v.picklist(["done", "refused", "superseded", "failed", "skipped"]),
  at: instant,
  detail: v.string(),
});
const Decision = v.strictObject({
  v: v.literal(1),
  id: v.string(),
  tenant: v.string(),
  noun: v.string(),
  subject: v.string(),
  at: instant,
  trigger: v.strictObject({
    type: v.picklist(["alarm", "schedule", "sweep", "timer", "api", "queue", "recovery"]),
    id: opt(v.string()),
    detail: opt(v.string()),
  }),
  mode,
  configVersion: v.string(),
  config: json,
  input: json,
  stateBefore: json,
  reason: v.string(),
  trace: v.array(clause),
  actions: v.array(v.looseObject({ type: v.string(), key: v.string() })),
  stateAfter: json,
  outcomes: v.array(
    v.strictObject({
      phase: v.picklist(["performed", "observed"]),
      at: instant,
      results: opt(v.array(actionResult)),
      text: v.string(),
      values: opt(v.record(v.string(), json)),
    }),
  ),
  traceId: v.string(),
  sentence: v.string(),
});
const DecisionDetail = v.strictObject({ clock: Clock, decision: Decision, explanation: v.array(v.string()) });

const Replay = v.strictObject({
  checked: v.number(),
  same: v.number(),
  skipped: v.number(),
  cursor: opt(v.string()),
  differences: v.array(
    v.strictObject({ id: v.string(), path: v.string(), recorded: opt(v.unknown()), recomputed: opt(v.unknown()) }),
  ),
});

const point = v.strictObject({ at: instant, value: v.number() });
const instance = v.strictObject({
  id: v.string(),
  state: v.picklist(["pending", "running", "draining", "failed"]),
  ready: v.boolean(),
  startedAt: opt(instant),
  address: opt(v.string()),
  detail: opt(v.string()),
});
const ServiceSummary = v.strictObject({
  name: v.string(),
  runsOn: v.picklist(["local", "ecs", "other"]),
  health: v.picklist(["ok", "degraded", "failing", "unknown"]),
  status: opt(
    v.strictObject({
      desired: v.number(),
      pending: v.number(),
      running: v.number(),
      ready: v.number(),
      deploying: v.boolean(),
      instances: v.array(instance),
      at: instant,
      trouble: opt(v.string()),
    }),
  ),
  mode: opt(mode),
  min: opt(v.number()),
  max: opt(v.number()),
  paused: opt(v.strictObject({ by: v.string(), why: v.string(), until: opt(instant), direction })),
  override: opt(v.strictObject({ by: v.string(), why: v.string(), until: instant, desired: v.number() })),
  latest: v.record(v.string(), v.strictObject({ at: instant, value: v.number(), unit: v.string() })),
  load: v.strictObject({ metric: v.string(), unit: v.string(), points: v.array(point) }),
  lastDecision: opt(DecisionSummary),
}) satisfies Shape<views.ServiceSummary>;

const Services = v.strictObject({ clock: Clock, state: v.string(), items: v.array(ServiceSummary) }) satisfies Shape<views.ServicesView>;
const Service = v.strictObject({
  clock: Clock,
  service: ServiceSummary,
  autoscaling: opt(v.unknown()),
  decisions: v.array(DecisionSummary),
}) satisfies Shape<views.ServiceView>;
const Series = v.strictObject({
  clock: Clock,
  from: instant,
  to: instant,
  series: v.array(
    v.strictObject({
      metric: v.string(),
      unit: v.string(),
      periodMs: v.number(),
      points: v.array(point),
      status: v.picklist(["complete", "partial", "failed"]),
    }),
  ),
}) satisfies Shape<views.SeriesView>;

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
const Evaluation = v.strictObject({
  clock: Clock,
  service: v.string(),
  status: v.picklist(["decided", "unchanged", "busy", "conflict"]),
  reason: opt(v.string()),
  decision: opt(DecisionSummary),
  results: v.array(v.strictObject({ status: v.string(), detail: v.string() })),
}) satisfies Shape<views.EvaluationView>;
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
const ConfigCheck = v.strictObject({ ok: v.boolean(), version: opt(v.string()), faults: v.array(Fault) }) satisfies Shape<views.ConfigCheckView>;
const names = v.array(v.string());
const plan = {
  version: v.string(),
  current: opt(v.string()),
  changes: v.array(v.strictObject({ path: v.string(), from: opt(v.unknown()), to: opt(v.unknown()) })),
  alarms: v.strictObject({ created: names, updated: names, removed: names, unchanged: v.number() }),
};
const ConfigPlan = v.strictObject(plan) satisfies Shape<views.ConfigPlanView>;
const ConfigApplied = v.strictObject({ ...plan, previous: opt(v.string()), unchanged: v.boolean() }) satisfies Shape<views.ConfigAppliedView>;

const key = {
  id: v.string(),
  name: v.string(),
  scope: v.picklist(["read", "operate", "admin"]),
  createdAt: instant,
  by: v.string(),
  expiresAt: opt(instant),
};
const Key = v.strictObject(key) satisfies Shape<views.KeyView>;
const Keys = v.strictObject({ clock: Clock, items: v.array(Key), cursor: opt(v.string()) }) satisfies Shape<views.KeysView>;
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
  Config,
  ConfigCheck,
  ConfigPlan,
  ConfigApplied,
  Key,
  Keys,
  KeyCreated,
  Health,
} as const;

export type ShapeName = keyof typeof shapes;
