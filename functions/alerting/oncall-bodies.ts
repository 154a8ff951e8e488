import * as v from "valibot";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { durationText, InstantText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const ALLOWED = "instant such as 2026-01-05T09:00Z, or wall clock time of the schedule's zone";
/** Left as text: what a wall clock time means depends on the schedule. */
const Moment = v.pipe(
  text(40),
  v.check((written) => parseInstant(written) !== undefined, ALLOWED),
  v.description(`An ${ALLOWED}.`),
);

export const OncallQuery = v.strictObject({ at: v.optional(InstantText) });
export const OncallScheduleQuery = v.strictObject({
  at: v.optional(Moment),
  from: v.optional(Moment),
  to: v.optional(Moment),
});
/** One of `to` and `for`; `from` is now unless given. Who makes it is the key's owner; `by` names the person where one key serves several. */
export const OverrideBody = v.pipe(
  v.strictObject({
    person: text(100),
    from: v.optional(Moment),
    to: v.optional(Moment),
    for: v.optional(durationText(MINUTE_MS, 366 * DAY_MS)),
    why: v.optional(v.pipe(v.string(), v.maxLength(200)), ""),
    by: v.optional(text(200)),
  }),
  v.check((asked) => (asked.to === undefined) !== (asked.for === undefined), "either to or for"),
);
export const OverrideRemoveQuery = v.strictObject({
  why: v.optional(v.pipe(v.string(), v.maxLength(200)), ""),
  by: v.optional(text(200)),
});
export const CalendarQuery = v.strictObject({ person: v.optional(text(100)) });
