import * as v from "valibot";
import type { PathFault } from "../../kernel/path-fault.ts";
import { isPrime } from "../balance/prime.ts";
import { type OutlierConfig, ServiceTraffic, type TrafficConfig } from "../section.ts";
import type { PolicyName } from "../types.ts";
import { shownValue } from "./host-fields.ts";

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

/** What would have been right: the schema's own words, or else what its type is. */
const allowedBy = ({ message, expected }: { readonly message: string; readonly expected?: string | null }): string =>
  message.startsWith("Invalid") && expected ? expected.replaceAll('"', "") : message;

/**
 * The balancing of one policy with some settings; those that are not given are the configuration's defaults, but there is no panic:
 * a file tells who may be picked, and the platform never picks anybody else.
 */
export function balancingOf(policy: PolicyName, settings: Readonly<Record<string, unknown>> = {}): BalancingRead {
  const [balance, around]: [Record<string, unknown>, Record<string, unknown>] = [{ policy }, {}];
  for (const [key, value] of Object.entries(settings)) (AROUND.has(key) ? around : balance)[key] = typed(value);
  const parsed = v.safeParse(ServiceTraffic, { panic: 0, ...around, balance });
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
      return { path, message: "wrong type or value", value: shownValue(issue.input), allowed: allowedBy(issue) };
    }),
  };
}

/** Passive detection with its defaults. */
export function outlierOf(): OutlierConfig | "off" {
  return v.parse(ServiceTraffic, {}).outlier;
}
