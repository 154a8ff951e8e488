import type { Tag } from "@aws-sdk/client-cloudwatch";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { AlarmChanges, WantedAlarm } from "../core/ports/alarms.ts";
import {
  type ActualAlarm,
  type AlarmInput,
  alarmInput,
  carryOver,
  isMarked,
  isSame,
} from "./cloudwatch-alarm-input.ts";

export const TENANT_TAG = "headgate:tenant";

/** What is to be done in one region. */
export interface Plan {
  readonly region: string | undefined;
  readonly create: readonly AlarmInput[];
  readonly update: readonly AlarmInput[];
  /** Of the other kind than what takes its name: it has to go first. */
  readonly replace: readonly ActualAlarm[];
  readonly remove: readonly ActualAlarm[];
  readonly unchanged: number;
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

interface Planning {
  readonly region: string | undefined;
  readonly tenant: string;
  readonly wanted: readonly WantedAlarm[];
  /** By name. */
  readonly actual: ReadonlyMap<string, ActualAlarm>;
  /** Whether the alarm's tag says that it is the tenant's; a request each, so only asked where something would change. */
  readonly isOurs: (alarm: ActualAlarm) => Promise<boolean>;
}

/**
 * What it takes to get from the alarms that are to those that are wanted.
 *
 * @throws HeadgateError `config.conflict` where another's alarm has a wanted name
 */
export async function planRegion({ region, tenant, wanted, actual, isOurs }: Planning): Promise<Plan> {
  const create: AlarmInput[] = [];
  const update: AlarmInput[] = [];
  const replace: ActualAlarm[] = [];
  const remove: ActualAlarm[] = [];
  const skipped: { name: string; why: string }[] = [];
  let unchanged = 0;
  for (const one of wanted) {
    const input = alarmInput(one, tenant);
    const there = actual.get(one.name);
    if (typeof input === "string") skipped.push({ name: one.name, why: input });
    else if (!there) create.push(withTags(input, tenant));
    else if (isSame(there, input)) unchanged++;
    else if (!(await isOurs(there)))
      throw new HeadgateError("config.conflict", `the alarm ${one.name} exists and is not Headgate's for ${tenant}`);
    else if (there.kind === input.kind) update.push(carriedOver(input, there));
    else {
      replace.push(there);
      update.push(withTags(carriedOver(input, there), tenant));
    }
  }
  const makeable = new Set(wanted.map((one) => one.name));
  for (const one of skipped) makeable.delete(one.name);
  for (const [name, alarm] of actual)
    if (!makeable.has(name) && isMarked(alarm, tenant) && (await isOurs(alarm))) remove.push(alarm);
  return { region, create, update, replace, remove, unchanged, skipped };
}

function withTags(one: AlarmInput, tenant: string): AlarmInput {
  const Tags: Tag[] = [{ Key: TENANT_TAG, Value: tenant }];
  return one.kind === "metric" ? { ...one, input: { ...one.input, Tags } } : { ...one, input: { ...one.input, Tags } };
}

function carriedOver(one: AlarmInput, there: ActualAlarm): AlarmInput {
  const carried = carryOver(there);
  return one.kind === "metric"
    ? { ...one, input: { ...one.input, ...carried } }
    : { ...one, input: { ...one.input, ...carried } };
}

const actualName = ({ alarm }: ActualAlarm) => alarm.AlarmName ?? "";

/** All regions' plans as one answer, names in order. */
export function changesOf(all: readonly Plan[]): AlarmChanges {
  const names = (list: (plan: Plan) => readonly string[]) => all.flatMap(list).sort();
  const skipped = all.flatMap((plan) => plan.skipped);
  return {
    created: names((plan) => plan.create.map(({ name }) => name)),
    updated: names((plan) => plan.update.map(({ name }) => name)),
    removed: names((plan) => plan.remove.map(actualName)),
    unchanged: all.reduce((sum, plan) => sum + plan.unchanged, 0),
    ...(skipped.length > 0 ? { skipped } : {}),
  };
}
