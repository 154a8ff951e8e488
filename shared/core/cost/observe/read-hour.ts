import type { UsageHour } from "../usage.ts";

const LISTS = ["topics", "groups", "jobs", "services", "missing"] as const;

/** An hour as it was written; undefined where the text is none. What is in the lists was written by the observer and is believed. */
export function readUsageHour(text: string): UsageHour | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null) return undefined;
  const { v, cluster, hour, seenMs, ...rest } = given as Record<string, unknown>;
  const known = v === 1 && typeof cluster === "string" && Number.isSafeInteger(hour) && typeof seenMs === "number";
  return known && LISTS.every((list) => Array.isArray(rest[list])) ? (given as UsageHour) : undefined;
}
