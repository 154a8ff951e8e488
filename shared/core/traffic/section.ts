import * as v from "valibot";
import { duration, either, integer, is, isText, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { BreakerPolicySchema } from "./breaker/policy.ts";
import type { PolicyName } from "./types.ts";

const name = v.pipe(
  v.string(),
  v.regex(/^[^\s\p{Cc}\p{Cs}]{1,200}$/u, "1..200 characters without blanks and control characters"),
);
const percent = number(0, 100);
const path = v.pipe(v.string(), v.regex(/^\/[^\s]*$/, "path starting with /"));
const headerName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "HTTP header name"));
const text = v.pipe(v.string(), v.maxLength(500));

/** A backend as people write it; see `Backend` for the meaning of each. */
export const BackendSpec = v.strictObject({
  id: v.optional(name),
  host: v.pipe(v.string(), v.regex(/^[^\s/@?#\p{Cc}\p{Cs}]{1,253}$/u, "host name or address")),
  port: integer(1, 65_535),
  weight: v.optional(v.pipe(number(0, 1_000_000), v.gtValue(0, "greater than 0")), 1),
  maxConnections: v.optional(integer(0, 1_000_000), 100),
  capacity: v.optional(number(0, 10_000_000), 1000),
  tags: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), []),
  zone: v.optional(name),
  region: v.optional(name),
  version: v.optional(name),
  priority: v.optional(integer(0, 128), 0),
  metadata: v.optional(v.record(v.string(), v.string()), {}),
  hashKey: v.optional(text),
});

/** Every policy, the platform's first. */
export const POLICIES = [
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
] as const satisfies readonly PolicyName[];

/** A policy and its settings; just the name takes the defaults. */
const PolicySettings = v.strictObject({
  policy: v.picklist(POLICIES),
  /** `consistent_hashing`: which table. */
  table: v.optional(v.picklist(["maglev", "ring"]), "maglev"),
  /** Prime, more than 100 × backends for shares within 1 %. Envoy's default. */
  tableSize: v.optional(integer(2, 5_000_011), 65_537),
  /** Ring: points of a backend of weight 1, whoever else is there (ketama's 160): only the keys of one that goes move. */
  pointsPerHost: v.optional(integer(1, 10_000), 160),
  /** Ring: points of all backends together, at least and at most. With a minimum the ring is Envoy's, whose default is 1,024. */
  minimumRingSize: v.optional(integer(1, 8_388_608)),
  maximumRingSize: v.optional(integer(1, 8_388_608), 8_388_608),
  /** No backend above so many percent of the average in flight (Envoy's hash_balance_factor; 0: unbounded; HAProxy: 125..200). */
  balanceFactor: v.optional(v.union([v.literal(0), integer(100, 100_000)]), 0),
  /**
   * How many are drawn and compared; "all" compares every one. Default: 2 for `power_of_two`, all for `least_connections` (whose
   * Envoy default is 2) and `least_response_time`.
   */
  choices: v.optional(v.union([v.literal("all"), integer(1, 1000)])),
  /** `least_connections` with weights: weight / (active + 1)^bias. */
  activeBias: v.optional(number(0, 100), 1),
  /** `weighted_round_robin`: so many failures take all of a host's weight, which comes back by 1 a pick (nginx); default: none do. */
  maxFails: v.optional(integer(1, 1000)),
  /** `least_response_time`: time in which the weight of an old response time falls to 1/e. */
  decay: v.optional(duration(10, HOUR_MS), "10s"),
  /** `data_locality_aware`: unit of the average response in the score; the platform's formula names none. */
  responseUnit: v.optional(v.picklist(["ms", "s"]), "ms"),
  /** `data_locality_aware`: `seed` is the platform's, with its quirks (unknown response adds nothing, ties go to the first). */
  variant: v.optional(v.picklist(["default", "seed"]), "default"),
});

const Policy = either(
  isText,
  v.pipe(
    v.picklist(POLICIES),
    v.transform((policy) => ({ policy })),
    PolicySettings,
  ),
  PolicySettings,
);

const Health = v.strictObject({
  every: v.optional(duration(SECOND_MS, HOUR_MS), "30s"),
  timeout: v.optional(duration(10, MINUTE_MS), "5s"),
  /** Failed checks in a row that eject. */
  unhealthy: v.optional(integer(1, 100), 3),
  /** Passed checks in a row that return. */
  healthy: v.optional(integer(1, 100), 2),
  /** Share of `every` by which each check is moved, so that not all come at once. */
  jitter: v.optional(number(0, 1), 0.1),
  path: v.optional(path, "/health"),
  port: v.optional(integer(1, 65_535)),
  host: v.optional(text),
  /** Statuses that pass, as ranges: "200-299". */
  status: v.optional(v.array(v.pipe(v.string(), v.regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, "200 or 200-299"))), ["200-299"]),
  /** Members of a JSON body and the values that pass, by path with dots: { status: [pass, warn] }. */
  json: v.optional(v.record(v.string(), v.array(v.union([v.string(), v.number(), v.boolean(), v.null()])))),
});

/** Envoy's outlier detection with its defaults; each detector has an `enforcing` share in percent (0: seen only). */
const Outlier = v.strictObject({
  consecutive5xx: v.optional(integer(0, 1_000_000), 5),
  enforcingConsecutive5xx: v.optional(percent, 100),
  consecutiveGatewayFailure: v.optional(integer(0, 1_000_000), 5),
  enforcingConsecutiveGatewayFailure: v.optional(percent, 0),
  splitLocalOrigin: v.optional(v.boolean(), false),
  consecutiveLocalOriginFailure: v.optional(integer(0, 1_000_000), 5),
  enforcingConsecutiveLocalOriginFailure: v.optional(percent, 100),
  interval: v.optional(duration(100, HOUR_MS), "10s"),
  baseEjection: v.optional(duration(100, DAY_MS), "30s"),
  maxEjection: v.optional(duration(100, DAY_MS), "300s"),
  ejectionJitter: v.optional(duration(0, HOUR_MS), "0s"),
  /** At least one host may always be ejected. */
  maxEjectedPercent: v.optional(percent, 10),
  successRateMinimumHosts: v.optional(integer(1, 1_000_000), 5),
  successRateRequestVolume: v.optional(integer(1, 1_000_000), 100),
  /** Thousandths of a standard deviation: 1900 is mean − 1.9 stdev. */
  successRateStdevFactor: v.optional(integer(0, 100_000), 1900),
  enforcingSuccessRate: v.optional(percent, 100),
  enforcingLocalOriginSuccessRate: v.optional(percent, 100),
  failurePercentageThreshold: v.optional(percent, 85),
  failurePercentageMinimumHosts: v.optional(integer(1, 1_000_000), 5),
  failurePercentageRequestVolume: v.optional(integer(1, 1_000_000), 50),
  enforcingFailurePercentage: v.optional(percent, 0),
  enforcingFailurePercentageLocalOrigin: v.optional(percent, 0),
});

const SlowStart = v.strictObject({
  window: duration(100, HOUR_MS),
  aggression: v.optional(number(0.01, 100), 1),
  /** Percent of its weight that a host has at the very beginning. */
  minWeight: v.optional(percent, 10),
});

/** What a request is hashed by; the first that is there counts. */
const HashBy = either(
  isText,
  v.picklist(["path", "source"]),
  v.pipe(
    v.strictObject({
      header: v.optional(headerName),
      cookie: v.optional(v.pipe(v.string(), v.regex(/^[^\s=;,"]{1,100}$/, "cookie name"))),
      query: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
      /** Of the cookie that is given to callers who have none. */
      ttl: v.optional(duration(0, 365 * DAY_MS)),
    }),
    v.check(
      ({ header, cookie, query }) => [header, cookie, query].filter((one) => one !== undefined).length === 1,
      "exactly one of header, cookie and query",
    ),
    v.check(({ cookie, ttl }) => ttl === undefined || cookie !== undefined, "only a cookie has a ttl"),
  ),
);

const Retry = v.strictObject({
  /** Tries beyond the first. */
  max: v.optional(integer(0, 10), 3),
  /** Retries in flight, in percent of the requests in flight (Envoy's default 20)… */
  budget: v.optional(percent, 20),
  /** …but so many in any case. */
  budgetMinimum: v.optional(integer(0, 1000), 3),
  perTryTimeout: v.optional(duration(1, HOUR_MS)),
  backoff: v.optional(duration(0, MINUTE_MS), "25ms"),
  on: v.optional(v.array(v.picklist(["connect", "reset", "timeout", "502", "503", "504", "5xx"])), [
    "connect",
    "reset",
    "503",
  ]),
});

const Limits = v.strictObject({
  /** Requests per second that are let in. */
  rate: v.optional(v.pipe(number(0, 10_000_000), v.gtValue(0, "greater than 0"))),
  burst: v.optional(integer(1, 10_000_000)),
  /** Requests in flight; default: the sum of the backends' maxConnections. */
  concurrency: v.optional(integer(1, 10_000_000)),
  queue: v.optional(integer(0, 100_000), 512),
  queueTimeout: v.optional(duration(0, HOUR_MS), "5s"),
  /** Header that names a request's priority: 0 is most important, 7 least; absent 4. When saturated the least goes first. */
  priorityHeader: v.optional(headerName, "x-priority"),
});

const Discover = v.strictObject({
  cloudMap: v.optional(
    v.strictObject({
      namespace: name,
      service: name,
      region: v.optional(name),
      /** Of instances that name none, as those of plain A records do. */
      port: v.optional(integer(1, 65_535)),
    }),
  ),
  /** Tasks of the service's own `ecs` cluster and service. */
  ecs: v.optional(v.strictObject({ port: integer(1, 65_535) })),
  every: v.optional(duration(SECOND_MS, HOUR_MS), "60s"),
});

/**
 * Where weights of versions are set on AWS: the rule (or default action of the listener) that forwards to one target group per version, or
 * the alias of a function.
 */
const Weights = v.pipe(
  v.strictObject({
    alb: v.optional(
      v.pipe(
        v.strictObject({
          rule: v.optional(v.pipe(v.string(), v.startsWith("arn:"))),
          listener: v.optional(v.pipe(v.string(), v.startsWith("arn:"))),
          /** Version → ARN of its target group. */
          targetGroups: v.record(name, v.pipe(v.string(), v.startsWith("arn:"))),
          region: v.optional(name),
        }),
        v.check((alb) => (alb.rule === undefined) !== (alb.listener === undefined), "exactly one of rule and listener"),
      ),
    ),
    lambda: v.optional(
      v.strictObject({
        function: name,
        alias: name,
        /** Version → its published version. */
        versions: v.record(name, v.pipe(v.string(), v.regex(/^[1-9]\d*$/, "number of a published version"))),
        region: v.optional(name),
      }),
    ),
  }),
  v.check(({ alb, lambda }) => (alb === undefined) !== (lambda === undefined), "exactly one of alb and lambda"),
);

/** Traffic of one service. */
export const ServiceTraffic = v.pipe(
  v.strictObject({
    balance: v.optional(Policy, "least_response_time"),
    hash: v.optional(v.array(HashBy), []),
    health: v.optional(Health),
    outlier: v.optional(either(isText, v.literal("off"), Outlier), {}),
    slowStart: v.optional(SlowStart),
    /** "off" or a rule. */
    breaker: v.optional(either(is("off"), v.literal("off"), BreakerPolicySchema), "consecutive"),
    retry: v.optional(Retry, {}),
    /** An instance may be silent for so long: the platform's backend timeout. */
    timeout: v.optional(duration(1, HOUR_MS), "300s"),
    /** The whole request with all its tries; default none. */
    totalTimeout: v.optional(duration(1, DAY_MS)),
    limits: v.optional(Limits, {}),
    /** Fewer healthy than so many percent: all are used (Envoy: 50; 0: never). */
    panic: v.optional(percent, 50),
    /** Zone of the callers (of the gateway), for zone-aware routing; `locality` as Envoy's: "zone_aware" or "weighted". */
    zone: v.optional(name),
    locality: v.optional(v.picklist(["off", "zone_aware", "weighted"]), "off"),
    localityWeights: v.optional(v.record(name, number(0, 1_000_000))),
    /** Overprovisioning factor in percent. */
    overprovisioning: v.optional(integer(100, 1000), 140),
    /** Keys that subsets are made of; a request selects by headers "x-subset-<key>". No such subset: any backend, or none. */
    subsets: v.optional(
      v.strictObject({ keys: v.array(name), fallback: v.optional(v.picklist(["any", "none"]), "any") }),
    ),
    /** Share of each version in percent or parts; versions without one get nothing. Set absolutely. */
    versions: v.optional(v.record(name, number(0, 1_000_000))),
    backends: v.optional(v.array(BackendSpec), []),
    discover: v.optional(Discover),
    weights: v.optional(Weights),
    /** A registration that is not renewed ends after this, unless it says otherwise. */
    lease: v.optional(duration(SECOND_MS, 30 * DAY_MS), "90s"),
    accessLog: v.optional(v.boolean(), false),
  }),
  v.check((one) => {
    const ids = one.backends.map((backend) => backend.id ?? `${backend.host}:${backend.port}`);
    return new Set(ids).size === ids.length;
  }, "each backend once: two have the same id (or the same host and port)"),
);

export type TrafficConfig = v.InferOutput<typeof ServiceTraffic>;
export type PolicySpec = TrafficConfig["balance"];
export type OutlierConfig = Exclude<TrafficConfig["outlier"], "off">;
export type HealthConfig = NonNullable<TrafficConfig["health"]>;
export type BackendInput = v.InferOutput<typeof BackendSpec>;
