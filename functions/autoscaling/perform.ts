import type { AutoscalingAction } from "../../shared/core/autoscaling/types.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/**
 * Does one autoscaling action. Repeating it leaves the world as doing it once: counts are absolute and guarded by
 * `expected`, outcomes are dropped when they are already there.
 *
 * @throws HeadgateError `fleet.unavailable`, `journal.unavailable`: the action stays pending and is tried again later.
 */
export async function perform(
  runtime: Runtime,
  tenant: string,
  ref: ServiceRef,
  action: AutoscalingAction,
): Promise<ActionResult> {
  return action.type === "scale" ? scale(runtime, ref, action) : recordOutcome(runtime, tenant, ref, action);
}

async function scale(
  runtime: Runtime,
  ref: ServiceRef,
  action: AutoscalingAction & { type: "scale" },
): Promise<ActionResult> {
  const { key, desired, expected } = action;
  const result = await runtime.fleet.setDesired(ref, { desired, expected, key });
  const at = runtime.now();
  switch (result.status) {
    case "accepted": {
      const detail = result.changed ? `desired set from ${expected} to ${desired}` : `desired was already ${desired}`;
      return { key, status: "done", at, detail };
    }
    case "superseded":
      return {
        key,
        status: "superseded",
        at,
        detail: `another hand set desired to ${result.actual}; nothing was done`,
      };
    case "refused":
      return { key, status: "refused", at, detail: result.why };
  }
}

async function recordOutcome(
  runtime: Runtime,
  tenant: string,
  ref: ServiceRef,
  action: AutoscalingAction & { type: "record_outcome" },
): Promise<ActionResult> {
  const { key, decisionAt, text, values } = action;
  // The state knows when it decided, the shell names records: the one with an action at that instant is meant.
  const query = { tenant, noun: "autoscaling", subject: ref.name, from: decisionAt, to: decisionAt + 1, acted: true };
  const { items } = await runtime.journal.list(query);
  const at = runtime.now();
  const record = items.find((item) => item.actions.some((done) => done.type === "scale"));
  if (!record) return { key, status: "skipped", at, detail: "the decision is no longer in the journal" };
  await runtime.journal.outcome(tenant, record.id, { phase: "observed", at, text, values });
  return { key, status: "done", at, detail: `outcome added to ${record.id}` };
}
