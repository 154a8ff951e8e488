import * as v from "valibot";
import { InstantText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** For the record. */
const said = {
  why: v.optional(v.pipe(v.string(), v.maxLength(500))),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
};
const why = v.pipe(v.string(), v.minLength(1, "why: it stands in the history"), v.maxLength(500));

export const KillBody = v.strictObject({ ...said, why });
export const RestoreBody = v.strictObject(said);

const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
/** Shares instead of the configuration's, absolute; back to them; or the gated roll-out of the configuration. */
export const FlagRolloutBody = v.union([
  v.strictObject({ percent, ...said }),
  v.strictObject({ shares: v.record(text(100), percent), ...said }),
  v.strictObject({ release: v.literal(true), ...said }),
  v.strictObject({ start: v.literal(true), ...said }),
  v.strictObject({ pause: v.literal(true), ...said }),
  v.strictObject({ resume: v.literal(true), ...said }),
]);

export const EvaluateBody = v.strictObject({
  context: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Of another type than the flag's: TYPE_MISMATCH. */
  type: v.optional(v.picklist(["boolean", "string", "number", "object"])),
  /** As at this instant; default now. */
  at: v.optional(v.union([InstantText, v.pipe(v.number(), v.finite())])),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e12));
const Report = v.pipe(
  v.strictObject({
    flag: text(200),
    variant: text(100),
    /** How often it was given out. */
    exposed: v.optional(count, 0),
    /** How requests ended that had it. */
    requests: v.optional(count, 0),
    errors: v.optional(count, 0),
    /** Absent: not counted. */
    slow: v.optional(count),
  }),
  v.check(
    ({ requests, errors, slow = 0 }) => errors <= requests && slow <= requests,
    "errors and slow are parts of requests",
  ),
);
export const ExposuresBody = v.strictObject({
  /** Names the reporter: a process, an environment. */
  source: text(200),
  /** Rising with each batch of this reporter; one that comes again counts once. */
  seq: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  items: v.pipe(v.array(Report), v.maxLength(2_000)),
});
