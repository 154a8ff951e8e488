// Who pays for what, as /api/v1/cost answers with it; loaded with the first request.
import "../shared-parts.ts";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { allocation } from "./allocation.ts";
import { tenantsView, tenantView } from "./allocation-tenants.ts";
import type { AllocationView } from "./allocation-view.ts";
import { budgets } from "./budgets.ts";
import { type CostWork, openCost } from "./context.ts";
import type { CostTenantDetailView, CostTenantsView, CostTenantView } from "./views.ts";

interface AskedSpan {
  readonly from?: Day | undefined;
  readonly to?: Day | undefined;
}

const span = ({ from, to }: AskedSpan) => ({
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

export async function allocationAnswer(runtime: Runtime, tenant: string, asked: AskedSpan): Promise<AllocationView> {
  return allocation(await openCost(runtime, tenant), span(asked));
}

type BudgetOf = (tenant: string) => Pick<CostTenantView, "budget">;

/** What each tenant may spend and how much of it is spent; of several the tightest. Where nobody has one, bills are not read for it. */
async function budgetsOf(work: CostWork): Promise<BudgetOf> {
  const { budgets: named, tenants } = work.config;
  const some = Object.keys(tenants.budgets).length > 0 || Object.values(named).some(({ scope }) => scope.tenant);
  const { items } = some ? await budgets(work) : { items: [] };
  const found = new Map<string, NonNullable<CostTenantView["budget"]>>();
  for (const { tenant, amount, percent } of items) {
    if (tenant === undefined || (found.get(tenant)?.percent ?? -1) >= (percent ?? 0)) continue;
    found.set(tenant, { amount, ...(percent === undefined ? {} : { percent }) });
  }
  return (tenant) => {
    const budget = found.get(tenant);
    return budget ? { budget } : {};
  };
}

/** Who reads a figure has to know that no bill stands behind it. */
const madeUp = ({ sources }: CostWork): Pick<CostTenantsView, "madeUp"> =>
  sources.some(({ source }) => "sample" in source) ? { madeUp: true } : {};

export async function tenantsAnswer(runtime: Runtime, tenant: string, asked: AskedSpan): Promise<CostTenantsView> {
  const work = await openCost(runtime, tenant);
  const [view, budgetOf] = await Promise.all([tenantsView(work, span(asked)), budgetsOf(work)]);
  return { ...view, ...madeUp(work), items: view.items.map((one) => ({ ...one, ...budgetOf(one.tenant) })) };
}

/** A tenant that nothing is of is no error: rules name it, or it is to be named. */
export async function tenantAnswer(
  runtime: Runtime,
  tenant: string,
  name: string,
  asked: AskedSpan,
): Promise<CostTenantDetailView> {
  const work = await openCost(runtime, tenant);
  const [view, budgetOf] = await Promise.all([tenantView(work, name, span(asked)), budgetsOf(work)]);
  if (view) return { ...view, ...madeUp(work), ...budgetOf(name) };
  const { basis, currency } = work.config;
  const to = asked.to ?? addDays(dayOf(work.now), -1);
  return {
    ...{ basis, currency, zone: "UTC", from: asked.from ?? addDays(to, -29), to, tenant: name, status: "none" },
    ...{ cost: "0", parts: [], days: [], ...budgetOf(name) },
    notes: [`nothing of these days is of ${name} by cost.tenants`],
  };
}
