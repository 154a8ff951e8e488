import type * as views from "./views.ts";
import type * as deliveryViews from "./views-delivery.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };
const MINUTE = 60_000;
const id = "rol_01ke5q9tk0c6m1x8z4v2b7n5qd";

const rollout: deliveryViews.RolloutSummaryView = {
  id,
  service: "orders",
  strategy: "canary",
  version: "2.4.1",
  from: "2.4.0",
  phase: "judging",
  since: now - 4 * MINUTE,
  steps: [
    { percent: 5, forMs: 10 * MINUTE, approval: false },
    { percent: 25, forMs: 5 * MINUTE, approval: false },
    { percent: 100, forMs: 5 * MINUTE, approval: true },
  ],
  step: 0,
  share: 5,
  startedAt: now - 5 * MINUTE,
  deadline: now + 24 * 60 * MINUTE,
  started: { by: "ada", why: "release 2.4.1", at: now - 5 * MINUTE },
  verdict: {
    verdict: "continue",
    reason: "undecided",
    text: "errors 1.08 × of the old version's, between 0.71 and 1.63",
    at: now,
    towardsFail: 0.04,
    towardsPass: 0.62,
  },
};

const over: deliveryViews.RolloutSummaryView = {
  ...rollout,
  id: "rol_01ke3hq2x0c6m1x8z4v2b7n5qd",
  version: "2.3.9",
  from: "2.3.8",
  phase: "rolled_back",
  share: 0,
  startedAt: now - 2_000 * MINUTE,
  endedAt: now - 1_994 * MINUTE,
  started: { by: "ada", why: "release 2.3.9", at: now - 2_000 * MINUTE },
  verdict: {
    verdict: "fail",
    reason: "more_errors",
    text: "errors 3.1 × of the old version's, between 2.4 and 4.0",
    at: now - 1_995 * MINUTE,
    towardsFail: 1.7,
  },
  failure: {
    reason: "gate_failed",
    text: "errors 3.1 × of the old version's, between 2.4 and 4.0",
    at: now - 1_995 * MINUTE,
    attempts: 2,
    logs: ["listening on 8080", "TypeError: total is undefined"],
  },
};

const decision: views.DecisionSummary = {
  id: "dec_01ke5q9tk0c6m1x8z4v2b7n5qe",
  noun: "delivery",
  subject: "rollout:orders",
  at: now - 5 * MINUTE,
  reason: "started",
  sentence: "orders: 2.4.1 is rolled out by ada: release 2.4.1",
  mode: "act",
  trigger: "api",
  acted: true,
};

const summary: deliveryViews.DeliveryServiceSummary = {
  service: "orders",
  configured: true,
  strategy: "canary",
  mode: "act",
  stable: "2.4.0",
  current: rollout,
  last: over,
};

const release: deliveryViews.ReleaseView = {
  version: "2.4.1",
  image: "registry.example/orders:2.4.1",
  environment: { DATABASE_URL: "ssm:/orders/database" },
  resources: { memoryMb: 1_024, cpus: 1 },
  ports: [{ container: 8_080, host: 0, protocol: "tcp" }],
  volumes: [],
  restartPolicy: "unless-stopped",
  health: { path: "/health", intervalMs: 30_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 },
  metricsPath: "/metrics",
};

const full: deliveryViews.RolloutView = {
  ...rollout,
  release,
  size: 4,
  hooks: { smoke: { status: "passed", asked: 1, detail: "smoke answered 200", at: now - 4.5 * MINUTE } },
  approved: {},
  served: { "2.4.0": 95, "2.4.1": 5 },
  verifiedAt: now - 4 * MINUTE,
  judgedUntil: now,
  evidence: {
    rule: "sequential",
    tick: 8,
    joint: 0.8,
    limit: 20,
    alpha: 0.05,
    kappa: 1.1,
    historyTicks: 120,
    metrics: [
      {
        metric: "errors",
        eValue: 0.8,
        passLog: 1.9,
        passLimit: 2.996,
        passRatio: 1.5,
        cleared: false,
        canary: { count: 22, requests: 2_010 },
        baseline: { count: 384, requests: 38_020 },
        ratio: 1.08,
        ratioLow: 0.71,
        ratioHigh: 1.63,
        tau2: 0.004,
        phi: 1.1,
        visibleRatio: 1.62,
      },
    ],
    visibleRatio: 1.62,
  },
  curve: [
    { at: now - 30_000, verdict: "continue", towardsFail: 0.05, towardsPass: 0.55, share: 5 },
    { at: now, verdict: "continue", towardsFail: 0.04, towardsPass: 0.62, share: 5 },
  ],
};

const version = (name: string, stable: boolean, ready: number): deliveryViews.DeliveryVersionView => ({
  version: name,
  slot: stable ? "blue" : "green",
  stable,
  desired: ready,
  pending: 0,
  running: ready,
  ready,
  failures: 0,
  attempts: ready,
  addresses: [`http://10.0.1.${stable ? 17 : 40}:8080`],
  startedAt: now - (stable ? 9_000 : 5) * MINUTE,
  responseMs: 12,
  healthData: { status: "ok" },
  logs: ["listening on 8080"],
});

/** Examples of answers of /api/v1/delivery, by the name of their shape. */
export const deliveryExamples = {
  DeliveryServices: { clock, items: [summary] } satisfies deliveryViews.DeliveryServicesView,
  DeliveryService: {
    clock,
    summary,
    configVersion: "cfg_62a72b6339c02f24",
    config: { strategy: "canary", steps: [5, 25, 100] },
    versions: [version("2.4.0", true, 4), version("2.4.1", false, 1)],
    shares: { "2.4.0": 95, "2.4.1": 5 },
    divides: true,
    trouble: [],
    rollout: full,
    commands: ["pause", "promote", "skip", "abort", "rollback"],
    dueAt: now + 30_000,
    pending: 0,
    ended: [over],
    decisions: [decision],
  } satisfies deliveryViews.DeliveryServiceView,
  ReleaseStarted: {
    clock,
    service: "orders",
    rollout: id,
    version: "2.4.1",
    strategy: "canary",
    reason: "started",
    text: "2.4.1 gets 1 instance",
    follow: "/api/v1/delivery/orders",
    warnings: [],
    decision,
  } satisfies deliveryViews.ReleaseStartedView,
  RolloutCommanded: {
    clock,
    service: "orders",
    command: "pause",
    status: "decided",
    reason: "paused",
    text: "paused by ada: lunch",
    rollout: { ...rollout, paused: { by: "ada", why: "lunch", at: now } },
    decision: { ...decision, id: "dec_01ke5q9tk0c6m1x8z4v2b7n5qf", at: now, reason: "paused" },
  } satisfies deliveryViews.RolloutCommandedView,
  Rollouts: { clock, service: "orders", items: [rollout, over] } satisfies deliveryViews.RolloutsView,
  RolloutPlan: {
    clock,
    service: "orders",
    strategy: "canary",
    divides: true,
    steps: rollout.steps,
    bakeMs: 10 * MINUTE,
    leastMs: 30 * MINUTE,
    hooks: ["smoke"],
    gate: { rule: "sequential", alpha: 0.05, everyMs: 30_000 },
    traffic: {
      from: now - 60 * MINUTE,
      to: now,
      requestsPerTick: 5_000,
      errorRate: 0.01,
      slowRate: 0.01,
      slowMs: 84,
    },
    visible: [
      { percent: 5, ratio: 1.62 },
      { percent: 25, ratio: 1.31 },
    ],
    notes: ["it waits for a person on the way"],
  } satisfies deliveryViews.RolloutPlanView,
} as const;
