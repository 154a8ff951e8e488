import { toNumber } from "../../shared/core/cost/decimal.ts";
import { allocateBills } from "./allocate.ts";
import type { UnitCostView } from "./allocation-view.ts";
import type { CostWork } from "./context.ts";
import { unitCosts } from "./unit-costs.ts";
import "../shared-parts.ts";

/** Series of each kind, the dearest first: a family holds 2,000 (docs/service-metrics.md). */
const MOST_SERIES = 300;

/**
 * Tells what a million events of each topic, service and tenant cost, and how that changes in a week, as metrics of this process. They do not leave it for CloudWatch, where each
 * would be paid for. What has no events has no series.
 *
 * @throws as {@link allocateBills}
 */
export async function tellUsageCosts(work: CostWork): Promise<void> {
  const allocated = await allocateBills(work, { refresh: "never" });
  if (allocated.status !== "known") return;
  const { result, currency } = allocated;
  const units = unitCosts(allocated);
  const { telemetry } = work.runtime;
  const dearest = <T>(all: readonly T[], cost: (one: T) => number): readonly T[] =>
    all.toSorted((a, b) => cost(b) - cost(a)).slice(0, MOST_SERIES);
  const tell = (kind: string, name: string, unit: UnitCostView | undefined): void => {
    const labels = { kind, name, currency };
    if (!unit) {
      telemetry.forget?.("headgate_cost_per_million_events", labels);
      telemetry.forget?.("headgate_cost_per_million_events_weekly_change_percent", labels);
      return;
    }
    telemetry.gauge("headgate_cost_per_million_events", unit.perMillion, labels);
    const change = unit.trend?.percentPerWeek;
    if (change === undefined) telemetry.forget?.("headgate_cost_per_million_events_weekly_change_percent", labels);
    else telemetry.gauge("headgate_cost_per_million_events_weekly_change_percent", change, labels);
  };
  for (const { cluster, topic } of dearest(result.topics, ({ cost }) => toNumber(cost)))
    tell("topic", `${cluster}/${topic}`, units.topic(cluster, topic));
  for (const { name } of dearest(result.services, ({ cost }) => toNumber(cost)))
    tell("service", name, units.service(name));
  const tenants = [...result.tenants].flatMap(([tenant, held]) => (tenant === undefined ? [] : [{ tenant, held }]));
  for (const { tenant } of dearest(tenants, ({ held }) => toNumber(held.total)))
    tell("tenant", tenant, units.tenant(tenant));
}
