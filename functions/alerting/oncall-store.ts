import { oncallOverrides } from "../../shared/core/alerting/oncall/overrides.ts";
import type { MadeOverride, OverridesState } from "../../shared/core/alerting/oncall/overrides-types.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** The overrides of one schedule that were made by hand are one aggregate. */
export const overridesKey = (tenant: string, schedule: string): AggregateKey => ({
  tenant,
  noun: oncallOverrides.noun,
  subject: schedule,
});

/** When an override of the schedule was made or taken back last. @throws HeadgateError of the store */
export async function changedAtOf(runtime: Runtime, tenant: string, schedule: string): Promise<Millis | undefined> {
  const stored = await runtime.store.load(overridesKey(tenant, schedule));
  return (stored?.state as unknown as OverridesState | undefined)?.changedAt;
}

/** Overrides that were made by hand, by schedule, in the order in which they were made. @throws HeadgateError of the store */
export async function overridesOf(
  runtime: Runtime,
  tenant: string,
  schedules: readonly string[],
): Promise<ReadonlyMap<string, readonly MadeOverride[]>> {
  const loaded = await Promise.all(
    schedules.map(async (name) => {
      const stored = await runtime.store.load(overridesKey(tenant, name));
      return [name, (stored?.state as unknown as OverridesState | undefined)?.overrides ?? []] as const;
    }),
  );
  return new Map(loaded);
}
