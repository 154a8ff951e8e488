import * as v from "valibot";
import { duration, either, integer, isText, number } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration } from "../kernel/time.ts";
import { RATIO_SIGNALS, VALUE_SIGNALS } from "./types.ts";

const text = (most: number) =>
  v.pipe(v.string("text"), v.minLength(1, "text that is not empty"), v.maxLength(most, `at most ${most} characters`));
const name = text(200);
/** Names of objectives are parts of addresses, keys and labels. */
const objectiveName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "letters, digits, '.', '_' and '-', up to 100 characters"),
);

const has = (input: unknown, member: string): boolean =>
  typeof input === "object" && input !== null && Object.hasOwn(input, member);
const among = (input: object, members: readonly string[]): number =>
  members.filter((member) => (input as Readonly<Record<string, unknown>>)[member] !== undefined).length;

/** A number, or a duration ("30s") where the value is a time. */
const boundValue = either(
  isText,
  v.pipe(
    v.string(),
    v.check((written) => parseDuration(written) !== undefined, "a number, or a duration such as 30s"),
  ),
  v.pipe(v.number("a number, or a duration such as 30s"), v.finite("a finite number")),
);
export const BOUNDS = ["max", "min", "below", "above"] as const;
const Bounds = {
  /** Good up to and with it. */
  max: v.optional(boundValue),
  /** Good from it on. */
  min: v.optional(boundValue),
  below: v.optional(boundValue),
  above: v.optional(boundValue),
};
const ONE_BOUND = "exactly one of max, min, below, above";

const QUERIES = "bad or good beside total; or value; or badShare or goodShare";
/** What is asked for: events (`bad` or `good` beside `total`), a `value`, or a share 0..1. */
const askedFor = (input: object): boolean => {
  const ratio = among(input, ["bad", "good"]);
  const alone = among(input, ["value", "badShare", "goodShare"]);
  return ratio + alone === 1 && among(input, ["total"]) === ratio;
};
const query = v.optional(text(4_000));
const Promql = v.pipe(
  v.strictObject({
    ...{ bad: query, good: query, total: query, value: query, badShare: query, goodShare: query },
    /** What bad, good and total give: events a second, such as `rate` gives, or events in the last minute. */
    per: v.optional(v.picklist(["second", "minute"], "second or minute"), "second"),
  }),
  v.check((input) => askedFor(input), QUERIES),
);
const Metric = v.optional(
  v.strictObject({
    namespace: text(255),
    metric: text(255),
    dimensions: v.optional(v.record(text(255), text(1024)), {}),
    stat: v.optional(text(64), "Sum"),
    region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region such as eu-central-1"))),
  }),
);
const CloudWatch = v.pipe(
  v.strictObject({ bad: Metric, good: Metric, total: Metric, value: Metric, badShare: Metric, goodShare: Metric }),
  v.check((input) => askedFor(input), QUERIES),
);

/** A value has a bound; events and shares have none. */
const boundFits = (asked: object, sli: object): boolean =>
  among(sli, BOUNDS) === (among(asked, ["value"]) === 1 ? 1 : 0);
const BOUND_FITS = `${ONE_BOUND} beside a value, and none of them beside events or shares`;

const PromqlSli = v.pipe(
  v.strictObject({ promql: Promql, ...Bounds }),
  v.check((sli) => boundFits(sli.promql, sli), BOUND_FITS),
);
const CloudWatchSli = v.pipe(
  v.strictObject({ cloudwatch: CloudWatch, ...Bounds }),
  v.check((sli) => boundFits(sli.cloudwatch, sli), BOUND_FITS),
);
const SIGNALS = [...RATIO_SIGNALS, ...VALUE_SIGNALS] as const;
const isRatio = (signal: string): boolean => (RATIO_SIGNALS as readonly string[]).includes(signal);
const SignalSli = v.pipe(
  v.strictObject({
    signal: v.picklist(SIGNALS, SIGNALS.join(", ")),
    /** The service, stream, job or backup plan that is measured; absent: the objective's service. */
    of: v.optional(name),
    topic: v.optional(name),
    group: v.optional(name),
    ...Bounds,
  }),
  v.check((sli) => among(sli, BOUNDS) === (isRatio(sli.signal) ? 0 : 1), `${ONE_BOUND}; none for ${RATIO_SIGNALS[0]}`),
);
const CompositeSli = v.strictObject({
  /** Weights by objective. */
  composite: v.pipe(
    v.record(objectiveName, v.pipe(number(0, 1e6), v.gtValue(0, "a weight above 0"))),
    v.minEntries(1, "1 to 50 objectives"),
    v.maxEntries(50, "1 to 50 objectives"),
  ),
});
const Sli = either(
  (input) => has(input, "cloudwatch"),
  CloudWatchSli,
  either(
    (input) => has(input, "signal"),
    SignalSli,
    either((input) => has(input, "composite"), CompositeSli, PromqlSli),
  ),
);

const PERCENT =
  "number above 0 and below 100; at 100 there is no budget: the first bad event spends it all, and every burn rate is infinite";
const percent = v.pipe(v.number(PERCENT), v.gtValue(0, PERCENT), v.ltValue(100, PERCENT));

const WINDOW = "whole days from 1d to 90d (4w is 28d), or month";
const window = v.pipe(
  v.string(WINDOW),
  v.check((written) => {
    if (written === "month") return true;
    const ms = parseDuration(written);
    return ms !== undefined && ms % DAY_MS === 0 && ms >= DAY_MS && ms <= 90 * DAY_MS;
  }, WINDOW),
);

const Row = v.pipe(
  v.strictObject({
    severity: v.picklist(["page", "ticket"], "page or ticket"),
    long: duration(5 * MINUTE_MS, 7 * DAY_MS),
    /** Absent: a twelfth of the long one. */
    short: v.optional(duration(MINUTE_MS, DAY_MS)),
    /** Multiple of the rate that spends the budget exactly within the period. */
    factor: v.optional(number(0.01, 1e6)),
    /** Percent of the budget that is spent when the row fires, instead of `factor`. */
    share: v.optional(number(0.01, 100)),
  }),
  v.check((row) => among(row, ["factor", "share"]) === 1, "exactly one of factor and share"),
);
const Alerts = either(
  isText,
  v.picklist(["default", "off"], "default, off, or a list of rows"),
  v.pipe(v.array(Row), v.minLength(1, "1 to 16 rows"), v.maxLength(16, "1 to 16 rows")),
);

/** One objective of `slo.objectives`, as it is written. */
export const ObjectiveSection = v.strictObject({
  service: v.optional(name),
  description: v.optional(text(1_050)),
  sli: Sli,
  /** Percent. */
  target: percent,
  window: v.optional(window, "30d"),
  /** Of a calendar month: IANA name. */
  zone: v.optional(name),
  budget: v.optional(v.picklist(["events", "slices", "ratio_slices"], "events, slices or ratio_slices"), "events"),
  /** Length of a slice; whole minutes. */
  slice: v.optional(duration(MINUTE_MS, HOUR_MS)),
  /** Percent of good events below which a slice is bad. */
  sliceTarget: v.optional(
    v.pipe(v.number(), v.gtValue(0, "number above 0, up to 100"), v.maxValue(100, "number above 0, up to 100")),
  ),
  /** Least events in each window of a row that fires. Absent: 10; 2 where a minute or a slice is an event. */
  minEvents: v.optional(integer(1, 1_000_000_000)),
  absent: v.optional(duration(2 * MINUTE_MS, DAY_MS), "15m"),
  alerts: v.optional(Alerts, "default"),
  /** `true`, or a date or instant until which no alert goes out. */
  dry: v.optional(either(isText, text(40), v.boolean("true, false, or a date such as 2026-03-01"))),
  /** What a spent budget holds. */
  holds: v.optional(
    v.strictObject({
      delivery: v.optional(v.boolean("true or false"), false),
      scaleIn: v.optional(v.boolean("true or false"), false),
    }),
    {},
  ),
});
export type ObjectiveConfig = v.InferOutput<typeof ObjectiveSection>;
export type RowConfig = v.InferOutput<typeof Row>;

/** Section `slo` of headgate.yaml. */
export const SloSection = v.strictObject({
  /** OpenSLO documents, as they are. */
  files: v.optional(v.pipe(v.array(text(500)), v.maxLength(100, "at most 100 files")), []),
  objectives: v.optional(v.record(objectiveName, ObjectiveSection), {}),
});
export type SloConfig = v.InferOutput<typeof SloSection>;
