import type { Part } from "../../shared/core/cost/allocate/kafka.ts";
import type { Allocation, PoolCost } from "../../shared/core/cost/allocate/types.ts";
import { type Day, daysOf } from "../../shared/core/cost/day.ts";
import {
  compare,
  type Decimal,
  divide,
  fromNumber,
  isZero,
  multiply,
  sum,
  text,
  toNumber,
  ZERO,
} from "../../shared/core/cost/decimal.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import { type Allocated, type AllocationAsk, allocateBills } from "./allocate.ts";
import type {
  AllocationView,
  OtherCostView,
  PoolView,
  RestView,
  SharePartView,
  TenantCostView,
} from "./allocation-view.ts";
import type { CostWork } from "./context.ts";
import { type UnitCosts, unitCosts } from "./unit-costs.ts";
import { PLATFORM } from "./usage-keys.ts";
import "../shared-parts.ts";

const UNITS: Readonly<Record<Part, string>> = {
  stored: "byte-hours on all replicas",
  in: "bytes in",
  out: "bytes out",
  partitions: "partition-hours",
};
/** Rows of each list, unless asked otherwise. */
const MOST_ROWS = 500;

/** Percent of a whole, for people; 0 where the whole is nothing. */
export function percentOf(part: Decimal, whole: Decimal): number {
  const share = divide(multiply(part, fromNumber(100)), whole, 4);
  return share ? toNumber(share) : 0;
}
const short = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));

/**
 * The bills of a span by who used what they pay for: rows of topics, groups, jobs, services and tenants, each with its formula.
 *
 * @throws as {@link allocateBills}
 */
export async function allocation(
  work: CostWork,
  ask: AllocationAsk & { readonly limit?: number } = {},
): Promise<AllocationView> {
  const allocated = await allocateBills(work, ask);
  return allocationView(allocated, work.config.allocation.weights, ask.limit);
}

type Weights = Readonly<Record<Part, number>>;

function allocationView(allocated: Allocated, weights: Weights, most = MOST_ROWS): AllocationView {
  const { result, status, notes } = allocated;
  const units = unitCosts(allocated);
  const rest: Partial<Record<keyof AllocationView["rest"], RestView>> = {};
  const dearest = <T extends { readonly cost: Decimal }>(
    name: keyof AllocationView["rest"],
    all: readonly T[],
  ): readonly T[] => {
    const sorted = all.toSorted((a, b) => compare(b.cost, a.cost));
    const left = sorted.slice(most);
    if (left.length > 0) rest[name] = { count: left.length, cost: text(sum(left.map(({ cost }) => cost))) };
    return sorted.slice(0, most);
  };
  const partCosts = new Map(
    result.pools.flatMap((pool) =>
      pool.kind === "kafka" ? [[pool.cluster, new Map(pool.parts.map(({ part, cost }) => [part, cost]))] as const] : [],
    ),
  );
  return {
    ...figure(allocated),
    ...{ status, total: text(result.total) },
    tenants: tenantRows(result, units, dearest),
    ...{ shared: text(result.shared), idle: text(result.idle), unallocated: text(result.unallocated) },
    pools: result.pools.map((pool) => poolView(pool, allocated, weights)),
    topics: dearest("topics", result.topics).map((one) => {
      const { cluster, topic, cost, read, owner } = one;
      const parts = Object.entries(one.parts).map(([part, share]): SharePartView => {
        const whole = partCosts.get(cluster)?.get(part as Part) ?? ZERO;
        return { part, cost: text(share), percent: percentOf(share, whole) };
      });
      const unitCost = units.topic(cluster, topic);
      return {
        ...{ cluster, topic, tenant: owner?.tenant ?? null, cost: text(cost), read: text(read), parts },
        why: `${parts.map(({ part, percent }) => `${short(percent)} % of ${part}`).join(" + ") || "nothing of it was used"}${whose(owner)}`,
        ...(unitCost ? { unitCost } : {}),
      };
    }),
    groups: dearest("groups", result.groups).map(({ cluster, group, topic, cost, bytes, owner }) => ({
      ...{ cluster, group, topic, bytes, tenant: owner?.tenant ?? null, cost: text(cost) },
      why: `what it read of ${topic}: ${short(bytes)} bytes${whose(owner)}`,
    })),
    jobs: dearest("jobs", result.jobs).map(({ cluster, name, cost, used, owner }) => ({
      ...{ cluster, job: name, slotSeconds: used, tenant: owner?.tenant ?? null, cost: text(cost) },
      why: `${short(used)} slot-seconds${whose(owner)}`,
    })),
    services: dearest("services", result.services).map(({ name, cost, used, direct, owner }) => {
      const unitCost = units.service(name);
      const own = isZero(direct) ? "" : `${used > 0 ? " + " : ""}charges of its own`;
      return {
        ...{ service: name, taskSeconds: used, direct: text(direct), tenant: owner?.tenant ?? null, cost: text(cost) },
        why: `${used > 0 ? `${short(used)} of the tasks' weight` : ""}${own}${whose(owner)}`,
        ...(unitCost ? { unitCost } : {}),
      };
    }),
    others: dearest("others", result.others).map(otherView),
    sharedCharges: result.sharedCharges.map(otherView),
    ...{ rest, notes },
  };
}

const whose = (owner: { readonly tenant: string; readonly why: string } | undefined): string =>
  owner ? `; of ${owner.tenant} by ${owner.why}` : "; no rule says whose it is";

const otherView = ({ what, cost, tenant, why }: Allocation["others"][number]): OtherCostView => ({
  ...{ what, cost: text(cost), tenant: tenant ?? null },
  why: why ?? (tenant === undefined ? "no rule says whose it is" : ""),
});

export const figure = ({ basis, currency, from, to }: Allocated) => ({
  basis,
  currency,
  zone: "UTC" as const,
  from,
  to,
});

function tenantRows(
  { tenants, total }: Allocation,
  units: UnitCosts,
  dearest: (
    name: "tenants",
    all: readonly (TenantRow & { cost: Decimal })[],
  ) => readonly (TenantRow & { cost: Decimal })[],
): readonly TenantCostView[] {
  const rows = [...tenants]
    .filter(([tenant, { total: has }]) => tenant !== undefined || !isZero(has))
    .map(([tenant, held]) => ({ tenant, held, cost: held.total }));
  return dearest("tenants", rows).map(({ tenant, held }) => {
    const unitCost = units.tenant(tenant);
    return {
      ...{ tenant: tenant ?? null, cost: text(held.total), direct: text(held.direct) },
      ...{ shared: text(held.shared), idle: text(held.idle) },
      ...(isZero(total) ? {} : { share: percentOf(held.total, total) }),
      ...(unitCost ? { unitCost } : {}),
    };
  });
}
interface TenantRow {
  readonly tenant: string | undefined;
  readonly held: Allocation["tenants"] extends ReadonlyMap<unknown, infer Held> ? Held : never;
}

/** What was dealt out of a cluster, by what, and what limits it. */
function poolView(pool: PoolCost, { usage, from, to }: Allocated, weights: Weights): PoolView {
  const days = usage.get(pool.kind === "kafka" ? pool.cluster : PLATFORM) ?? new Map();
  const inSpan = [...days].filter(([day]) => day >= from && day <= to);
  const seenMs = inSpan.reduce((all, [, one]) => all + one.seenMs, 0);
  const watched = seenMs / (daysOf(from, to).length * DAY_MS);
  const notes = [
    ...list("No usage is known, so their cost is left unallocated", pool.undealtDays),
    ...list("Without usage of their own, dealt out by that of all days that have some", pool.byAllDays),
    ...[...pool.usage.missing]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([what, hours]) => `Not read in ${hours} ${hours === 1 ? "hour" : "hours"}: ${what}`),
  ];
  const shared = { cluster: pool.cluster, kind: pool.kind, cost: text(pool.cost), why: pool.why, notes };
  const more = { unallocated: text(pool.undealt), ...(seenMs === 0 ? {} : { watched: Math.min(100, 100 * watched) }) };
  if (pool.kind !== "kafka") {
    const idle = pool.kind === "flink" ? (pool.shares.find(({ name }) => name === "")?.cost ?? ZERO) : ZERO;
    const formula = `cost × ${pool.unit} of each / ${short(pool.used)} ${pool.unit}`;
    const part = { part: "work", cost: text(pool.cost), percent: 100, used: pool.used, unit: pool.unit, formula };
    return { ...shared, ...more, idle: text(idle), parts: pool.used > 0 ? [part] : [] };
  }
  const dealt = sum(pool.parts.map(({ cost }) => cost));
  const told = Object.entries(weights).map(([part, weight]) => `${part} ${weight}`);
  return {
    ...{ ...shared, ...more, idle: "0" },
    parts: pool.parts.flatMap(({ part, weight, cost, used, days: count }) =>
      count === 0
        ? []
        : [
            {
              ...{ part, cost: text(cost), percent: percentOf(cost, dealt), used, unit: UNITS[part] },
              formula: `cost × ${weight} / (weights of the parts that were measured: ${told.join(", ")}) × own ${UNITS[part]} / ${short(used)}`,
            },
          ],
    ),
    notes: [
      ...pool.parts
        .filter(({ days: count, weight }) => count === 0 && weight > 0 && isZero(pool.undealt))
        .map(({ part }) => `${part} was not measured, or nothing was used: its weight goes to the other parts.`),
      ...notes,
    ],
  };
}

const list = (what: string, days: readonly Day[]): readonly string[] =>
  days.length === 0
    ? []
    : [`${what}: ${days.slice(0, 5).join(", ")}${days.length > 5 ? ` and ${days.length - 5} more` : ""}.`];
