import type { CostFacts, CostFinding } from "./check.ts";
import { tenantsOf } from "./check-tenants.ts";
import type { CostConfig } from "./section.ts";

/** Reports that go to places, receivers or tenants which are not there. */
export function checkReports(cost: CostConfig, facts: CostFacts): readonly CostFinding[] {
  const tenants = tenantsOf(cost);
  return Object.entries(cost.reports).flatMap(([name, report]): CostFinding[] => {
    const at = (...rest: (string | number)[]) => ["cost", "reports", name, ...rest];
    const found: CostFinding[] = facts
      .places(report.to)
      .map(({ index, ...fault }) => ({ ...fault, path: at("to", index) }));
    for (const [index, receiver] of report.receivers.entries()) {
      if (!facts.alerting)
        found.push({
          path: at("receivers", index),
          message: "there is no section alerting, so there are no receivers",
          value: receiver,
          allowed: "alerting: { alertmanager: alertmanager.yml }",
        });
      else if (facts.receivers && !facts.receivers.includes(receiver))
        found.push({
          path: at("receivers", index),
          message: "alertmanager.yml has no such receiver",
          value: receiver,
          allowed: facts.receivers.join(", "),
        });
    }
    const { tenant } = report;
    if (tenant !== undefined && tenants && !tenants.includes(tenant))
      found.push({
        path: at("tenant"),
        message: "no rule makes anything this tenant's",
        value: tenant,
        allowed: tenants.join(", ") || "a tenant under cost.tenants.rules",
        works: true,
      });
    if (cost.sources.length === 0)
      found.push({
        path: at(),
        message: "there is no source of costs, so there is nothing to report",
        value: name,
        allowed: "something under cost.sources",
        works: true,
      });
    return found;
  });
}
