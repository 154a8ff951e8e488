import * as v from "valibot";

const days = v.pipe(v.string(), v.regex(/^\d{1,3}-\d{1,3}$/, 'days of the trace such as "3-8", the first is 1'));
const price = v.pipe(v.number(), v.minValue(0), v.maxValue(1e9));

/** Prices in any one currency, or the share of minutes that have to be good. */
const Objective = v.union([
  v.strictObject({ taskHour: price, violationMinute: price }),
  v.strictObject({ slo: v.pipe(v.number(), v.minValue(50), v.maxValue(100)), taskHour: v.optional(price) }),
]);
/** A built-in name, a policy as in headgate.yaml, or a whole autoscaling section of one service. */
const Policy = v.union([v.pipe(v.string(), v.minLength(1), v.maxLength(100)), v.record(v.string(), v.unknown())]);

/** Either a trace, or a service whose recorded load is played. */
const Played = {
  trace: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.check((text) => Buffer.byteLength(text) <= 2_097_152, "CSV of at most 2 MB"),
    ),
  ),
  service: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  /** Tasks that the mean of a trace keeps busy. Default 8. Of a service it is known. */
  meanTasks: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000))),
  objective: v.optional(Objective),
};
const oneLoad = <T extends { readonly trace?: string | undefined; readonly service?: string | undefined }>() =>
  v.check<T, string>(
    ({ trace, service }) => (trace === undefined) !== (service === undefined),
    "either trace or service",
  );

export const CompareBody = v.pipe(
  v.strictObject({
    ...Played,
    /** Default: every built-in one. */
    policies: v.optional(v.pipe(v.array(Policy), v.minLength(1), v.maxLength(12))),
    /** Days that are scored. Default: the second half of the days after a warm-up of two. */
    days: v.optional(days),
  }),
  oneLoad(),
);
export const TuneBody = v.pipe(
  v.strictObject({
    ...Played,
    /** Days that it is picked on, and days that the choice is scored on. */
    train: v.optional(days),
    score: v.optional(days),
    actionsPerDay: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1440))),
  }),
  oneLoad(),
);
export const LabBody = v.pipe(v.strictObject({ ...Played, policy: Policy, days: v.optional(days) }), oneLoad());
export const TuningBody = v.strictObject({
  why: v.pipe(v.string(), v.trim(), v.minLength(1, "a reason"), v.maxLength(500)),
  by: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))),
});

export type CompareBody = v.InferOutput<typeof CompareBody>;
export type TuneBody = v.InferOutput<typeof TuneBody>;
export type LabBody = v.InferOutput<typeof LabBody>;
