import type { Runtime } from "../../shared/shell/runtime.ts";
import { type CollectOutcome, type CollectRequest, collectServices } from "./collect.ts";
import { type EvaluatedMetricRule, evaluateMetricRules } from "./evaluate-metrics.ts";

/** What services said of themselves, and what their rules made of it. */
export interface Watched {
  readonly collected: readonly CollectOutcome[];
  readonly rules: readonly EvaluatedMetricRule[];
}

/**
 * Collects services that are due, then decides their metric-path rules on it.
 *
 * @throws HeadgateError `store.unavailable` when the configuration cannot be read
 */
export async function watchServices(runtime: Runtime, request: CollectRequest): Promise<Watched> {
  const collected = await collectServices(runtime, request);
  const metrics = collected.map(({ service, collected: { timestamp, metrics: found } }) => ({
    service,
    at: Date.parse(timestamp),
    metrics: found,
  }));
  const { tenant, trigger, parent } = request;
  const evaluating = { tenant, trigger, ...(parent ? { parent } : {}) };
  return { collected, rules: await evaluateMetricRules(runtime, evaluating, metrics) };
}
