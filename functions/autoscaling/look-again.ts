import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import { EMPTY } from "../../shared/core/autoscaling/state.ts";
import { type Json, sameJson } from "../../shared/core/kernel/json.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { refOf } from "./targets.ts";

const CONCURRENCY = 20;
const MAX_TRIES = 3;

/** Services whose scaling or address is another one than before, also those that came and went. */
export function changedServices(before: HeadgateConfig | undefined, next: HeadgateConfig): readonly string[] {
  const part = (config: HeadgateConfig | undefined, name: string): Json => {
    const scaling = config && own(config.autoscaling, name);
    return scaling ? ({ scaling, ref: refOf(config, name) } as unknown as Json) : null;
  };
  const names = new Set([...Object.keys(before?.autoscaling ?? {}), ...Object.keys(next.autoscaling)]);
  return [...names].filter((name) => !sameJson(part(before, name), part(next, name))).sort();
}

/**
 * Makes services due now, so that the next tick looks at them: a minimum that was raised, or a schedule that was added, wakes
 * nobody by itself while a service is quiet. What is pending is left alone, as it is due when its lease ends. A failure or a
 * crash on the way is no harm beyond time: the sweep sees the service later.
 */
export async function lookAgain(runtime: Runtime, tenant: string, services: readonly string[]): Promise<void> {
  await bounded(services, CONCURRENCY, async (subject) => {
    const key = { tenant, noun: autoscaling.noun, subject };
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      const now = runtime.now();
      const stored = await runtime.store.load(key);
      if (stored?.pending || (stored?.dueAt !== undefined && stored.dueAt <= now)) return;
      const state = stored?.state ?? (EMPTY as unknown as Json);
      if ((await runtime.store.write(key, stored?.version ?? 0, { state, dueAt: now })).ok) return;
    }
  });
}
