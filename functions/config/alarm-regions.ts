import * as v from "valibot";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

const Regions = v.object({ v: v.literal(1), regions: v.array(v.string()) });
const MOST_TRIES = 5;

const keyOf = (tenant: string): AggregateKey => ({ tenant, noun: "config", subject: "alarm-regions" });

/** Regions besides Headgate's own in which alarms of a tenant may be, also of services that have left its configuration. */
export async function alarmRegions(runtime: Runtime, tenant: string): Promise<readonly string[]> {
  const stored = await runtime.store.load(keyOf(tenant));
  return stored ? v.parse(Regions, stored.state).regions : [];
}

/** Notes regions before an alarm is made there: a crash after it leaves none that nobody knows of. */
export async function noteRegions(
  runtime: Runtime,
  tenant: string,
  more: readonly string[],
): Promise<readonly string[]> {
  return change(runtime, tenant, (known) => [...known, ...more]);
}

/** Forgets regions that no alarm is left in. */
export async function forgetRegions(runtime: Runtime, tenant: string, gone: readonly string[]): Promise<void> {
  await change(runtime, tenant, (known) => known.filter((region) => !gone.includes(region)));
}

/** A change that always loses to others leaves the list as it is: a region too many costs a request at each `apply`. */
async function change(
  runtime: Runtime,
  tenant: string,
  next: (known: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const key = keyOf(tenant);
  for (let attempt = 1; ; attempt++) {
    const stored = await runtime.store.load(key);
    const known = stored ? v.parse(Regions, stored.state).regions : [];
    const regions = [...new Set(next(known))].sort();
    if (regions.join() === known.join() || attempt > MOST_TRIES) return regions;
    const written = await runtime.store.write(key, stored?.version ?? 0, { state: { v: 1, regions } });
    if (written.ok) return regions;
  }
}
