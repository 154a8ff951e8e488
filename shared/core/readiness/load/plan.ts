import * as v from "valibot";
import { duration, integer, number } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";
import { OBJECTIVE_ALLOWED, type Objective, parseObjective } from "./objectives.ts";

/** Requests per second that one test may ask for, whatever its file says. */
export const MOST_RATE = 200_000;

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const path = v.pipe(v.string(), v.regex(/^\/[^\s]*$/, "path starting with /"), v.maxLength(4096));
const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/, "name of a header"));
// Written into the request as it stands: a line break would begin another header.
const headerValue = v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]{0,4096}$/, "text without line breaks"));
const headers = v.record(token, headerValue);
const address = v.pipe(v.string(), v.regex(/^(\[[0-9A-Fa-f:]+\]|[^\s:/]+):\d{1,5}$/, "host:port"));
const rate = number(0, MOST_RATE);
const length = duration(100, 7 * DAY_MS);
const one = (given: object): boolean => Object.keys(given).length === 1;

const Request = v.strictObject({
  method: v.optional(v.picklist(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]), "GET"),
  path: v.optional(path, "/"),
  headers: v.optional(headers, {}),
  body: v.optional(v.pipe(v.string(), v.maxLength(1_048_576))),
  /** Requests are drawn in these proportions. */
  weight: v.optional(number(1e-6, 1e6), 1),
  /** The only status that is no error. Default: any below 400. */
  expect: v.optional(integer(100, 599)),
});

const Http = v.strictObject({
  url: v.pipe(
    v.string(),
    v.regex(/^https?:\/\/[^\s/?#@]+\/?$/, "http://host:port or https://host:port, without a path"),
  ),
  /** Of every request; values may be env:NAME, file:path. */
  headers: v.optional(headers, {}),
  requests: v.optional(v.pipe(v.array(Request), v.minLength(1), v.maxLength(100)), [{}]),
});

const Kafka = v.pipe(
  v.strictObject({
    /** Of `streams` in headgate.yaml. */
    cluster: v.optional(text),
    /** Instead of it, without encryption. */
    brokers: v.optional(v.pipe(v.array(address), v.minLength(1), v.maxLength(100))),
    topic: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,249}$/, "name of a topic")),
    keyBytes: v.optional(integer(0, 65_536), 16),
    /** Different keys, drawn evenly. */
    keys: v.optional(integer(1, 10_000_000), 1000),
    valueBytes: v.optional(integer(0, 1_000_000), 1024),
    /** How long a record waits for others of its partition. */
    linger: v.optional(duration(0, MINUTE_MS), "5ms"),
    /** Whose lag is a resource: full at `lag`. */
    group: v.optional(text),
    lag: v.optional(integer(1, Number.MAX_SAFE_INTEGER), 10_000),
  }),
  v.check(
    ({ cluster, brokers }) => cluster === undefined || brokers === undefined,
    "cluster and brokers both name the cluster: one of them is enough",
  ),
);

const Flat = v.strictObject({ shape: v.picklist(["constant", "soak"]), rate, for: length });
const Sloped = v.strictObject({ shape: v.picklist(["ramp", "spike"]), rate, to: rate, for: length });
const Replay = v.strictObject({
  shape: v.literal("replay"),
  /** CSV timestamp,value or JSON of Prometheus or CloudWatch; seen from this file. */
  trace: text,
  /** Times what was recorded; or the rate of its highest point instead. */
  scale: v.optional(number(1e-9, 1e9)),
  peak: v.optional(rate),
  /** So many times as fast; the rate stays what was recorded. */
  speed: v.optional(number(0.001, 1e6), 1),
});
const Stage = v.pipe(
  v.variant("shape", [Flat, Sloped, Replay]),
  v.check(
    (given) => given.shape !== "replay" || given.scale === undefined || given.peak === undefined,
    "scale and peak both say how high it is: one of them is enough",
  ),
);

const objective = v.pipe(
  v.string(OBJECTIVE_ALLOWED),
  v.check((given) => parseObjective(given) !== undefined, OBJECTIVE_ALLOWED),
  v.transform((given) => parseObjective(given) as Objective),
);

/** A figure of the target in Prometheus text, looked at each second. */
const Watch = v.strictObject({
  resource: text,
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://")),
  metric: v.pipe(v.string(), v.regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "name of a metric")),
  /** It is full at. */
  limit: number(1e-12, 1e15),
  /** It only grows: looked at as growth per second. */
  counter: v.optional(v.boolean(), false),
});

/** A load test: what is asked of what, what has to hold, and when it ends before its time. Strict: an unknown key is a fault. */
export const LoadPlanFile = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "letters, digits, '.', '_' and '-', at most 100"),
  ),
  /** A service of headgate.yaml: its instances are looked at, and the result belongs to it. */
  service: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, "name of a service"))),
  target: v.pipe(
    v.strictObject({ http: v.optional(Http), kafka: v.optional(Kafka) }),
    v.check((given) => one(given), "exactly one of http, kafka"),
  ),
  stages: v.pipe(v.array(Stage), v.minLength(1), v.maxLength(100)),
  arrivals: v.optional(v.picklist(["poisson", "uniform"]), "poisson"),
  seed: v.optional(integer(0, 4_294_967_295), 1),
  /** From when a request was due. */
  timeout: v.optional(duration(1, HOUR_MS), "10s"),
  /** Most connections of HTTP, or requests under way of Kafka, over all workers. */
  connections: v.optional(integer(1, 100_000), 512),
  workers: v.optional(integer(1, 64), 1),
  /** At the start, not counted. */
  warmup: v.optional(duration(0, DAY_MS), "0s"),
  objectives: v.optional(v.pipe(v.array(objective), v.maxLength(50)), []),
  /** More than this share of failures over this long, and no more is sent. */
  stop: v.optional(
    v.strictObject({ errors: v.optional(number(0, 100), 50), for: v.optional(duration(1000, HOUR_MS), "10s") }),
  ),
  watch: v.optional(v.pipe(v.array(Watch), v.maxLength(50)), []),
  /** Ready instances, where they are not seen. */
  instances: v.optional(integer(1, 10_000)),
  /** Of one: what it is given, or what it costs; for the capacity plan. */
  instance: v.optional(
    v.strictObject({
      cpu: v.optional(number(0.01, 256)),
      memoryMb: v.optional(integer(1, 1_048_576)),
      usdPerHour: v.optional(number(0, 1e6)),
    }),
  ),
  /** Requests per second that the capacity plan multiplies. Default: the highest rate of this test. */
  today: v.optional(number(1e-6, 1e9)),
  /** Share of its capacity that an instance is meant to use. */
  use: v.optional(number(0.01, 1), 0.7),
});
export type LoadPlan = v.InferOutput<typeof LoadPlanFile>;
export type HttpTarget = NonNullable<LoadPlan["target"]["http"]>;
