import { POLICIES } from "../section.ts";
import type { PolicyName } from "../types.ts";

/** What other balancers and people call them. */
const ALIASES: Readonly<Record<string, PolicyName>> = {
  rr: "round_robin",
  wrr: "weighted_round_robin",
  smoothwrr: "weighted_round_robin",
  lc: "least_connections",
  leastconn: "least_connections",
  leastrequest: "least_connections",
  lrt: "least_response_time",
  leasttime: "least_response_time",
  peakewma: "least_response_time",
  consistenthash: "consistent_hashing",
  datalocality: "data_locality_aware",
  locality: "data_locality_aware",
  p2c: "power_of_two",
  poweroftwochoices: "power_of_two",
  ring: "ring_hash",
  ketama: "ring_hash",
  hrw: "rendezvous",
  rendezvoushashing: "rendezvous",
};

const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The policy that a name means: `round_robin`, `round-robin`, `RoundRobin`, `rr`. */
export function policyNamed(text: string): PolicyName | undefined {
  const name = bare(text);
  return POLICIES.find((one) => bare(one) === name) ?? ALIASES[name];
}
