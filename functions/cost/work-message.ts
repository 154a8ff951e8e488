import * as v from "valibot";
import { CHORES, type Chore } from "../../shared/core/cost/jobs/clock.ts";

const text = v.pipe(v.string(), v.minLength(1));

/** What a worker is asked to do: a chore whose time has come, or a look at one aggregate. */
export const CostMessage = v.variant("task", [
  v.object({ tenant: text, task: v.picklist(Object.keys(CHORES) as [Chore, ...Chore[]]) }),
  v.object({ tenant: text, task: v.literal("look"), subject: text }),
]);
export type CostMessage = v.InferOutput<typeof CostMessage>;

/** Where messages for workers go. Errors: HeadgateError `timers.unavailable` (retryable); some may have been sent. */
export interface CostQueue {
  send(messages: readonly CostMessage[]): Promise<void>;
}
