import { HeadgateError } from "../../kernel/errors.ts";
import type { AutoscalingConfig, Policy } from "../config.ts";
import { metricsNeeded } from "../needs.ts";

/** Metrics the simulated world measures; see docs/benchmarks.md for what each means there. */
export const MODELLED_METRICS = [
  "cpu",
  "busy",
  "requests",
  "requests_per_instance",
  "backlog",
  "desired",
  "running",
  "ready",
] as const;

export type ModelledMetric = (typeof MODELLED_METRICS)[number];

export function isModelled(metric: string): metric is ModelledMetric {
  return (MODELLED_METRICS as readonly string[]).includes(metric);
}

/**
 * The configuration as it can be backtested: always acting, and the memory half of an `instances` policy left out,
 * because a recorded load says nothing about memory (a policy that waits for it would never act). `notes` says so. What a policy reads as arrivals
 * is the load that is played, whatever its name.
 *
 * @throws HeadgateError `input.invalid` where a policy rests on a metric the model does not have.
 */
export function modelled(config: AutoscalingConfig): {
  readonly config: AutoscalingConfig;
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  const policies = config.policies.map((policy, index) => {
    if (policy.type === "demand" || policy.type === "predictive") return byLoad(policy);
    if (policy.type !== "instances" || policy.memory === null || policy.cpu === null) return policy;
    notes.push(`policies[${index}]: memory ${policy.memory} % is left out, a recorded load says nothing about memory`);
    return { ...policy, memory: null };
  });
  const result: AutoscalingConfig = { ...config, mode: "act", policies };
  if (config.mode !== "act") notes.push(`mode ${config.mode} is backtested as act`);
  const missing = metricsNeeded(result).filter((need) => !need.optional && !isModelled(need.metric));
  if (missing.length > 0) {
    throw new HeadgateError("input.invalid", `the backtest has no ${missing.map((need) => need.metric).join(", ")}`, {
      faults: missing.map((need) => ({
        path: "policies",
        message: `the metric "${need.metric}" cannot be derived from a recorded load`,
        value: need.metric,
        allowed: MODELLED_METRICS.join(", "),
      })),
    });
  }
  return { config: result, notes };
}

function byLoad(policy: Extract<Policy, { type: "demand" | "predictive" }>): Policy {
  const { arrivals, backlog } = policy;
  if (arrivals === "requests" && (backlog === "backlog" || backlog === null)) return policy;
  return { ...policy, arrivals: "requests", backlog: backlog === null ? null : "backlog" };
}
