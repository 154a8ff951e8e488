import { dayOf } from "../../shared/core/cost/day.ts";
import type { NotProposed, Opportunity } from "../../shared/core/cost/opportunity.ts";
import { sizeFold } from "../../shared/core/cost/rightsizing/history.ts";
import { proposeService } from "../../shared/core/cost/rightsizing/service.ts";
import { proposeSlots } from "../../shared/core/cost/rightsizing/slots.ts";
import { proposeIdleTopic, proposePartitions } from "../../shared/core/cost/rightsizing/topics.ts";
import { own } from "../own.ts";
import type { CostWork } from "./context.ts";
import type { Findings } from "./opportunities.ts";
import type { Prices } from "./unit-prices.ts";
import { usageHours } from "./usage-history.ts";

/**
 * What is larger than it needs to be, from the usage of the lookback: services, task managers, topics with too many partitions, and what nobody uses.
 * Without a section `cost.rightsizing` nothing is looked at.
 *
 * @throws HeadgateError of the object store
 */
export async function sizeFindings(work: CostWork, prices: Prices | undefined): Promise<Findings> {
  const { config, runtime, all } = work;
  const { rightsizing, currency } = config;
  const opportunities: Opportunity[] = [];
  const notProposed: NotProposed[] = [];
  if (!rightsizing) return { opportunities, notProposed, troubles: [] };
  const now = Math.floor(runtime.now());
  const since = now - rightsizing.lookback;
  const fold = sizeFold();
  for await (const hour of usageHours(work, { from: dayOf(since), to: dayOf(now) }))
    if (hour.hour >= since) fold.add(hour);
  const context = { now, currency, ...(prices ? { prices: prices.units } : {}) };
  const take = (found: Opportunity | NotProposed | undefined): void => {
    if (!found) return;
    if (!("action" in found)) notProposed.push(found);
    else if (rightsizing.mode === "observe")
      notProposed.push({
        resource: found.resource,
        kind: found.kind,
        reason: "mode_observe",
        text: `would be proposed: ${found.text}`,
      });
    else opportunities.push(found);
  };
  for (const seen of fold.services())
    take(
      proposeService(seen, rightsizing, {
        ...context,
        onEcs: own(all?.services ?? {}, seen.service)?.ecs !== undefined,
      }),
    );
  for (const seen of fold.slots()) take(proposeSlots(seen, rightsizing, context));
  // What is not there any more is nobody's cost.
  const recent = Math.max(0, ...fold.topics().map(({ to }) => to));
  for (const seen of fold.topics()) {
    if (seen.to < recent) continue;
    const idle = proposeIdleTopic(seen, rightsizing, context);
    take(idle);
    if (!idle) take(proposePartitions(seen, rightsizing, context));
  }
  return { opportunities, notProposed, troubles: [] };
}
