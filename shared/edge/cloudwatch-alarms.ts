import type { CloudWatchClient, MetricAlarm, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { alarmsIn, tenantPrefix } from "../core/kernel/alarm-name.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { AlarmChanges, Alarms, WantedAlarm } from "../core/ports/alarms.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";
import { alarmInput, carryOver, isMarked, isSame } from "./cloudwatch-alarm-input.ts";

export const TENANT_TAG = "headgate:tenant";
/** DeleteAlarms takes 100 names. */
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
    return { region, create: [], update: [], remove: [], unchanged: 0, skipped: [{ name: alarmsIn(region), why }] };
  };

interface Plan {
  readonly region: string | undefined;
  readonly create: readonly PutMetricAlarmInput[];
  readonly update: readonly PutMetricAlarmInput[];
  readonly remove: readonly string[];
  readonly unchanged: number;
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Alarms over CloudWatch. An alarm is Headgate's when its name has the prefix, its description the tenant's mark and its tag the
 * tenant; the tag is read only where something would change. Regions are those of the wanted services, the given ones and the default one.
 */
export function cloudwatchAlarms(options: CloudWatchAlarmsOptions): Alarms {
  const reach = async (region: string | undefined) =>
    Promise.all([clientOf(options.client, region), import("./cloudwatch-calls.ts")]);

  const existing = async (region: string | undefined, tenant: string): Promise<Map<string, MetricAlarm>> => {
    const [client, cloudwatch] = await reach(region);
    const found = new Map<string, MetricAlarm>();
    let NextToken: string | undefined;
    do {
      const page = await cloudwatch.describeAlarms(client, {
        AlarmNamePrefix: tenantPrefix(options.stage, tenant),
        AlarmTypes: ["MetricAlarm"],
        MaxRecords: 100,
        ...(NextToken ? { NextToken } : {}),
      });
      for (const alarm of page.MetricAlarms ?? []) if (alarm.AlarmName) found.set(alarm.AlarmName, alarm);
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  };

  const isOurs = async (region: string | undefined, alarm: MetricAlarm, tenant: string): Promise<boolean> => {
    const [client, cloudwatch] = await reach(region);
    const { Tags } = await cloudwatch.listTagsForResource(client, { ResourceARN: alarm.AlarmArn });
    return (Tags ?? []).some((tag) => tag.Key === TENANT_TAG && tag.Value === tenant);
  };

  const planOf = async (region: string | undefined, tenant: string, wanted: readonly WantedAlarm[]): Promise<Plan> => {
    const actual = await existing(region, tenant);
    const create: PutMetricAlarmInput[] = [];
    const update: PutMetricAlarmInput[] = [];
    const remove: string[] = [];
    const skipped: { name: string; why: string }[] = [];
    let unchanged = 0;
    for (const one of wanted) {
      const input = alarmInput(one, tenant);
      const there = actual.get(one.name);
      if (typeof input === "string") skipped.push({ name: one.name, why: input });
      else if (!there) create.push({ ...input, Tags: [{ Key: TENANT_TAG, Value: tenant }] });
      else if (isSame(there, input)) unchanged++;
      else if (await isOurs(region, there, tenant)) update.push({ ...input, ...carryOver(there) });
      else
        throw new HeadgateError("config.conflict", `the alarm ${one.name} exists and is not Headgate's for ${tenant}`);
    }
    const makeable = new Set(wanted.map((one) => one.name));
    for (const one of skipped) makeable.delete(one.name);
    for (const [name, alarm] of actual)
      if (!makeable.has(name) && isMarked(alarm, tenant) && (await isOurs(region, alarm, tenant))) remove.push(name);
    return { region, create, update, remove, unchanged, skipped };
  };

  const plans = async (
    tenant: string,
    wanted: readonly WantedAlarm[],
    regions: readonly string[],
  ): Promise<readonly Plan[]> => {
    const needed = new Set([undefined, ...wanted.map((one) => one.service.ecs?.region)]);
    // By the client's own region: a service that names the default region must not look like one in another region.
    const byRegion = new Map<string, { region: string | undefined; needed: boolean; wanted: WantedAlarm[] }>();
    for (const region of new Set([...needed, ...regions])) {
      const [client] = await reach(region);
      const name = await client.config.region();
      const group = byRegion.get(name) ?? { region, needed: needed.has(region), wanted: [] };
      byRegion.set(name, group);
      group.wanted.push(...wanted.filter((one) => one.service.ecs?.region === region));
    }
    return Promise.all(
      [...byRegion.values()].map(async (group) => {
        const planned = planOf(group.region, tenant, group.wanted);
        return group.needed || group.region === undefined ? planned : planned.catch(unreached(group.region));
      }),
    );
  };

  const changesOf = (all: readonly Plan[]): AlarmChanges => {
    const names = (inputs: readonly PutMetricAlarmInput[]) => inputs.map((input) => input.AlarmName ?? "");
    const skipped = all.flatMap((plan) => plan.skipped);
    return {
      created: all.flatMap((plan) => names(plan.create)).sort(),
      updated: all.flatMap((plan) => names(plan.update)).sort(),
      removed: all.flatMap((plan) => plan.remove).sort(),
      unchanged: all.reduce((sum, plan) => sum + plan.unchanged, 0),
      ...(skipped.length > 0 ? { skipped } : {}),
    };
  };

  /** One after the other: CloudWatch takes three PutMetricAlarm a second, and the SDK waits when told to. */
  const perform = async ({ region, create, update, remove }: Plan): Promise<void> => {
    const [client, cloudwatch] = await reach(region);
    for (const input of [...create, ...update]) await cloudwatch.putMetricAlarm(client, input);
    for (let index = 0; index < remove.length; index += PER_DELETE)
      await cloudwatch.deleteAlarms(client, { AlarmNames: remove.slice(index, index + PER_DELETE) });
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
