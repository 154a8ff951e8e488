import type { PoolCost } from "../../shared/core/cost/allocate/types.ts";
import { type UnitDay, unitCost } from "../../shared/core/cost/allocate/unit-cost.ts";
import type { Day } from "../../shared/core/cost/day.ts";
import { toNumber } from "../../shared/core/cost/decimal.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { Allocated } from "./allocate.ts";
import type { UnitCostView } from "./allocation-view.ts";
import { PLATFORM } from "./usage-keys.ts";

const seenOf = (ms: number | undefined): number => Math.min(1, (ms ?? 0) / DAY_MS);

/** Unit costs of everything that has events: each asked for when it is shown. */
export interface UnitCosts {
  topic(cluster: string, topic: string): UnitCostView | undefined;
  service(name: string): UnitCostView | undefined;
  tenant(tenant: string | undefined): UnitCostView | undefined;
}

const view = (days: readonly UnitDay[], unit: UnitCostView["unit"]): UnitCostView | undefined => {
  const found = unitCost(days);
  return found && { ...found, unit };
};

/** Costs of each day against what was counted in it, as far as the day was watched. */
export function unitCosts({ result, usage }: Pick<Allocated, "result" | "usage">): UnitCosts {
  const kafka = new Map(
    result.pools.flatMap((pool): (readonly [string, PoolCost & { kind: "kafka" }])[] =>
      pool.kind === "kafka" ? [[pool.cluster, pool]] : [],
    ),
  );
  const topicAt = new Map(
    [...kafka].map(([cluster, { topics }]) => [cluster, new Map(topics.map(({ topic }, at) => [topic, at]))] as const),
  );
  const services = result.pools.find((pool) => pool.kind === "services");
  const platform = usage.get(PLATFORM) ?? new Map();
  // Records by tenant and day, and how much of the day was seen.
  const records = new Map<string | undefined, Map<Day, number>>();
  const seen = new Map<Day, number>();
  for (const { cluster, topic, owner, usage: own } of result.topics) {
    if (own.internal) continue;
    const days = records.get(owner?.tenant) ?? new Map<Day, number>();
    records.set(owner?.tenant, days);
    for (const [day, sum] of usage.get(cluster) ?? []) {
      days.set(day, (days.get(day) ?? 0) + (sum.topics.get(topic)?.inRecords ?? 0));
      seen.set(day, Math.max(seen.get(day) ?? 0, seenOf(sum.seenMs)));
    }
  }
  return {
    topic: (cluster, topic) => {
      const at = topicAt.get(cluster)?.get(topic);
      const daily = kafka.get(cluster)?.daily;
      if (at === undefined || !daily) return undefined;
      const days = [...daily].flatMap(([day, costs]): UnitDay[] => {
        const sum = usage.get(cluster)?.get(day);
        const events = sum?.topics.get(topic)?.inRecords ?? 0;
        return sum ? [{ day, cost: costs[at] ?? 0, events, seen: seenOf(sum.seenMs) }] : [];
      });
      return view(days, "records");
    },
    service: (name) => {
      if (services?.kind !== "services") return undefined;
      const at = services.shares.findIndex((one) => one.name === name);
      const days = [...services.daily].flatMap(([day, costs]): UnitDay[] => {
        const sum = platform.get(day);
        return sum && at >= 0
          ? [{ day, cost: costs[at] ?? 0, events: sum.services.get(name)?.requests ?? 0, seen: seenOf(sum.seenMs) }]
          : [];
      });
      return view(days, "requests");
    },
    tenant: (tenant) => {
      const days = [...(records.get(tenant) ?? [])].map(
        ([day, events]): UnitDay => ({
          day,
          events,
          cost: toNumber(result.ofDay(tenant, day)),
          seen: seen.get(day) ?? 0,
        }),
      );
      return view(days, "records");
    },
  };
}
