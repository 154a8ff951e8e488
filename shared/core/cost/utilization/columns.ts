import type { UtilizationTable } from "./types.ts";

export type UtilizationField = "at" | "service" | "resourceType" | "resourceId" | "percent" | "cost" | "costPerHour";

/** Names of columns, the platform's first; letter case, blanks and underscores do not count. */
const NAMES: Readonly<Record<UtilizationField, readonly string[]>> = {
  at: ["timestamp", "time", "date", "day"],
  service: ["service_name", "service"],
  resourceType: ["resource_type"],
  resourceId: ["resource_id", "resource"],
  percent: ["avg_utilization", "utilization_percent", "utilization", "average_utilization"],
  cost: ["cost_usd", "cost"],
  costPerHour: ["cost_per_hour", "hourly_cost"],
};

export interface UtilizationHeader {
  readonly table: UtilizationTable;
  /** Place of each field. */
  readonly at: ReadonlyMap<UtilizationField, number>;
  readonly names: readonly string[];
  /** Places of columns that no field takes. */
  readonly more: readonly number[];
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");

/** What a header says, or what it lacks. A table with `resource_id` and no cost of a service is `resource_utilization`. */
export function utilizationHeader(
  names: readonly string[],
): UtilizationHeader | { readonly missing: string } | { readonly doubled: string } {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    const key = plain(name);
    if (key !== "" && places.has(key)) return { doubled: name };
    places.set(key, place);
  }
  const at = new Map<UtilizationField, number>();
  for (const [field, wanted] of Object.entries(NAMES) as [UtilizationField, readonly string[]][]) {
    const place = wanted.map((name) => places.get(plain(name))).find((one) => one !== undefined);
    if (place !== undefined) at.set(field, place);
  }
  if (!at.has("at")) return { missing: "timestamp" };
  const resource = at.has("resourceId") && (at.has("costPerHour") || !at.has("cost"));
  if (!resource && !at.has("service") && !at.has("resourceType")) return { missing: "service_name (or resource_id)" };
  if (!at.has("percent") && !at.has("cost") && !at.has("costPerHour"))
    return { missing: "utilization_percent (or avg_utilization)" };
  const taken = new Set(at.values());
  return {
    table: resource ? "resource_utilization" : "cost_metrics",
    at,
    names,
    more: names.flatMap((name, place) => (taken.has(place) || name === "" ? [] : [place])),
  };
}
