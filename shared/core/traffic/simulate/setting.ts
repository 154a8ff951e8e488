import * as v from "valibot";
import type { PathFault } from "../../kernel/path-fault.ts";
import { isPrime } from "../balance/prime.ts";
import { type OutlierConfig, ServiceTraffic, type TrafficConfig } from "../section.ts";
import type { PolicyName } from "../types.ts";
import { shownValue } from "./host-fields.ts";

/** Every policy, the platform's first. */
export const POLICIES: readonly PolicyName[] = [
  "round_robin",
  "weighted_round_robin",
  "least_connections",
  "least_response_time",
  "consistent_hashing",
  "data_locality_aware",
  "random",
  "power_of_two",
  "ring_hash",
  "maglev",
  "rendezvous",
];

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

/** What a simulation is balanced by: the part of a service's configuration that a pick looks at. */
export type Balancing = Pick<
  TrafficConfig,
  | "balance"
  | "panic"
  | "locality"
  | "localityWeights"
  | "overprovisioning"
  | "subsets"
  | "versions"
  | "slowStart"
  | "zone"
>;

export type BalancingRead =
  | { readonly ok: true; readonly balancing: Balancing }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/** Settings of the service around the policy: `panic` and its like. */
const AROUND = new Set(["panic", "locality", "overprovisioning", "zone"]);

/** A value from a command line: numbers and truth values are what they look like. */
const typed = (value: unknown): unknown => {
  if (typeof value !== "string") return value;
  if (value === "true" || value === "false") return value === "true";
  return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
};

/** The balancing of one policy with some settings; those that are not given are the configuration's defaults. */
export function balancingOf(policy: PolicyName, settings: Readonly<Record<string, unknown>> = {}): BalancingRead {
  const [balance, around]: [Record<string, unknown>, Record<string, unknown>] = [{ policy }, {}];
  for (const [key, value] of Object.entries(settings)) (AROUND.has(key) ? around : balance)[key] = typed(value);
  const parsed = v.safeParse(ServiceTraffic, { ...around, balance });
  if (parsed.success) {
    const { tableSize } = parsed.output.balance;
    if (isPrime(tableSize)) return { ok: true, balancing: parsed.output };
    const fault = { path: ["tableSize"], message: "must be prime", value: `${tableSize}`, allowed: "a prime" };
    return { ok: false, faults: [fault] };
  }
  return {
    ok: false,
    faults: parsed.issues.map((found) => {
      // A policy is a name or a map: what the map lacks is what is meant.
      const issue = found.issues?.find((one) => one.path) ?? found;
      const path = (issue.path ?? []).map((part) => String(part.key)).filter((part) => part !== "balance");
      return { path, message: "wrong type or value", value: shownValue(issue.input), allowed: issue.message };
    }),
  };
}

/** Passive detection with its defaults. */
export function outlierOf(): OutlierConfig | "off" {
  return v.parse(ServiceTraffic, {}).outlier;
}
