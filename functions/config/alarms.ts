import { alarmsFor } from "../../shared/core/autoscaling/alarms.ts";
import { alarmName, alarmsIn } from "../../shared/core/kernel/alarm-name.ts";
import type { AlarmChanges, WantedAlarm } from "../../shared/core/ports/alarms.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { targetsOf } from "../autoscaling/targets.ts";
import { alarmRegions, forgetRegions, noteRegions } from "./alarm-regions.ts";

/** Where nothing holds alarms there is nothing to change. */
const NO_ALARMS: AlarmChanges = { created: [], updated: [], removed: [], unchanged: 0 };

/** The alarms a tenant's configuration needs so that its services wake Headgate, at most two for each. */
export function wantedAlarms(config: HeadgateConfig, stage: string, tenant: string): readonly WantedAlarm[] {
  return targetsOf(config).flatMap((target) =>
    alarmsFor(target.name, target.config).map(({ purpose: _, name, ...alarm }) => ({
      service: target.ref,
      name: alarmName(stage, tenant, name),
      ...alarm,
    })),
  );
}

const wantedOf = (runtime: Runtime, tenant: string, config: HeadgateConfig) =>
  wantedAlarms(config, runtime.stage ?? LOCAL_STAGE, tenant);

const regionsOf = (wanted: readonly WantedAlarm[]): readonly string[] =>
  wanted.flatMap(({ service }) => service.ecs?.region ?? []);

/** What {@link reconcileAlarms} would do, without doing it. */
export async function planAlarms(runtime: Runtime, tenant: string, config: HeadgateConfig): Promise<AlarmChanges> {
  if (!runtime.alarms) return NO_ALARMS;
  return runtime.alarms.plan(tenant, wantedOf(runtime, tenant, config), await alarmRegions(runtime, tenant));
}

/** Makes the alarms of a configuration and removes all others of the tenant, also in regions that no service is in any more. */
export async function reconcileAlarms(runtime: Runtime, tenant: string, config: HeadgateConfig): Promise<AlarmChanges> {
  if (!runtime.alarms) return NO_ALARMS;
  const wanted = wantedOf(runtime, tenant, config);
  const used = regionsOf(wanted);
  const known = await noteRegions(runtime, tenant, used);
  const changes = await runtime.alarms.reconcile(tenant, wanted, known);
  const unreached = (region: string) => changes.skipped?.some(({ name }) => name === alarmsIn(region)) ?? false;
  const left = known.filter((region) => !used.includes(region) && !unreached(region));
  await forgetRegions(runtime, tenant, left);
  return changes;
}
