import * as v from "valibot";
import { type AutoscalingConfig, Policy } from "./config.ts";

export type AutoPolicy = Extract<Policy, { type: "auto" }>;

/** What `auto` is until a backtest has picked something: the default forecast, which falls back to demand by itself. */
export function untuned(policy: AutoPolicy): Extract<Policy, { type: "predictive" }> {
  const { arrivals, backlog } = policy;
  return v.parse(Policy, { type: "predictive", arrivals, backlog }) as Extract<Policy, { type: "predictive" }>;
}

/** The policy `auto` of a service; undefined where it has none. The first counts. */
export function autoOf(config: Pick<AutoscalingConfig, "policies">): AutoPolicy | undefined {
  return config.policies.find((policy) => policy.type === "auto");
}

/**
 * The configuration that is evaluated: what was picked, or the default forecast, stands where `auto` stood. Without an `auto` it is the same object.
 * Looked at every period, whatever was picked: alarms are made from what is written, and that names no threshold.
 */
export function resolved(config: AutoscalingConfig, pick: Policy | undefined): AutoscalingConfig {
  const auto = autoOf(config);
  if (!auto) return config;
  const policies = config.policies.flatMap((policy) => {
    if (policy === auto) return [pick ? reading(pick, auto) : untuned(auto)];
    return policy.type === "auto" ? [] : [policy];
  });
  return { ...config, policies, everyPeriod: true };
}

/** What was picked reads the metrics that are configured now, whatever they were when it was picked; the same object where nothing differs. */
function reading(pick: Policy, { arrivals, backlog }: AutoPolicy): Policy {
  if (pick.type !== "demand" && pick.type !== "predictive") return pick;
  return pick.arrivals === arrivals && pick.backlog === backlog ? pick : { ...pick, arrivals, backlog };
}
