import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { alarmsIn, tenantPrefix } from "../core/kernel/alarm-name.ts";
import type { Alarms, WantedAlarm } from "../core/ports/alarms.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";
import type { ActualAlarm, AlarmInput } from "./cloudwatch-alarm-input.ts";
import { changesOf, type Plan, planRegion, TENANT_TAG } from "./cloudwatch-alarm-plan.ts";
import { regionOf as regionOfService } from "./cloudwatch-metrics.ts";

/** DeleteAlarms takes 100 names, and no more than one composite alarm among them. */
const PER_DELETE = 100;

export interface CloudWatchAlarmsOptions {
  readonly client: ClientSource<CloudWatchClient>;
  /** Of this installation; alarms of another one in the same account are not even read. */
  readonly stage: string;
}

/** A region that no service names any more must not keep the others from being seen to: it may be gone, or never have been. */
const unreached =
  (region: string) =>
  (cause: unknown): Plan => {
    const why = awsError("samples.unavailable", "they could not be read; the next apply tries again", cause).message;
    const skipped = [{ name: alarmsIn(region), why }];
    return { region, create: [], update: [], replace: [], remove: [], unchanged: 0, skipped };
  };

/** Where an alarm is kept: a service's beside it, all others in Headgate's own region. */
const regionOf = (alarm: WantedAlarm): string | undefined =>
  "service" in alarm ? regionOfService(alarm.service) : undefined;

/**
 * Alarms over CloudWatch. An alarm is Headgate's when its name has the prefix, its description the tenant's mark and its tag the
 * tenant; the tag is read only where something would change. Regions are those of the wanted services, the given ones and the default one.
 */
export function cloudwatchAlarms(options: CloudWatchAlarmsOptions): Alarms {
  const reach = async (region: string | undefined) =>
    Promise.all([clientOf(options.client, region), import("./cloudwatch-calls.ts")]);

  const existing = async (region: string | undefined, tenant: string): Promise<Map<string, ActualAlarm>> => {
    const [client, cloudwatch] = await reach(region);
    const found = new Map<string, ActualAlarm>();
    let NextToken: string | undefined;
    do {
      const page = await cloudwatch.describeAlarms(client, {
        AlarmNamePrefix: tenantPrefix(options.stage, tenant),
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        MaxRecords: 100,
        ...(NextToken ? { NextToken } : {}),
      });
      for (const alarm of page.MetricAlarms ?? [])
        if (alarm.AlarmName) found.set(alarm.AlarmName, { kind: "metric", alarm });
      for (const alarm of page.CompositeAlarms ?? [])
        if (alarm.AlarmName) found.set(alarm.AlarmName, { kind: "composite", alarm });
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  };

  const isOurs = async (region: string | undefined, { alarm }: ActualAlarm, tenant: string): Promise<boolean> => {
    const [client, cloudwatch] = await reach(region);
    const { Tags } = await cloudwatch.listTagsForResource(client, { ResourceARN: alarm.AlarmArn });
    return (Tags ?? []).some((tag) => tag.Key === TENANT_TAG && tag.Value === tenant);
  };

  const planOf = async (region: string | undefined, tenant: string, wanted: readonly WantedAlarm[]): Promise<Plan> => {
    const actual = await existing(region, tenant);
    return planRegion({ region, tenant, wanted, actual, isOurs: (alarm) => isOurs(region, alarm, tenant) });
  };

  const plans = async (
    tenant: string,
    wanted: readonly WantedAlarm[],
    regions: readonly string[],
  ): Promise<readonly Plan[]> => {
    const needed = new Set([undefined, ...wanted.map(regionOf)]);
    // By the client's own region: a service that names the default region must not look like one in another region.
    const byRegion = new Map<string, { region: string | undefined; needed: boolean; wanted: WantedAlarm[] }>();
    for (const region of new Set([...needed, ...regions])) {
      const [client] = await reach(region);
      const name = await client.config.region();
      const group = byRegion.get(name) ?? { region, needed: needed.has(region), wanted: [] };
      byRegion.set(name, group);
      group.wanted.push(...wanted.filter((one) => regionOf(one) === region));
    }
    return Promise.all(
      [...byRegion.values()].map(async (group) => {
        const planned = planOf(group.region, tenant, group.wanted);
        return group.needed || group.region === undefined ? planned : planned.catch(unreached(group.region));
      }),
    );
  };

  /**
   * One after the other: CloudWatch takes three PutMetricAlarm a second, and the SDK waits when told to. A composite alarm is put
   * after the alarms it is made of and deleted before them.
   */
  const perform = async ({ region, create, update, replace, remove }: Plan): Promise<void> => {
    const [client, cloudwatch] = await reach(region);
    const put = async ({ kind, input }: AlarmInput) =>
      kind === "metric" ? cloudwatch.putMetricAlarm(client, input) : cloudwatch.putCompositeAlarm(client, input);
    const drop = async (alarms: readonly ActualAlarm[]) => {
      const names = (kind: ActualAlarm["kind"]) =>
        alarms.flatMap((one) => (one.kind === kind && one.alarm.AlarmName ? [one.alarm.AlarmName] : []));
      for (const name of names("composite")) await cloudwatch.deleteAlarms(client, { AlarmNames: [name] });
      const metrics = names("metric");
      for (let index = 0; index < metrics.length; index += PER_DELETE)
        await cloudwatch.deleteAlarms(client, { AlarmNames: metrics.slice(index, index + PER_DELETE) });
    };
    const puts = [...create, ...update];
    await drop([...replace, ...remove.filter(({ kind }) => kind === "composite")]);
    for (const one of puts.filter(({ kind }) => kind === "metric")) await put(one);
    for (const one of puts.filter(({ kind }) => kind === "composite")) await put(one);
    await drop(remove.filter(({ kind }) => kind === "metric"));
  };

  const guarded = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw awsError("samples.unavailable", what, error);
    }
  };

  return {
    plan: (tenant, wanted, regions = []) =>
      guarded("alarms could not be read", async () => changesOf(await plans(tenant, wanted, regions))),
    reconcile: (tenant, wanted, regions = []) =>
      guarded("alarms could not be changed", async () => {
        const all = await plans(tenant, wanted, regions);
        for (const plan of all) await perform(plan);
        return changesOf(all);
      }),
  };
}
