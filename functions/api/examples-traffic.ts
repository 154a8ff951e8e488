import type * as views from "./views.ts";
import type * as trafficViews from "./views-traffic.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };

const gateway: trafficViews.GatewayView = {
  service: "orders",
  at: now,
  url: "http://127.0.0.1:4181",
  policy: "least_response_time",
  panic: false,
  windowMs: 60_000,
  levels: [{ priority: 0, healthy: 1, total: 2, share: 100, panic: false }],
  arrived: 12_480,
  completed: 12_431,
  failed: 47,
  refused: 0,
  abandoned: 2,
  retried: 31,
  inFlight: 6,
  queued: 0,
  queuePlaces: 512,
  p50Ms: 11,
  p99Ms: 84,
};

const summary: trafficViews.TrafficServiceSummary = {
  service: "orders",
  configured: true,
  policy: "least_response_time",
  backends: { total: 2, ok: 1, draining: 0, unhealthy: 0, ejected: 1, circuitOpen: 0 },
  panic: false,
  breaker: "consecutive",
  checks: true,
  shares: [
    { id: "10.0.1.17:8080", share: 0.97 },
    { id: "10.0.2.40:8080", share: 0.03 },
  ],
  gateway,
};

const backend: trafficViews.TrafficBackendView = {
  id: "10.0.2.40:8080",
  host: "10.0.2.40",
  port: 8080,
  weight: 1,
  maxConnections: 100,
  capacity: 1000,
  tags: ["region-eu"],
  zone: "eu-central-1b",
  version: "v2",
  priority: 0,
  metadata: {},
  source: "deploy",
  registeredAt: now - 3_600_000,
  leaseUntil: now + 61_000,
  state: "ejected",
  check: { healthy: true, failures: 0, successes: 2, checkedAt: now - 9_000, since: now - 3_580_000 },
  ejection: { times: 1, ejectedAt: now - 12_000, until: now + 18_000, why: "consecutive_5xx" },
  circuit: { status: "open", since: now - 12_000, openUntil: now + 48_000, opens: 1 },
  gateway: { active: 0, requests: 6_204, failures: 44, recent: 18, share: 0.03, p50Ms: 12, p99Ms: 510, usable: false },
};

const ejected: views.DecisionSummary = {
  id: "dec_01ke5q9bk0t2k8m5v7p3r1xw4z",
  noun: "traffic",
  subject: "ejection:orders/10.0.2.40:8080",
  at: now - 12_000,
  reason: "passively_ejected",
  sentence: "orders/10.0.2.40:8080 is ejected: 5 answers of 5xx in a row",
  mode: "act",
  trigger: "queue",
  acted: false,
};

const changed: trafficViews.BackendsChangedView = {
  clock,
  service: "orders",
  changed: ["10.0.2.40:8080"],
  unknown: [],
  decision: "dec_01k2h3m4n5p6q7r8s9t0v1w2x3",
};

const figures = <P extends string>(policy: P, p50: number, p99: number) => ({
  policy,
  p50,
  p99,
  cv: 0.02,
  maxOverMean: 1.03,
  share: { "10.0.1.17:8080": 0.51, "10.0.2.40:8080": 0.49 },
  movedKeys: null,
  movedKeysPct: null,
  hostsPerKey: 1.9,
  failed: 4,
  ejections: policy === "recorded" ? null : 1,
  refused: 0,
});

/** Examples of the answers of /api/v1/traffic. */
export const trafficExamples = {
  TrafficServices: { clock, items: [summary] } satisfies trafficViews.TrafficServicesView,
  TrafficService: {
    clock,
    summary,
    configVersion: "cfg_dc774f4aafadf083",
    config: { balance: { policy: "least_response_time" }, panic: 50 },
    version: "9f06c7a41d2be830",
    checksWithin:
      "A backend that stops answering is passed over by checks after at most 95 s (and up to 3 s more by jitter): 3 failed checks in a row, one every 30 s, the last one waits 5 s. Passive detection acts sooner where there is traffic.",
    backends: [backend],
    cursor: "10.0.2.40%3A8080",
    decisions: [ejected],
  } satisfies trafficViews.TrafficServiceView,
  BackendsRegistered: {
    clock,
    service: "orders",
    registered: 1,
    renewed: 0,
    items: [{ id: "10.0.2.40:8080", source: "deploy", registeredAt: now, leaseUntil: now + 90_000 }],
  } satisfies trafficViews.RegisteredView,
  BackendsChanged: changed,
  TrafficPick: {
    clock,
    service: "orders",
    loads: "registry",
    policy: "maglev",
    host: "10.0.1.17:8080",
    reason: "picked",
    steps: ["level 0 takes 100 %", "maglev: the key's place in the table belongs to 10.0.1.17:8080"],
    panic: false,
    candidates: [
      { id: "10.0.1.17:8080", picked: true, values: { weight: 1 } },
      { id: "10.0.2.40:8080", picked: false, excluded: "ejected", values: {} },
    ],
  } satisfies trafficViews.PickView,
  TrafficReplay: {
    clock,
    service: "orders",
    source: "gateway",
    current: "round_robin",
    requests: 5_000,
    from: now - 60_000,
    to: now,
    keys: 1_204,
    recorded: figures("recorded", 11, 92),
    policies: [figures("round_robin", 11, 88), figures("least_response_time", 10, 41)],
    recommended: "least_response_time",
    recommendation: "least_response_time: p99 41 ms instead of 92 ms",
  } satisfies trafficViews.TrafficReplayView,
  VersionsSet: {
    clock,
    service: "orders",
    status: "decided",
    reason: "versions_set",
    versions: { shares: { v1: 95, v2: 5 }, asked: { by: "ada", why: "canary of v2", at: now } },
    decision: {
      ...ejected,
      id: "dec_01ke5q9tk0c6m1x8z4v2b7n5qd",
      subject: "versions:orders",
      at: now,
      reason: "versions_set",
      sentence: "orders: v1 95 %, v2 5 %, asked for by ada: canary of v2",
      trigger: "api",
      acted: true,
    },
  } satisfies trafficViews.VersionsSetView,
};
