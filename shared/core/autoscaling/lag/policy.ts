import type { Policy } from "../config.ts";
import { type Facts, type Opinion, unknown } from "../opinion.ts";
import type { LagMemory, LagSeen } from "./types.ts";

export type KafkaLagPolicy = Extract<Policy, { type: "kafka-lag" }>;

/** What the lag of a consumer group asks for. */
export function kafkaLag(
  policy: KafkaLagPolicy,
  _facts: Facts,
  memory: LagMemory | undefined,
  _seen: LagSeen | undefined,
): { readonly opinion: Opinion; readonly memory: LagMemory | undefined } {
  return { opinion: unknown(policy.type, "held_no_data", "not built yet"), memory };
}
