import type { KafkaLagPolicy } from "../lag/policy.ts";
import type { LagSeen } from "../lag/types.ts";
import type { Load } from "./grid.ts";
import type { View } from "./simulate.ts";

/** The group that the simulated tasks would be: records arrive as the load does, what waits is its lag. */
export function lagGauge(_policy: KafkaLagPolicy, _work: Load): (view: View) => LagSeen | undefined {
  return () => undefined;
}
