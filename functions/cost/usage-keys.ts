import { type Day, dayOf } from "../../shared/core/cost/day.ts";
import { HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { costPrefix } from "./context.ts";

/** Under this name lies what belongs to no Kafka cluster: Flink jobs and services. No cluster can have it: names begin with a letter or digit. */
export const PLATFORM = "_platform";

const of = (tenant: string, cluster: string): string => `${costPrefix(tenant)}usage/${cluster}/`;

/** Where the hours of a day lie. */
export const usageDayPrefix = (tenant: string, cluster: string, day: Day): string => `${of(tenant, cluster)}${day}/`;

/** Where an hour lies. */
export function usageKey(tenant: string, cluster: string, hour: Millis): string {
  const clock = String(Math.floor((hour / HOUR_MS) % 24)).padStart(2, "0");
  return `${usageDayPrefix(tenant, cluster, dayOf(hour))}${clock}.json`;
}

/** Where the observer keeps what it saw last. */
export const lookKey = (tenant: string, cluster: string): string => `${of(tenant, cluster)}last.json`;

/** One empty object for each cluster that was ever observed: to list their names costs one request. */
export const seenPrefix = (tenant: string): string => `${costPrefix(tenant)}usage-of/`;
