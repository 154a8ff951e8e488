import { owners } from "../../shared/core/cost/allocate/tenants.ts";
import type { CostConfig } from "../../shared/core/cost/section.ts";
import type { Charge } from "../../shared/core/cost/types.ts";

/** Whose cost a charge is by the rules of the configuration; what a shared cluster costs is dealt out by the allocation, not here. */
export function tenantOfCharges({ tenants }: CostConfig): (charge: Charge) => string | undefined {
  const all = owners(tenants);
  return (charge) => all.charge(charge)?.tenant;
}
