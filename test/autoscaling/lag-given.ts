import { boundsOf } from "../../shared/core/autoscaling/bounds.ts";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { factsOf } from "../../shared/core/autoscaling/facts.ts";
import { type KafkaLagPolicy, kafkaLag } from "../../shared/core/autoscaling/lag/policy.ts";
import type { GroupSeen, LagMemory, LagSeen, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import type { Facts } from "../../shared/core/autoscaling/opinion.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, EMPTY, fleet, T0 } from "./given.ts";

type PolicyInput = NonNullable<AutoscalingConfigInput["policies"]>[number];
type LagInput = Partial<Extract<PolicyInput, { type: "kafka-lag" }>>;

/** A service whose only policy reads the lag of group `billing`. */
export function lagConfig(policy: LagInput = {}, more: AutoscalingConfigInput = {}) {
  return config({
    min: 0,
    max: 100,
    ...more,
    policies: [{ type: "kafka-lag", cluster: "main", group: "billing", ...policy }],
  });
}

export function policyOf(given: ReturnType<typeof lagConfig>): KafkaLagPolicy {
  const [policy] = given.policies;
  if (policy?.type !== "kafka-lag") throw new Error("no kafka-lag policy");
  return policy;
}

/** A stable group of one topic, `orders`, unless said otherwise. */
export function group(
  partitions: readonly (PartitionSeen | null)[],
  other: Partial<GroupSeen> = {},
  at = T0,
): GroupSeen {
  return { at, state: "Stable", topics: { orders: partitions }, ...other };
}

/** Partitions that start at 0, from [committed, end]. */
export function parts(...pairs: readonly (readonly [committed: number, end: number])[]): readonly PartitionSeen[] {
  return pairs.map(([committed, end]) => [committed, end, 0]);
}

export function factsAt(
  given: ReturnType<typeof lagConfig>,
  desired: number,
  now = T0,
  other: { readonly ready?: number; readonly state?: Partial<AutoscalingState> } = {},
): Facts {
  const actual = fleet(desired, { ready: other.ready ?? desired, at: now });
  return factsOf(given, { ...EMPTY, ...other.state }, actual, {}, boundsOf(given, now), now);
}

/** One look of the policy. */
export function lookAt(
  given: ReturnType<typeof lagConfig>,
  desired: number,
  seen: LagSeen | undefined,
  memory?: LagMemory,
  now = seen?.at ?? T0,
  other: Parameters<typeof factsAt>[3] = {},
) {
  return kafkaLag(policyOf(given), factsAt(given, desired, now, other), memory, seen);
}

export const count = (opinion: { readonly wants?: "out" | "in"; readonly desired: number; readonly held?: string }) =>
  opinion.wants === undefined ? "stay" : `${opinion.wants} ${opinion.desired}${opinion.held ? ` ${opinion.held}` : ""}`;
