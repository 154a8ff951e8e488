import type { Day } from "../day.ts";
import { add, type Decimal, isZero, ZERO } from "../decimal.ts";
import { LIST_PRICES, type PriceItem } from "../sources/price-list.ts";
import { deal, purse } from "./deal.ts";
import type { ClusterDays, Sink } from "./kafka.ts";
import { type UsageSum, wholeUsage } from "./usage-sums.ts";

const listed = (item: PriceItem): number =>
  Number(LIST_PRICES.find((one) => one.item === item && one.regions.includes("us-east-1"))?.price);
/**
 * What an hour of a vCPU and of a GB cost on AWS Fargate, Linux on x86, us-east-1. Only their ratio counts here: so many times more a task pays for a
 * vCPU than for a GB.
 */
const VCPU = listed("task.vcpu_hour");
const GB = listed("task.gb_hour");

export interface WorkShare {
  readonly name: string;
  readonly cost: Decimal;
  /** In the unit it was dealt out by. */
  readonly used: number;
}

export interface WorkCost {
  readonly cost: Decimal;
  readonly undealt: Decimal;
  readonly undealtDays: readonly Day[];
  readonly byAllDays: readonly Day[];
  readonly shares: readonly WorkShare[];
  readonly used: number;
  readonly unit: string;
  readonly usage: UsageSum;
}

/** Told the names in the order of positions. */
export type WorkSinkOf = (names: readonly string[]) => Sink<undefined>;

/** By what a day is dealt out: a weight for each name. */
type Weigh = (sum: UsageSum) => ReadonlyMap<string, number>;

/** Slot-seconds of the jobs of one Flink cluster; "" is what nobody used. */
const bySlots =
  (cluster: string): Weigh =>
  (sum) =>
    new Map([...sum.jobs.values()].flatMap((one) => (one.cluster === cluster ? [[one.job, one.slotSeconds]] : [])));

/** Whether the size of every task is known, so that cpu and memory can count. */
const isSized = (sum: UsageSum): boolean =>
  [...sum.services.values()].every(({ taskSeconds, sizedSeconds = 0 }) => sizedSeconds >= taskSeconds * 0.999);

const TASKS: Weigh = (sum) => new Map([...sum.services].map(([name, { taskSeconds }]) => [name, taskSeconds]));
const SIZES: Weigh = (sum) =>
  new Map(
    [...sum.services].map(([name, { cpuSeconds = 0, memoryMbSeconds = 0 }]) => [
      name,
      VCPU * cpuSeconds + (GB * memoryMbSeconds) / 1024,
    ]),
  );

/** Deals the cost of a Flink cluster out to its jobs; unused slots have the name "". */
export const flinkCost = (days: ClusterDays, cluster: string, sinkOf: WorkSinkOf): WorkCost =>
  workCost(days, bySlots(cluster), "slot-seconds", sinkOf);

/** Deals the cost of tasks out to services: by task-hours, cpu and memory weighted by their prices where the size of every task is known. */
export function servicesCost(days: ClusterDays, sinkOf: WorkSinkOf): WorkCost {
  const sized = [...days.usage.values()].every(isSized);
  return workCost(days, sized ? SIZES : TASKS, sized ? "task-seconds by size" : "task-seconds", sinkOf);
}

function workCost({ amounts, usage }: ClusterDays, weigh: Weigh, unit: string, sinkOf: WorkSinkOf): WorkCost {
  const all = wholeUsage(usage.values());
  const totals = weigh(all);
  const names = [...totals.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const weightsIn = (sum: UsageSum): readonly number[] => {
    const weights = weigh(sum);
    return names.map((name) => weights.get(name) ?? 0);
  };
  const costs = purse(names.length);
  const sink = sinkOf(names);
  const [undealtDays, byAllDays]: [Day[], Day[]] = [[], []];
  let [cost, undealt] = [ZERO, ZERO];
  for (const [day, amount] of [...amounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    cost = add(cost, amount);
    if (isZero(amount)) continue;
    const own = usage.get(day);
    const bySelf = own && deal(amount, weightsIn(own));
    const dealt = bySelf ?? deal(amount, weightsIn(all));
    if (!bySelf) (dealt ? byAllDays : undealtDays).push(day);
    if (!dealt) undealt = add(undealt, amount);
    else {
      for (const [at, units] of dealt.units.entries()) {
        costs.add(at, units);
        sink.add(day, undefined, at, units);
      }
      costs.rest(dealt.restTo, dealt.rest);
      sink.rest(day, undefined, dealt.restTo, dealt.rest);
    }
  }
  return {
    ...{ cost, undealt, undealtDays, byAllDays, unit, usage: all },
    used: [...totals.values()].reduce((sum, one) => sum + one, 0),
    shares: names.map((name, at) => ({ name, cost: costs.of(at), used: totals.get(name) ?? 0 })),
  };
}
