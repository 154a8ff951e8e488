import type { Policy } from "./config.ts";
import type { MetricNeed } from "./needs.ts";
import { type Facts, type Opinion, unknown } from "./opinion.ts";
import type { DemandMemory } from "./types.ts";

export type DemandPolicy = Extract<Policy, { type: "demand" }>;

/** Metrics of the policy, with how many of the newest periods are wanted. */
export function demandNeeds(
  policy: Pick<DemandPolicy, "arrivals" | "backlog">,
): readonly Pick<MetricNeed, "metric" | "points" | "optional">[] {
  return [
    { metric: policy.arrivals, points: 5 },
    ...(policy.backlog === null ? [] : [{ metric: policy.backlog, points: 1, optional: true as const }]),
    { metric: "cpu", points: 5, optional: true },
    { metric: "ready", points: 5, optional: true },
  ];
}

/** What arrives and waits, over what a task can do. */
export function demand(
  policy: DemandPolicy,
  _facts: Facts,
  memory: DemandMemory | undefined,
): { readonly opinion: Opinion; readonly memory: DemandMemory | undefined } {
  return { opinion: unknown(policy.type, "held_learning", "not built yet"), memory };
}
