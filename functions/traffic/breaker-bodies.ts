import * as v from "valibot";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { durationText, InstantText, integerText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** A rule by its name, or with its settings as in the file. Checked against the breaker's own schema. */
const Policy = v.union([text(20), v.looseObject({ rule: v.string() })]);
/** 8.64e15 is the last instant that a date can be. */
const until = v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15)), InstantText]);

export const CircuitsQuery = v.strictObject({
  prefix: v.optional(text(900)),
  limit: v.optional(integerText(1, 1_000)),
  cursor: v.optional(text(2_000)),
});
export const CircuitQuery = v.strictObject({ limit: v.optional(integerText(1, 500)) });

export const ForceBody = v.strictObject({
  state: v.picklist(["open", "closed", "disabled"]),
  why: text(1_000),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
  until: v.optional(until),
  for: v.optional(durationText(SECOND_MS, 365 * DAY_MS)),
});
export const ReleaseBody = v.strictObject({ why: v.optional(text(1_000)), by: v.optional(text(200)) });

export const AdmitBody = v.strictObject({
  /** Names the caller in leases and in the history. */
  environment: v.optional(text(200)),
  policy: v.optional(Policy),
});

const Outcome = v.picklist(["success", "failure", "slow_success", "slow_failure", "ignored"]);
export const OutcomesBody = v.pipe(
  v.strictObject({
    environment: v.optional(text(200)),
    policy: v.optional(Policy),
    /** As admission answered it. Absent: the call was made without asking, in the epoch that is. */
    epoch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    probe: v.optional(text(400)),
    outcome: v.optional(Outcome),
    /** How long the call took, in ms. */
    ms: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
    /** Several calls of one epoch, in the order in which they ended. */
    outcomes: v.optional(v.pipe(v.array(Outcome), v.minLength(1), v.maxLength(10_000))),
    /** The other side's Retry-After. */
    retryAfterMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(DAY_MS))),
  }),
  v.check(
    (body) => (body.outcome === undefined) !== (body.outcomes === undefined),
    "exactly one of outcome and outcomes",
  ),
);

export const BreakerWhatIfBody = v.strictObject({
  policies: v.pipe(v.array(Policy), v.minLength(1), v.maxLength(20)),
  calls: v.pipe(
    v.array(
      v.strictObject({
        at: v.pipe(v.number(), v.finite()),
        ok: v.boolean(),
        ms: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(HOUR_MS * 24)), 0),
      }),
    ),
    v.maxLength(100_000),
  ),
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
});
