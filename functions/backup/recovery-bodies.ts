import * as v from "valibot";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const by = { by: v.optional(text(200)) };
const why = v.pipe(v.string(), v.maxLength(500));
const MOST_FILE = 1_048_576;
const brokers = v.pipe(v.string(), v.maxLength(10_000));

export const MirrorQuery = v.strictObject({
  /** "host:port,host:port"; default: as the file or `streams` has them. */
  primary: v.optional(brokers),
  secondary: v.optional(brokers),
});
export const MirrorCheckBody = v.strictObject({ text: text(MOST_FILE), file: v.optional(text(300)) });

/** Nobody fails over by leaving something out: whether it is a rehearsal has to be said, and why. */
export const RunbookStartBody = v.strictObject({ rehearsal: v.boolean(), why: v.pipe(why, v.minLength(1)), ...by });
/** `runbook`: YAML or JSON. */
export const RunbookRunBody = v.strictObject({ runbook: text(MOST_FILE), ...RunbookStartBody.entries });
export const RunbookSaidBody = v.strictObject({
  why: v.optional(why),
  ...by,
  /** The run, and the step, that are meant: others by now are refused. */
  id: v.optional(text(100)),
  step: v.optional(text(64)),
});
