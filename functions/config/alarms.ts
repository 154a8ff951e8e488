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

interface Wanted {
  readonly alarms: readonly WantedAlarm[];
  /** Rules that have no alarm, each with a sentence. */
  readonly skipped: NonNullable<AlarmChanges["skipped"]>;
}

/** Those of services and of rules. Without the part that is told of rules' alarms there are none of rules. */
async function wantedOf(runtime: Runtime, tenant: string, config: HeadgateConfig): Promise<Wanted> {
  const stage = runtime.stage ?? LOCAL_STAGE;
  const services = wantedAlarms(config, stage, tenant);
  if (!config.monitoring || runtime.parts?.monitoring === false) return { alarms: services, skipped: [] };
  const { ruleAlarms } = await import("../monitoring/deferred.ts");
  const { made, skipped } = ruleAlarms(config.monitoring, stage, tenant);
  return {
    alarms: [...services, ...made.flatMap(({ wanted }) => wanted)],
    skipped: skipped.map(({ name, why }) => ({ name, why })),
  };
}

const regionsOf = (wanted: readonly WantedAlarm[]): readonly string[] =>
  wanted.flatMap((one) =>
    "service" in one ? (one.service.ecs?.region ?? one.service.managedFlink?.region ?? []) : [],
  );

function withSkipped(changes: AlarmChanges, skipped: Wanted["skipped"]): AlarmChanges {
  const all = [...(changes.skipped ?? []), ...skipped];
  return all.length > 0 ? { ...changes, skipped: all } : changes;
}

/** What {@link reconcileAlarms} would do, without doing it. */
export async function planAlarms(runtime: Runtime, tenant: string, config: HeadgateConfig): Promise<AlarmChanges> {
  if (!runtime.alarms) return NO_ALARMS;
  const { alarms, skipped } = await wantedOf(runtime, tenant, config);
  return withSkipped(await runtime.alarms.plan(tenant, alarms, await alarmRegions(runtime, tenant)), skipped);
}

/** Makes the alarms of a configuration and removes all others of the tenant, also in regions that no service is in any more. */
export async function reconcileAlarms(runtime: Runtime, tenant: string, config: HeadgateConfig): Promise<AlarmChanges> {
  if (!runtime.alarms) return NO_ALARMS;
  const { alarms, skipped } = await wantedOf(runtime, tenant, config);
  const used = regionsOf(alarms);
  const known = await noteRegions(runtime, tenant, used);
  const changes = await runtime.alarms.reconcile(tenant, alarms, known);
  const unreached = (region: string) => changes.skipped?.some(({ name }) => name === alarmsIn(region)) ?? false;
  const left = known.filter((region) => !used.includes(region) && !unreached(region));
  await forgetRegions(runtime, tenant, left);
  return withSkipped(changes, skipped);
}

/** Sections of a configuration whose part is not deployed, a sentence each. */
export function partWarnings(runtime: Runtime, config: HeadgateConfig): readonly string[] {
  const { parts } = runtime;
  if (!parts) return [];
  const missing = (section: string, name: string) =>
    `${section} is configured, and its part is not deployed here: deploy with ${name}=on`;
  const scored = config.anomaly !== undefined && Object.keys(config.anomaly).length > 0;
  // What callers balance by themselves needs none of it.
  const watched = Object.values(config.traffic ?? {}).some((one) => one.health || one.discover || one.weights);
  const tuned = Object.values(config.autoscaling).some((one) => one.policies.some(({ type }) => type === "auto"));
  return [
    ...(config.monitoring && !parts.monitoring ? [missing("monitoring", "HEADGATE_MONITORING")] : []),
    ...(scored && !parts.scoring ? [missing("anomaly", "HEADGATE_SCORING")] : []),
    ...(config.alerting && parts.alerting === false ? [missing("alerting", "HEADGATE_ALERTING")] : []),
    ...(Object.keys(config.backup ?? {}).length > 0 && parts.backup === false
      ? [missing("backup", "HEADGATE_BACKUP")]
      : []),
    ...(tuned && parts.tuning === false ? [missing("autoscaling with the policy auto", "HEADGATE_TUNING")] : []),
    ...(config.cost !== undefined && parts.cost === false ? [missing("cost", "HEADGATE_COST")] : []),
    ...(watched && parts.traffic === false ? [missing("traffic", "HEADGATE_TRAFFIC")] : []),
  ];
}
