import * as v from "valibot";
import { duration, integer, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import { PSI_DRIFTED } from "./drift.ts";

const metric = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/, "metric name: a-z, 0-9 and _, 1..64 characters"));
/** Names of signals reach labels, addresses and CSV. */
const SignalName = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_-]{0,63}$/, "signal name: a-z, 0-9, '_' and '-', starting with a letter, 1..64 characters"),
);

/** Score from which a point is an alarm: where the headgate detector is best on NAB, in all three profiles. */
export const DEFAULT_THRESHOLD = 0.5595;

/** One of the four golden signals (Google SRE book, chapter 6). It names the thing in sentences, and the seed detector's rule. */
export const Role = v.picklist(["latency", "traffic", "errors", "saturation"]);

/** Address of a metric in CloudWatch that has no name of its own in Headgate. */
const CloudWatch = v.strictObject({
  namespace: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  dimensions: v.optional(v.record(v.string(), v.string()), {}),
});

/** One series that is scored. Exactly one of `metric`, `query` and `cloudwatch` says where its points come from. */
export const Signal = v.pipe(
  v.strictObject({
    /** Measured by Headgate or CloudWatch: cpu, memory, requests, latency_p99, errors … Of several the mean is taken. */
    metric: v.optional(v.union([metric, v.pipe(v.array(metric), v.minLength(2), v.maxLength(5))])),
    /** PromQL that answers one series (or a scalar). */
    query: v.optional(v.pipe(v.string(), v.minLength(1, "PromQL"), v.maxLength(4_000, "at most 4,000 characters"))),
    cloudwatch: v.optional(CloudWatch),
    /** Divided by this metric, for rates of rates: errors over requests. Where it is 0 or unknown there is no point. */
    over: v.optional(metric),
    stat: v.optional(v.picklist(["avg", "max", "sum", "p95", "p99"]), "avg"),
    role: Role,
    unit: v.optional(v.pipe(v.string(), v.maxLength(20))),
    /** Which way is bad: a fall of latency alarms nobody who says `high`. */
    direction: v.optional(v.picklist(["both", "high", "low"]), "both"),
    /** Distance of two points. */
    every: v.optional(duration(10 * SECOND_MS, DAY_MS), "1m"),
    /**
     * How often the points since the last time are read. Default: as often as there are points; from CloudWatch (which takes
     * 0.01 USD for 1,000 metrics however many points each answer has) once an hour.
     */
    batch: v.optional(duration(10 * SECOND_MS, DAY_MS)),
    /** An anomaly is over when nothing alarmed for so long and the values are back inside the expected band. */
    quiet: v.optional(duration(MINUTE_MS, DAY_MS), "15m"),
    /** Without an alarm for so long it is over in any case: the new level counts as usual. */
    settle: v.optional(duration(MINUTE_MS, 7 * DAY_MS), "6h"),
  }),
  v.check(
    (signal) => [signal.metric, signal.query, signal.cloudwatch].filter((source) => source !== undefined).length === 1,
    "exactly one of metric, query and cloudwatch",
  ),
);

const share = number(0, 1);

/** What a dataset should look like. Only what is given is scored; see quality.ts for each score. */
export const Dataset = v.strictObject({
  /** Type by column, as the summaries name them. */
  schema: v.optional(v.record(v.string(), v.string())),
  /** Largest share of missing values that is no fault at all, by column; "*" stands for all others. */
  completeness: v.optional(v.record(v.string(), share)),
  /** Age of the newest row that is still fresh; at twice this age the score is 0.5. */
  freshness: v.optional(duration(MINUTE_MS, 90 * DAY_MS)),
  /** Rows of one summary: a number, or learnt from the same weekday of earlier weeks. */
  volume: v.optional(
    v.strictObject({
      rows: v.optional(number(0, 1e15)),
      /** Share of the expected rows that may be missing or too many without a fault. */
      tolerance: v.optional(share, 0.1),
      /** Earlier counts of the same weekday that are compared with. */
      weeks: v.optional(integer(1, 8), 4),
    }),
  ),
  /** PSI of a column's distribution against its reference from which the score is 0. */
  drift: v.optional(number(0.01, 10), PSI_DRIFTED),
});

/** How one service is scored. */
export const AnomalyConfig = v.strictObject({
  /** observe: scored and recorded, no alert is sent. */
  mode: v.optional(v.picklist(["observe", "act"]), "act"),
  detector: v.optional(v.picklist(["headgate", "seed"]), "headgate"),
  threshold: v.optional(number(0.01, 0.9999), DEFAULT_THRESHOLD),
  /** IANA name: the day and the week of the series. */
  timezone: v.optional(v.string(), "UTC"),
  /** Empty: the golden signals of the service, see signals.ts. */
  signals: v.optional(
    v.pipe(
      v.record(SignalName, Signal),
      v.check((signals) => Object.keys(signals).length <= 50, "at most 50 signals"),
    ),
    {},
  ),
  /** How long before an anomaly a deploy or a scaling counts as its context. */
  context: v.optional(duration(MINUTE_MS, DAY_MS), "30m"),
  /** Labels of its alerts besides alertname, service, signal, kind and severity. */
  labels: v.optional(v.record(v.string(), v.string()), {}),
  /** Datasets by id. */
  quality: v.optional(v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(200)), Dataset), {}),
});

export type AnomalyConfig = v.InferOutput<typeof AnomalyConfig>;
export type AnomalyConfigInput = v.InferInput<typeof AnomalyConfig>;
export type Signal = v.InferOutput<typeof Signal>;
export type Role = v.InferOutput<typeof Role>;
export type Dataset = v.InferOutput<typeof Dataset>;

/** How often signals are read that name no `batch`: from CloudWatch a read costs the same for one point and for sixty. */
export const CLOUDWATCH_BATCH_MS = HOUR_MS;
