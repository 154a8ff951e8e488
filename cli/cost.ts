import type { Group } from "./command.ts";
import { allocate } from "./cost-allocate.ts";
import { importVerb } from "./cost-bills.ts";
import { apply, changes, dismiss, opportunities, retention, revert } from "./cost-changes.ts";
import { reports, send } from "./cost-jobs.ts";
import { query } from "./cost-query.ts";
import { report } from "./cost-report.ts";
import { estimate, self } from "./cost-self.ts";
import { anomalies, budgets, drivers, forecast, sources, tenants } from "./cost-views.ts";

export const cost: Group = {
  name: "cost",
  about: "what the platform costs, for whom, why it changed, what can be saved and whether it was",
  verbs: [
    report,
    reports,
    send,
    query,
    drivers,
    forecast,
    budgets,
    anomalies,
    tenants,
    allocate,
    opportunities,
    retention,
    apply,
    changes,
    revert,
    dismiss,
    sources,
    importVerb,
    self,
    estimate,
  ],
};
