import * as v from "valibot";
import { Clock, instant, mode, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import { gateReason, verdictName } from "./schemas-verdicts.ts";
import type * as views from "./views-delivery.ts";

const count = v.number();
const ms = v.pipe(v.number(), v.description("Milliseconds of the control plane's clock."));
const percent = v.pipe(v.number(), v.description("Percent."));
const shares = v.pipe(v.record(v.string(), v.number()), v.description("Percent by version."));
const strategy = v.picklist(["canary", "blue-green", "rolling", "all-at-once", "flink-blue-green"]);
const towards = v.pipe(v.number(), v.description("Evidence over what decides: 1 and more does."));
const said = v.strictObject({ by: v.string(), why: v.string(), at: instant });
const command = v.picklist(["pause", "resume", "promote", "skip", "approve", "abort", "rollback"]);

const step = v.strictObject({ percent, forMs: ms, approval: v.boolean() });
const verdict = v.strictObject({
  verdict: verdictName,
  reason: gateReason,
  text: v.string(),
  at: instant,
  towardsFail: opt(towards),
  towardsPass: opt(towards),
}) satisfies Shape<views.RolloutVerdictView>;
const failure = v.strictObject({
  reason: v.picklist([
    "never_healthy",
    "became_unhealthy",
    "hopeless_start",
    "hook_failed",
    "gate_failed",
    "gate_insufficient",
    "shares_not_served",
    "deadline",
    "aborted",
    "refused",
    "alert",
    "old_version_gone",
  ]),
  text: v.string(),
  at: instant,
  by: opt(v.string()),
  logs: opt(v.array(v.string())),
  attempts: opt(count),
}) satisfies Shape<views.RolloutFailureView>;

const summary = {
  id: v.string(),
  service: v.string(),
  strategy,
  version: v.string(),
  from: opt(v.string()),
  phase: v.picklist([
    "starting",
    "checking",
    "shifting",
    "judging",
    "approval",
    "baking",
    "retiring",
    "returning",
    "cleaning",
    "promoted",
    "rolled_back",
  ]),
  since: instant,
  steps: v.array(step),
  step: v.pipe(v.number(), v.description("Index into steps; -1 before the first.")),
  share: percent,
  startedAt: instant,
  endedAt: opt(instant),
  deadline: instant,
  started: said,
  paused: opt(said),
  verdict: opt(verdict),
  failure: opt(failure),
};
const RolloutSummary = v.strictObject(summary) satisfies Shape<views.RolloutSummaryView>;

const DeliveryServiceSummary = v.strictObject({
  service: v.string(),
  configured: v.boolean(),
  strategy,
  mode,
  stable: opt(v.string()),
  current: opt(RolloutSummary),
  last: opt(RolloutSummary),
}) satisfies Shape<views.DeliveryServiceSummary>;

const version = v.strictObject({
  version: v.string(),
  slot: opt(v.string()),
  stable: v.boolean(),
  desired: count,
  pending: count,
  running: count,
  ready: count,
  failures: count,
  attempts: count,
  trouble: opt(v.string()),
  addresses: v.array(v.string()),
  startedAt: opt(instant),
  responseMs: opt(v.pipe(v.number(), v.description("Real milliseconds."))),
  healthData: opt(v.unknown()),
  logs: v.array(v.string()),
}) satisfies Shape<views.DeliveryVersionView>;

const arm = v.strictObject({ count, requests: count });
const metric = v.strictObject({
  metric: v.picklist(["errors", "slow"]),
  eValue: v.number(),
  passLog: v.number(),
  passLimit: v.number(),
  passRatio: v.number(),
  cleared: v.boolean(),
  canary: arm,
  baseline: arm,
  ratio: opt(v.number()),
  ratioLow: opt(v.number()),
  ratioHigh: opt(v.number()),
  tau2: v.number(),
  phi: v.number(),
  visibleRatio: opt(v.number()),
});
const evidence = v.strictObject({
  rule: v.picklist(["sequential", "threshold", "kayenta"]),
  tick: count,
  decidedTick: opt(count),
  decidedT: opt(v.number()),
  joint: opt(v.number()),
  limit: opt(v.number()),
  alpha: opt(v.number()),
  kappa: opt(v.number()),
  historyTicks: opt(count),
  metrics: opt(v.array(metric)),
  visibleRatio: opt(v.nullable(v.number())),
  values: opt(v.record(v.string(), v.nullable(v.union([v.number(), v.string()])))),
  missing: opt(v.strictObject({ ticks: count, share: v.number() })),
}) satisfies Shape<NonNullable<views.RolloutView["evidence"]>>;

const hook = v.looseObject({
  status: v.picklist(["waiting", "passed", "failed"]),
  asked: count,
  detail: opt(v.string()),
  at: instant,
});
const release = v.strictObject({
  version: v.string(),
  image: opt(v.string()),
  command: opt(v.array(v.string())),
  environment: v.record(v.string(), v.string()),
  resources: v.strictObject({ memoryMb: v.number(), cpus: v.number() }),
  ports: v.array(v.strictObject({ container: v.number(), host: v.number(), protocol: v.picklist(["tcp", "udp"]) })),
  volumes: v.array(v.strictObject({ source: v.string(), target: v.string(), readOnly: v.boolean() })),
  restartPolicy: v.picklist(["no", "always", "on-failure", "unless-stopped"]),
  health: v.strictObject({
    path: opt(v.string()),
    command: opt(v.array(v.string())),
    intervalMs: v.number(),
    timeoutMs: v.number(),
    retries: v.number(),
    startPeriodMs: v.number(),
  }),
  metricsPath: v.string(),
}) satisfies Shape<views.ReleaseView>;
const rollout = v.strictObject({
  ...summary,
  release,
  size: count,
  hooks: v.record(v.string(), hook),
  approved: v.record(v.string(), said),
  served: opt(shares),
  verifiedAt: opt(instant),
  judgedUntil: opt(instant),
  evidence: opt(evidence),
  curve: v.array(
    v.strictObject({
      at: instant,
      verdict: verdictName,
      reason: opt(gateReason),
      towardsFail: opt(towards),
      towardsPass: opt(towards),
      share: percent,
    }),
  ),
}) satisfies Shape<views.RolloutView>;

/** Shapes of /api/v1/delivery, by the name they have in the document. */
export const deliveryShapes = {
  RolloutSummary,
  DeliveryServiceSummary,
  Rollout: rollout,
  DeliveryServices: v.strictObject({
    clock: Clock,
    items: v.array(DeliveryServiceSummary),
  }) satisfies Shape<views.DeliveryServicesView>,
  DeliveryService: v.strictObject({
    clock: Clock,
    summary: DeliveryServiceSummary,
    configVersion: v.string(),
    config: v.unknown(),
    versions: opt(v.array(version)),
    shares: opt(shares),
    divides: v.boolean(),
    trouble: v.array(v.string()),
    rollout: opt(rollout),
    commands: v.array(command),
    dueAt: opt(instant),
    pending: count,
    ended: v.array(RolloutSummary),
    decisions: v.array(DecisionSummary),
    flink: opt(v.unknown()),
  }) satisfies Shape<views.DeliveryServiceView>,
  ReleaseStarted: v.strictObject({
    clock: Clock,
    service: v.string(),
    rollout: opt(v.string()),
    version: v.string(),
    strategy,
    reason: v.string(),
    text: v.string(),
    follow: v.string(),
    warnings: v.array(v.string()),
    decision: opt(DecisionSummary),
  }) satisfies Shape<views.ReleaseStartedView>,
  RolloutCommanded: v.strictObject({
    clock: Clock,
    service: v.string(),
    command,
    status: v.picklist(["decided", "unchanged"]),
    reason: v.string(),
    text: v.string(),
    rollout: opt(RolloutSummary),
    decision: opt(DecisionSummary),
  }) satisfies Shape<views.RolloutCommandedView>,
  Rollouts: v.strictObject({
    clock: Clock,
    service: v.string(),
    items: v.array(RolloutSummary),
    cursor: opt(v.string()),
  }) satisfies Shape<views.RolloutsView>,
  RolloutPlan: v.strictObject({
    clock: Clock,
    service: v.string(),
    strategy,
    divides: v.boolean(),
    steps: v.array(step),
    bakeMs: ms,
    leastMs: ms,
    hooks: v.array(v.string()),
    gate: v.strictObject({
      rule: v.picklist(["sequential", "threshold", "kayenta", "off"]),
      alpha: opt(v.number()),
      everyMs: ms,
    }),
    traffic: opt(
      v.strictObject({
        from: instant,
        to: instant,
        requestsPerTick: v.number(),
        errorRate: v.number(),
        slowRate: opt(v.number()),
        slowMs: opt(v.number()),
      }),
    ),
    visible: opt(
      v.array(v.strictObject({ percent, ratio: v.nullable(v.number()), slow: opt(v.nullable(v.number())) })),
    ),
    notes: v.array(v.string()),
  }) satisfies Shape<views.RolloutPlanView>,
} as const;
