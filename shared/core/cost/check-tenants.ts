import type { CostFinding } from "./check.ts";
import { decimal, isZero, ZERO } from "./decimal.ts";
import type { CostConfig } from "./section.ts";

/** Tenants that there can be; undefined where tags or names make them, and nobody can list them. */
export function tenantsOf({ tenants }: CostConfig): readonly string[] | undefined {
  if (tenants.tag !== undefined || tenants.prefix !== undefined) return undefined;
  return [...new Set(tenants.rules.map(({ tenant }) => tenant))];
}

/** Rules that name nothing, and budgets of tenants that there cannot be. */
export function checkTenants(cost: CostConfig): readonly CostFinding[] {
  const { rules, budgets } = cost.tenants;
  const found: CostFinding[] = [];
  for (const [index, { tenant, ...names }] of rules.entries())
    if (Object.values(names).every((one) => one === undefined || Object.keys(one).length === 0))
      found.push({
        path: ["cost", "tenants", "rules", index],
        message: `says nothing of what is ${tenant}'s`,
        value: tenant,
        allowed: "topics, groups, jobs, services, accounts or tags",
      });
  const known = tenantsOf(cost);
  for (const [tenant, { amount }] of Object.entries(budgets)) {
    if (isZero(decimal(amount) ?? ZERO))
      found.push({
        path: ["cost", "tenants", "budgets", tenant, "amount"],
        message: "of nothing no percent can be spent",
        value: amount,
        allowed: "an amount above 0",
      });
    if (known && !known.includes(tenant))
      found.push({
        path: ["cost", "tenants", "budgets", tenant],
        message: "no rule makes anything this tenant's",
        value: tenant,
        allowed: known.join(", ") || "a tenant under cost.tenants.rules",
        works: true,
      });
  }
  return found;
}
