import { addDays, dayOf } from "../../shared/core/cost/day.ts";
import type { ChoreStep } from "../../shared/core/cost/jobs/clock.ts";
import type { CostWork } from "./context.ts";
import "../shared-parts.ts";

/** Days that are read: what reports and forecasts look back on. */
const SPAN_DAYS = 60;

/** Reads the bills of the last days into the store; open days are asked for again. */
async function readBills(work: CostWork): Promise<void> {
  if (work.sources.length === 0) return;
  const { collectBills } = await import("./collect.ts");
  const to = addDays(dayOf(work.now), -1);
  const { sources } = await collectBills(work, { from: addDays(to, 1 - SPAN_DAYS), to });
  for (const state of sources)
    work.runtime.telemetry.gauge(
      "headgate_cost_source_readable",
      state.status === "read" || state.status === "none" ? 1 : 0,
      {
        source: state.source,
      },
    );
  const mute = sources.filter(({ status }) => status === "unavailable");
  // What is denied is told by reports, and no trying again mends it; what did not answer is asked again.
  if (mute.length > 0)
    throw new Error(mute.map((one) => `${one.source}: ${"why" in one ? one.why : one.status}`).join("; "));
}

/** Each step may be done twice: what it makes is absolute. */
export async function doStep(work: CostWork, step: ChoreStep): Promise<unknown> {
  switch (step) {
    case "bills":
      return readBills(work);
    case "usage": {
      const { observeUsage } = await import("./observe-usage.ts");
      const { failed } = await observeUsage(work);
      if (failed.length > 0) throw new Error(failed.map(({ cluster, why }) => `${cluster}: ${why}`).join("; "));
      return undefined;
    }
    case "usage_costs": {
      const { tellUsageCosts } = await import("./usage-costs.ts");
      return tellUsageCosts(work);
    }
    case "budgets": {
      const { lookAtBudgets } = await import("./budgets.ts");
      return lookAtBudgets(work);
    }
    case "anomalies": {
      const { lookAtAnomalies } = await import("./anomaly-look.ts");
      return lookAtAnomalies(work);
    }
    case "proofs": {
      const { proveChanges } = await import("./proof.ts");
      return proveChanges(work);
    }
    case "retention": {
      const { actOnOpportunities } = await import("./guard.ts");
      return actOnOpportunities(work);
    }
  }
}
