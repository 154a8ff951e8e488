import * as v from "valibot";
import { duration, either, integer, is, isText, number } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../kernel/time.ts";

/**
 * The platform's rule, exactly: 5 failures open, 60 s later probes, 3 successes close, a success while closed takes one failure
 * back, one failure while half open opens again. `forget` is ours: the platform's counts never age ("never" is that).
 */
const Consecutive = v.strictObject({
  rule: v.literal("consecutive"),
  failures: v.optional(integer(1, 1_000_000), 5),
  /** Nothing failed for so long: the count begins at zero. */
  forget: v.optional(either(is("never"), v.literal("never"), duration(SECOND_MS, 7 * DAY_MS)), "10m"),
});

/** Share of failures, or of slow calls, in a window (resilience4j's defaults, its window of 60 s of calls by time). */
const Rate = v.strictObject({
  rule: v.literal("rate"),
  /** Percent of calls that failed, from which it opens; 0 < x ≤ 100. */
  failureRate: v.optional(number(0.01, 100), 50),
  /** Percent of calls that took longer than `slow`, from which it opens: 100 means only when all of them did. */
  slowRate: v.optional(number(0.01, 100), 100),
  slow: v.optional(duration(1, HOUR_MS), "60s"),
  window: v.optional(
    v.union([v.strictObject({ calls: integer(1, 100_000) }), v.strictObject({ time: duration(SECOND_MS, HOUR_MS) })]),
    { time: "60s" },
  ),
  /** Fewer calls in the window say nothing; never more than a window of calls holds. */
  minimumCalls: v.optional(integer(1, 1_000_000), 100),
});

const common = {
  /** Open for so long before the first probe. */
  recovery: v.optional(duration(1, DAY_MS), "60s"),
  /** Each opening in a row stays open so much longer: 1 is always the same. */
  backoff: v.optional(number(1, 10), 1),
  recoveryMax: v.optional(duration(1, 7 * DAY_MS), "10m"),
  /** Share of the open time that is added at random, so that fleets do not probe in step; 0 is exact. Never takes any away. */
  jitter: v.optional(number(0, 1), 0.1),
  /** Probes in a row that must succeed to close. */
  successes: v.optional(integer(1, 10_000), 3),
  /** Probes that may be on their way at once; "all": half open lets everybody through, as the platform does. */
  probes: v.optional(either(is("all"), v.literal("all"), integer(1, 100)), 1),
  /** A probe whose answer has not come by then is lost, and another may go. Longer than the longest call and the clocks' difference. */
  probeLease: v.optional(duration(10, HOUR_MS), "30s"),
  /** An answer's Retry-After keeps it open at least that long, up to `recoveryMax`. */
  retryAfter: v.optional(v.boolean(), true),
  /** How old may be what is known of a closed circuit: every caller stops within this and one call of the opening. */
  staleness: v.optional(duration(0, 5 * MINUTE_MS), "5s"),
  /** What the store may take before the breaker goes on with what it last knew. */
  storeTimeout: v.optional(duration(1, 10 * SECOND_MS), "200ms"),
  /** HTTP answers that count as failures, where the breaker sees any. */
  failOn: v.optional(v.array(v.union([integer(100, 599), v.picklist(["5xx", "4xx", "connect", "timeout", "reset"])])), [
    "5xx",
    "connect",
    "timeout",
    "reset",
  ]),
};

const Settings = v.variant("rule", [
  v.strictObject({ ...Consecutive.entries, ...common }),
  v.strictObject({ ...Rate.entries, ...common }),
]);

/**
 * The platform's own rule to the letter: counts never age, the open time is exact and always the same, half open lets everybody
 * through. It probes when MORE than 60 s have gone by since the last failure; in whole milliseconds that is 60,001.
 * Calls one after the other meet the same in both; answers that are late, of calls that began before an opening, count here for nothing.
 */
const SEED = {
  rule: "consecutive",
  failures: 5,
  forget: "never",
  recovery: "60001ms",
  backoff: 1,
  jitter: 0,
  successes: 3,
  probes: "all",
  retryAfter: false,
} as const;

/**
 * One breaker. Just the rule's name takes its defaults, and just "seed" is the platform's rule to the letter. Durations are
 * milliseconds after parsing.
 */
export const BreakerPolicySchema = either(
  isText,
  v.pipe(
    v.picklist(["consecutive", "rate", "seed"]),
    v.transform((rule) => (rule === "seed" ? SEED : { rule })),
    Settings,
  ),
  Settings,
);

export type BreakerPolicy = v.InferOutput<typeof BreakerPolicySchema>;
export type ConsecutivePolicy = Extract<BreakerPolicy, { rule: "consecutive" }>;
export type RatePolicy = Extract<BreakerPolicy, { rule: "rate" }>;
