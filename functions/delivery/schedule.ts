import * as v from "valibot";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { lookAtEach } from "../look-at-each.ts";
import { throwAll } from "../throw-all.ts";
import { isDelivery, lookAtSubject } from "./subjects.ts";

/** Keys that are read to find those of rollouts among all that is due, of whatever noun. */
const MOST_READ = 10_000;
/** More than this in one tick waits for the next one; the oldest go first. */
const MOST_LOOKED_AT = 500;
const AT_ONCE = 20;

/**
 * The tick: looks at every rollout that is due and that no timer woke. With nothing due it costs one query. `tenant` undefined: of all of
 * them.
 *
 * @returns how many were looked at
 * @throws the first of several errors, after all were looked at
 */
export async function tickDelivery(runtime: Runtime, tenant?: string, id?: string): Promise<number> {
  const now = runtime.now();
  const due = (await runtime.store.due(now, MOST_READ)).filter(
    (key) => isDelivery(key.noun) && (tenant === undefined || key.tenant === tenant),
  );
  const flags = new Set<string>();
  // Flags of a tenant are looked at together.
  const looked = due.filter(({ tenant: whose, subject }) => {
    if (!subject.startsWith("flag:")) return true;
    const first = !flags.has(whose);
    flags.add(whose);
    return first;
  });
  const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: "tick: due" };
  const errors = await lookAtEach(runtime, looked.slice(0, MOST_LOOKED_AT), {
    ...{ noun: "delivery", what: "rollout", atOnce: AT_ONCE, trigger, look: lookAtSubject },
  });
  // What this tick left behind: an error above is told by the alarm on the function's own.
  runtime.telemetry.gauge("headgate_rollouts_overdue", errors.length + Math.max(0, looked.length - MOST_LOOKED_AT));
  throwAll(errors, "rollouts failed");
  return Math.min(looked.length, MOST_LOOKED_AT);
}

const TickEvent = v.object({ kind: v.picklist(["rollouts", "tick"]), id: v.optional(v.string()) });

/** The minute of a deployed installation: what is due, and flags that something else may switch off. @throws what either of them throws, after both */
export async function minuteOfDelivery(runtime: Runtime, tenant: string, id?: string): Promise<void> {
  const [rollouts, flags] = await Promise.allSettled([
    tickDelivery(runtime, undefined, id),
    sweepConfigured(runtime, tenant),
  ]);
  if (rollouts.status === "rejected") throw rollouts.reason;
  if (flags.status === "rejected") throw flags.reason;
}

/**
 * Flags that are tied to a circuit or an alert have no item before the first trouble, so they are never due. Where none is configured there is
 * nothing to list: one that was taken out of the configuration is due until it was seen.
 */
async function sweepConfigured(runtime: Runtime, tenant: string): Promise<void> {
  const applied = await currentConfig(runtime, tenant);
  if (Object.keys(applied?.config.flags ?? {}).length === 0) return;
  const { sweepFlags } = await import("./flags-sweep.ts");
  await sweepFlags(runtime, tenant);
}

/** Lambda: EventBridge Scheduler with `{"kind":"rollouts"}` each minute. */
export async function handler(event: unknown): Promise<void> {
  const { id } = v.parse(TickEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    await minuteOfDelivery(runtime, tenant, id);
  } finally {
    await runtime.telemetry.flush();
  }
}
