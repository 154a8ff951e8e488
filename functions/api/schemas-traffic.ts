import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as trafficViews from "./views-traffic.ts";

const count = v.number();
const ms = v.pipe(v.number(), v.description("Real milliseconds."));
const share = v.pipe(v.number(), v.description("0..1."));
const policy = v.picklist([
  "round_robin",
  "weighted_round_robin",
  "least_connections",
  "least_response_time",
  "consistent_hashing",
  "data_locality_aware",
  "random",
  "power_of_two",
  "ring_hash",
  "maglev",
  "rendezvous",
]);
const source = v.picklist(["config", "fleet", "api", "deploy", "cloudmap", "ecs"]);
const numbers = v.record(v.string(), v.number());

const level = v.strictObject({
  priority: v.number(),
  healthy: count,
  total: count,
  share: v.pipe(v.number(), v.description("Percent.")),
  panic: v.boolean(),
});
const gateway = v.strictObject({
  service: v.string(),
  at: instant,
  url: opt(v.string()),
  policy,
  panic: v.boolean(),
  windowMs: v.number(),
  levels: v.array(level),
  arrived: count,
  completed: count,
  failed: count,
  refused: count,
  abandoned: count,
  retried: count,
  retriesRefused: opt(count),
  inFlight: count,
  queued: count,
  queuePlaces: opt(count),
  limited: opt(count),
  shed: opt(count),
  p50Ms: opt(ms),
  p99Ms: opt(ms),
  statuses: opt(v.record(v.string(), count)),
  versions: opt(v.record(v.string(), v.strictObject({ weight: v.number(), recent: count }))),
}) satisfies Shape<trafficViews.GatewayView>;

const TrafficServiceSummary = v.strictObject({
  service: v.string(),
  configured: v.boolean(),
  policy,
  backends: v.strictObject({
    total: count,
    ok: count,
    draining: count,
    unhealthy: count,
    ejected: count,
    circuitOpen: count,
  }),
  panic: v.boolean(),
  levels: opt(v.array(level)),
  breaker: v.picklist(["consecutive", "rate", "off"]),
  checks: v.boolean(),
  versions: opt(numbers),
  shares: opt(v.array(v.strictObject({ id: v.string(), share }))),
  gateway: opt(gateway),
}) satisfies Shape<trafficViews.TrafficServiceSummary>;

const TrafficBackend = v.strictObject({
  id: v.string(),
  host: v.string(),
  port: v.number(),
  weight: v.number(),
  maxConnections: v.number(),
  capacity: v.pipe(v.number(), v.description("Requests per second.")),
  tags: v.array(v.string()),
  zone: opt(v.string()),
  region: opt(v.string()),
  version: opt(v.string()),
  priority: v.number(),
  metadata: v.record(v.string(), v.string()),
  hashKey: opt(v.string()),
  source,
  registeredAt: instant,
  leaseUntil: opt(instant),
  drainingSince: opt(instant),
  state: v.picklist(["ok", "draining", "unhealthy", "ejected", "circuit_open"]),
  check: opt(
    v.strictObject({
      healthy: v.boolean(),
      failures: count,
      successes: count,
      checkedAt: instant,
      since: instant,
      detail: opt(v.string()),
    }),
  ),
  ejection: opt(
    v.strictObject({
      times: count,
      ejectedAt: opt(instant),
      until: opt(instant),
      why: opt(
        v.picklist([
          "consecutive_5xx",
          "consecutive_gateway_failure",
          "consecutive_local_origin_failure",
          "success_rate",
          "failure_percentage",
          "success_rate_local_origin",
          "failure_percentage_local_origin",
        ]),
      ),
    }),
  ),
  circuit: opt(
    v.strictObject({
      status: v.picklist(["closed", "open", "half_open"]),
      since: opt(instant),
      openUntil: opt(instant),
      opens: opt(count),
      forced: opt(
        v.strictObject({
          state: v.picklist(["open", "closed", "disabled"]),
          by: opt(v.string()),
          why: opt(v.string()),
          until: opt(instant),
        }),
      ),
    }),
  ),
  gateway: opt(
    v.strictObject({
      active: count,
      requests: count,
      failures: count,
      recent: opt(count),
      share: opt(share),
      p50Ms: opt(ms),
      p99Ms: opt(ms),
      averageMs: opt(ms),
      usable: v.boolean(),
      slowStartPercent: opt(v.number()),
    }),
  ),
}) satisfies Shape<trafficViews.TrafficBackendView>;

const Versions = v.strictObject({
  shares: numbers,
  asked: opt(v.strictObject({ by: v.string(), why: v.string(), at: instant })),
  verifiedAt: opt(instant),
  served: opt(v.record(v.string(), share)),
}) satisfies Shape<trafficViews.VersionsView>;

const why = {
  policy,
  host: opt(v.string()),
  reason: v.string(),
  steps: v.array(v.string()),
  panic: v.boolean(),
  candidates: v.array(
    v.strictObject({
      id: v.string(),
      picked: v.boolean(),
      excluded: opt(
        v.picklist([
          "draining",
          "unhealthy",
          "ejected",
          "circuit_open",
          "tried",
          "other_subset",
          "other_level",
          "full",
        ]),
      ),
      values: numbers,
    }),
  ),
};

const figure = v.nullable(v.number());
const figures = v.strictObject({
  policy: v.union([policy, v.literal("recorded")]),
  p50: figure,
  p99: figure,
  cv: figure,
  maxOverMean: figure,
  share: numbers,
  movedKeys: figure,
  movedKeysPct: figure,
  hostsPerKey: figure,
  failed: count,
  ejections: figure,
  refused: count,
});

/** Shapes of /api/v1/traffic, by the name they have in the document. */
export const trafficShapes = {
  TrafficServiceSummary,
  TrafficBackend,
  TrafficServices: v.strictObject({
    clock: Clock,
    items: v.array(TrafficServiceSummary),
  }) satisfies Shape<trafficViews.TrafficServicesView>,
  TrafficService: v.strictObject({
    clock: Clock,
    summary: TrafficServiceSummary,
    configVersion: v.string(),
    config: v.unknown(),
    version: v.string(),
    checksWithin: opt(v.string()),
    versions: opt(Versions),
    backends: v.array(TrafficBackend),
    cursor: opt(v.string()),
    decisions: v.array(DecisionSummary),
  }) satisfies Shape<trafficViews.TrafficServiceView>,
  BackendsRegistered: v.strictObject({
    clock: Clock,
    service: v.string(),
    registered: count,
    renewed: count,
    items: v.array(
      v.strictObject({
        id: v.string(),
        source,
        registeredAt: instant,
        leaseUntil: opt(instant),
        drainingSince: opt(instant),
      }),
    ),
  }) satisfies Shape<trafficViews.RegisteredView>,
  BackendsChanged: v.strictObject({
    clock: Clock,
    service: v.string(),
    changed: v.array(v.string()),
    unknown: v.array(v.string()),
    decision: opt(v.string()),
  }) satisfies Shape<trafficViews.BackendsChangedView>,
  TrafficPick: v.strictObject({
    clock: Clock,
    service: v.string(),
    loads: v.picklist(["gateway", "registry"]),
    omitted: opt(count),
    ...why,
  }) satisfies Shape<trafficViews.PickView>,
  TrafficReplay: v.strictObject({
    clock: Clock,
    service: v.string(),
    source: v.picklist(["given", "gateway"]),
    current: policy,
    requests: count,
    from: figure,
    to: figure,
    keys: count,
    recorded: v.nullable(figures),
    policies: v.array(figures),
    recommended: v.nullable(policy),
    recommendation: v.string(),
  }) satisfies Shape<trafficViews.TrafficReplayView>,
  VersionsSet: v.strictObject({
    clock: Clock,
    service: v.string(),
    status: v.picklist(["decided", "unchanged", "busy", "conflict"]),
    reason: opt(v.string()),
    versions: opt(Versions),
    decision: opt(DecisionSummary),
  }) satisfies Shape<trafficViews.VersionsSetView>,
} as const;
