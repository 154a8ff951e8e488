import type { AutoscalingAction } from "../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { formatDuration } from "../../shared/core/kernel/time.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Target } from "./observe.ts";

type Scale = AutoscalingAction & { type: "scale" };

/** Where an action is done, and the decision it comes from: perhaps one that another worker took some time ago. */
export interface Performing {
  readonly tenant: string;
  readonly target: Target;
  /** The configuration in force now. */
  readonly configVersion: string;
  readonly record: DecisionRecord;
}

/**
 * Does one autoscaling action. Repeating it leaves the world as doing it once: counts are absolute and guarded by
 * `expected`, outcomes are dropped when they are already there.
 *
 * @throws HeadgateError `fleet.unavailable`, `journal.unavailable`: the action stays pending and is tried again later.
 */
export async function perform(
  runtime: Runtime,
  performing: Performing,
  action: AutoscalingAction,
): Promise<ActionResult> {
  const { tenant, target } = performing;
  switch (action.type) {
    case "scale": {
      const why = outdated(performing, runtime.now());
      return why === undefined ? scale(runtime, target.ref, action) : leave(runtime, target.ref, action, why);
    }
    case "record_outcome":
      return recordOutcome(runtime, tenant, target.ref, action);
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const { key, type } = action as { key: string; type: string };
      return { key, status: "skipped", at: runtime.now(), detail: `this version knows no action ${type}` };
    }
  }
}

/**
 * Why a decision that was left behind is not carried out any more. The run that finds it decides anew right away, by what is
 * configured and measured now: a person who has just switched to `observe`, or lowered `max`, is not overruled by the past.
 */
function outdated({ record, configVersion, target }: Performing, now: number): string | undefined {
  if (record.configVersion !== configVersion)
    return `it was decided under configuration ${record.configVersion}, and ${configVersion} is in force`;
  const age = now - record.at;
  return age > target.config.maxAge ? `it was decided ${formatDuration(age)} ago` : undefined;
}

/** The worker that decided it may still have done it before it died: then it counts as done, and its cooldown begins. */
async function leave(runtime: Runtime, ref: ServiceRef, action: Scale, why: string): Promise<ActionResult> {
  const { key, desired } = action;
  const status = (await runtime.fleet.describe([ref])).get(ref.name);
  const at = runtime.now();
  if (!status) throw new HeadgateError("fleet.unavailable", `the fleet does not know ${ref.name}`, { retryable: true });
  return status.desired === desired
    ? { key, status: "done", at, detail: `desired was already ${desired}` }
    : { key, status: "skipped", at, detail: `desired is left at ${status.desired}: ${why}` };
}

async function scale(runtime: Runtime, ref: ServiceRef, action: Scale): Promise<ActionResult> {
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
