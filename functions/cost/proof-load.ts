import type { Day } from "../../shared/core/cost/day.ts";
import { dayOf } from "../../shared/core/cost/day.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { KeptChange } from "./change-store.ts";
import type { CostWork } from "./context.ts";
import { usageHours } from "./usage-history.ts";

/** A day of which less was watched tells no load. */
const LEAST_SEEN_MS = 20 * HOUR_MS;

/**
 * The load that drives what a change touches, by day: bytes written to the cluster, requests to the service. It must not be anything that the change itself moves
 * (task hours, stored bytes). Days that were not watched are absent; empty where nobody counted.
 */
export async function loadOf(
  work: CostWork,
  { state }: KeptChange,
  days: readonly { readonly day: Day }[],
): Promise<ReadonlyMap<Day, number>> {
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  const resource = state.opportunity?.resource;
  if (first === undefined || last === undefined || !resource) return new Map();
  const { cluster, service, name } = resource;
  const of = (hour: UsageHour): number | undefined =>
    cluster === undefined ? requests(hour, service ?? name) : written(hour);
  const sums = new Map<Day, { load: number; seen: number }>();
  for await (const hour of usageHours(work, { from: first, to: last }, cluster)) {
    const load = of(hour);
    if (load === undefined) continue;
    const day = dayOf(hour.hour);
    const sum = sums.get(day) ?? { load: 0, seen: 0 };
    sums.set(day, { load: sum.load + load, seen: sum.seen + hour.seenMs });
  }
  const found = new Map<Day, number>();
  // What was not seen of a day is taken to have been like the rest of it.
  for (const [day, { load, seen }] of sums) if (seen >= LEAST_SEEN_MS) found.set(day, (load * 24 * HOUR_MS) / seen);
  return found;
}

/** Undefined where a topic's bytes are not known: a sum without them would be less than the load. */
function written({ topics }: UsageHour): number | undefined {
  let sum = 0;
  for (const { inBytes } of topics) {
    if (inBytes === undefined) return undefined;
    sum += inBytes;
  }
  return topics.length === 0 ? undefined : sum;
}

const requests = ({ services }: UsageHour, name: string): number | undefined =>
  services.find(({ service }) => service === name)?.requests;
