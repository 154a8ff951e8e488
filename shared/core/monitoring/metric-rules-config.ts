import * as v from "valibot";
import { duration } from "../kernel/schema.ts";
import { DAY_MS } from "../kernel/time.ts";

/** Parts of a path are names of members (or numbers of list elements), divided by dots. */
const MetricPath = v.pipe(
  v.string(),
  v.regex(/^[^.\s]+(\.[^.\s]+){0,19}$/, "names divided by dots, at most 20"),
  v.maxLength(300, "at most 300 characters"),
);

const label = v.pipe(v.string(), v.minLength(1, "not empty"), v.maxLength(200, "at most 200 characters"));

/**
 * A rule over a value in the JSON metrics of a service: `condition` holds for `duration` → an alert. Defaults are the platform's
 * own (`>`, 0, no duration, "warning", "Alert condition met").
 */
export const MetricRule = v.strictObject({
  condition: v.strictObject({
    /** Dots lead into nested metrics, e.g. "performance.avg_response_time". */
    metric_path: MetricPath,
    operator: v.optional(v.picklist([">", "<", ">=", "<=", "==", "!="]), ">"),
    threshold: v.optional(v.pipe(v.number("a number"), v.finite("a finite number")), 0),
    /** The condition must hold this long: a duration, or seconds as a bare number. */
    duration: v.optional(
      v.union([
        v.pipe(
          v.number(),
          v.minValue(0, "seconds, not negative"),
          v.maxValue(7 * 86_400, "at most 7 days"),
          v.transform((seconds) => Math.round(seconds * 1_000)),
        ),
        duration(0, 7 * DAY_MS),
      ]),
      0,
    ),
  }),
  severity: v.optional(label, "warning"),
  message: v.optional(
    v.pipe(v.string(), v.minLength(1, "not empty"), v.maxLength(2_000, "at most 2,000 characters")),
    "Alert condition met",
  ),
  /** After an alert was sent, another one of this rule waits so long. */
  cooldown: v.optional(duration(0, 7 * DAY_MS), "0s"),
  /** Told to receivers in the label `channels`, divided by commas. */
  channels: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.regex(/^[^\s,]{1,60}$/, "a name without blanks and commas"))), v.maxLength(20)),
    [],
  ),
  /**
   * Exactly the platform's original rule: `duration` is read and not used, and a missing value is no alert. Otherwise the condition
   * must hold for its duration, and a missing value changes nothing.
   */
  exact: v.optional(v.boolean("true or false"), false),
});

/** By the rule's name, which becomes the label `alertname`. */
export const MetricRules = v.record(
  v.pipe(v.string(), v.regex(/^[^\s/][^/]{0,119}$/, "a name of at most 120 characters without slashes")),
  MetricRule,
);

/** Durations in milliseconds. */
export type MetricRule = v.InferOutput<typeof MetricRule>;
export type MetricRules = v.InferOutput<typeof MetricRules>;
