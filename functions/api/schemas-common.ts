import * as v from "valibot";
import type * as views from "./views.ts";

/** A schema whose values are of a type in views.ts. */
export type Shape<T> = v.GenericSchema<unknown, T>;
export const opt = v.exactOptional;
export const instant = v.pipe(v.number(), v.description("Epoch milliseconds of the control plane's clock."));
export const mode = v.picklist(["observe", "recommend", "act"]);

export const Clock = v.strictObject({
  now: instant,
  speed: v.number(),
  simulated: v.boolean(),
}) satisfies Shape<views.ClockView>;
export const Fault = v.strictObject({
  path: v.string(),
  message: v.string(),
  line: opt(v.number()),
  column: opt(v.number()),
  value: opt(v.string()),
  allowed: opt(v.string()),
}) satisfies Shape<views.FaultView>;

export const Problem = v.strictObject({
  type: v.pipe(v.string(), v.description("urn:headgate:error:<code>")),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  instance: opt(v.string()),
  code: v.pipe(v.string(), v.description("Stable; listed in docs/errors.md.")),
  faults: opt(v.array(Fault)),
}) satisfies Shape<views.Problem>;
