import { daysOf } from "../../shared/core/cost/day.ts";
import { compare, type Decimal, isZero, subtract, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { type AllocationAsk, allocateBills } from "./allocate.ts";
import { figure, percentOf } from "./allocation.ts";
import type { CostWork } from "./context.ts";
import type { CostPartView, CostTenantDetailView, CostTenantsView } from "./views.ts";
import "../shared-parts.ts";

/** All tenants, the dearest first. @throws as {@link allocateBills} */
export async function tenantsView(work: CostWork, ask: AllocationAsk = {}): Promise<CostTenantsView> {
  const allocated = await allocateBills(work, ask);
  const { result, status, notes } = allocated;
  const nobody = result.tenants.get(undefined)?.total ?? ZERO;
  return {
    ...figure(allocated),
    ...{ status, total: text(result.total), unallocated: text(sum([nobody, result.unallocated])), notes },
    ...(isZero(result.idle) ? {} : { idle: text(result.idle) }),
    ...(isZero(result.shared) ? {} : { shared: text(result.shared) }),
    items: [...result.tenants]
      .flatMap(([tenant, { total }]) => (tenant === undefined ? [] : [{ tenant, total }]))
      .sort((a, b) => compare(b.total, a.total))
      .map(({ tenant, total }) => ({
        ...{ tenant, cost: text(total) },
        ...(isZero(result.total) ? {} : { share: percentOf(total, result.total) }),
      })),
  };
}

/** One tenant: what it pays for, and each day. Undefined: nothing is its own. @throws as {@link allocateBills} */
export async function tenantView(
  work: CostWork,
  tenant: string,
  ask: AllocationAsk = {},
): Promise<CostTenantDetailView | undefined> {
  const allocated = await allocateBills(work, ask);
  const { result, status, notes, from, to } = allocated;
  const held = result.tenants.get(tenant);
  if (!held) return undefined;
  const mine = (owner: { readonly tenant: string } | undefined) => owner?.tenant === tenant;
  const parts: (readonly [string, string, Decimal])[] = [
    // Who reads pays for what goes out: it stands with the groups.
    ...result.topics.flatMap(({ topic, owner, cost, read }) =>
      mine(owner) ? [["topic", topic, subtract(cost, read)] as const] : [],
    ),
    ...result.groups.flatMap(({ group, topic, owner, cost }) =>
      mine(owner) ? [["group", `${group} on ${topic}`, cost] as const] : [],
    ),
    ...result.jobs.flatMap(({ name, owner, cost }) => (mine(owner) ? [["job", name, cost] as const] : [])),
    ...result.services.flatMap(({ name, owner, cost }) => (mine(owner) ? [["service", name, cost] as const] : [])),
    ...result.others.flatMap((one) => (one.tenant === tenant ? [["charge", one.what, one.cost] as const] : [])),
    ["shared", "its part of what is everybody's", held.shared],
    ["idle", "its part of what nobody used", held.idle],
  ];
  return {
    ...figure(allocated),
    ...{ tenant, status, cost: text(held.total), notes },
    ...(isZero(result.total) ? {} : { share: percentOf(held.total, result.total) }),
    parts: parts
      .filter(([, , cost]) => !isZero(cost))
      .sort(([, , a], [, , b]) => compare(b, a))
      .map(([kind, name, cost]): CostPartView => ({ kind, name, cost: text(cost) })),
    days: daysOf(from, to).map((day) => ({ day, cost: text(result.ofDay(tenant, day)) })),
  };
}
