import type { PolicySpec } from "../section.ts";
import type { Host } from "../types.ts";
import { dataLocalityAware } from "./data-locality.ts";
import { type Chooser, fieldOf } from "./field.ts";
import { maglev, rendezvous, ring } from "./hashing.ts";
import { leastConnections, powerOfTwo } from "./least-connections.ts";
import { leastResponseTime } from "./least-response-time.ts";
import type { HostLoads } from "./loads.ts";
import type { Random } from "./random.ts";
import { randomly, roundRobin } from "./rotation.ts";
import { weightedRoundRobin } from "./weighted-rotation.ts";

export type { Chooser } from "./field.ts";

/**
 * The policy over a flat list of hosts. `hosts` sorted by id, so that all callers build the same tables; `weights` by index, 0: may not
 * be picked (after a change in place: `refresh`); `loads` by the same indexes, updated by the caller with `begin` and `end`. Sets the
 * loads' decay to the policy's. Throws `config.invalid` for a table that cannot be built.
 */
export function chooserOf(
  spec: PolicySpec,
  hosts: readonly Host[],
  weights: Float64Array,
  loads: HostLoads,
  random: Random,
): Chooser {
  const field = fieldOf(hosts, weights, loads, random);
  loads.decayMs = spec.decay;
  const { policy } = spec;
  switch (policy) {
    case "round_robin":
      return roundRobin(field);
    case "weighted_round_robin":
      return weightedRoundRobin(field, spec.maxFails);
    case "random":
      return randomly(field);
    case "least_connections":
      return leastConnections(field, spec.choices ?? "all", spec.activeBias);
    case "power_of_two":
      return powerOfTwo(field, spec.choices);
    case "least_response_time":
      return leastResponseTime(field, spec.choices);
    case "data_locality_aware":
      return dataLocalityAware(field, spec);
    case "rendezvous":
      return rendezvous(field, spec.balanceFactor);
    case "ring_hash":
      return ring(field, policy, spec, spec.balanceFactor);
    case "maglev":
      return maglev(field, policy, spec.tableSize, spec.balanceFactor);
    case "consistent_hashing":
      return spec.table === "ring"
        ? ring(field, policy, spec, spec.balanceFactor)
        : maglev(field, policy, spec.tableSize, spec.balanceFactor);
  }
}
