import * as v from "valibot";
import { drillSubject } from "../../shared/core/backup/drill/types.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { deployed } from "../deployed.ts";
import { lookAtEach } from "../look-at-each.ts";
import { throwAll } from "../throw-all.ts";
import { planAges } from "./age.ts";
import { isBackup, lookAtSubject } from "./subjects.ts";
import "../shared-parts.ts";

/** Keys that are read to find those of backups among all that is due, of whatever noun. */
const MOST_READ = 10_000;
/** More than this in one tick waits for the next one; the oldest go first. */
const MOST_LOOKED_AT = 200;
const AT_ONCE = 4;

/**
 * The tick: looks at every run that is due and that no timer woke, and at plans of the configuration that were never looked at.
 *
 * @returns how many were looked at
 * @throws the first of several errors, after all were looked at
 */
export async function tickBackup(runtime: Runtime, tenant: string, id?: string): Promise<number> {
  const due = (await runtime.store.due(runtime.now(), MOST_READ)).filter((key) => isBackup(key.noun));
  const subjects = new Map(due.map((key) => [`${key.tenant}/${key.subject}`, key]));
  for (const key of await neverSeen(runtime, tenant)) subjects.set(`${key.tenant}/${key.subject}`, key);
  const looked = [...subjects.values()];
  const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: "tick: due" };
  const errors = await lookAtEach(runtime, looked.slice(0, MOST_LOOKED_AT), {
    ...{ noun: "backup", what: "backup run", atOnce: AT_ONCE, trigger, look: lookAtSubject },
  });
  // Told each minute, a zero as well: silence is an alarm of its own (stacks/alarms.ts).
  const late = (await planAges(runtime, tenant)).filter((age) => age.late).length;
  const left = Math.max(0, looked.length - MOST_LOOKED_AT);
  runtime.telemetry.gauge("headgate_backups_overdue", late + errors.length + left);
  throwAll(errors, "backup runs failed");
  return Math.min(looked.length, MOST_LOOKED_AT);
}

/** Plans without an item, or whose item wants nothing although the plan has an interval: they came, or came back, with the configuration. Their drills too. */
async function neverSeen(runtime: Runtime, tenant: string): Promise<readonly AggregateKey[]> {
  const plans = Object.entries((await currentConfig(runtime, tenant))?.config.backup ?? {});
  if (plans.length === 0) return [];
  const { runKey } = await import("./run.ts");
  const keys = plans.flatMap(([plan, { drill }]) => {
    const key = runKey(tenant, plan);
    return drill ? [key, { ...key, subject: drillSubject(plan) }] : [key];
  });
  const found = await bounded(keys, AT_ONCE, async (key) => {
    const stored = await runtime.store.load(key);
    return stored && (stored.dueAt !== undefined || stored.pending) ? [] : [key];
  });
  return found.flat();
}

const TickEvent = v.object({ kind: v.picklist(["backups", "tick"]), id: v.optional(v.string()) });

/** Lambda: EventBridge Scheduler with `{"kind":"backups"}` each minute. */
export async function handler(event: unknown): Promise<void> {
  const { id } = v.parse(TickEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    await tickBackup(runtime, tenant, id);
  } finally {
    await runtime.telemetry.flush();
  }
}
