import { keepUsage, readUsage } from "../../shared/core/cost/allocate/keep-sum.ts";
import { addHour, emptyUsage, type UsageByDay, type UsageSum } from "../../shared/core/cost/allocate/usage-sums.ts";
import { addDays, type Day, dayOf, daysOf } from "../../shared/core/cost/day.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { bounded } from "../bounded.ts";
import type { CostWork } from "./context.ts";
import { usageClusters, usageHours } from "./usage-history.ts";
import { usageDayPrefix } from "./usage-keys.ts";

const AT_ONCE = 4;
/** An hour may still grow so long after its end: see observe-platform.ts. */
const GROWS_MS = 4 * HOUR_MS;
const decoder = new TextDecoder();

/**
 * Usage of every cluster by day. The sum of a day that is over is kept beside its hours, so that a month costs thirty reads the second time. Days that nobody watched
 * are absent.
 *
 * @throws HeadgateError `objects.unavailable`
 */
export async function usageDays(
  work: Pick<CostWork, "runtime" | "tenant" | "now">,
  span: { readonly from: Day; readonly to: Day },
): Promise<UsageByDay> {
  const until = dayOf(work.now);
  const days = daysOf(span.from, span.to < until ? span.to : until);
  const found = new Map<string, ReadonlyMap<Day, UsageSum>>();
  for (const cluster of await usageClusters(work)) {
    const sums = await bounded(days, AT_ONCE, (day) => dayUsage(work, cluster, day));
    found.set(
      cluster,
      new Map(days.flatMap((day, index): (readonly [Day, UsageSum])[] => (sums[index] ? [[day, sums[index]]] : []))),
    );
  }
  return found;
}

async function dayUsage(
  work: Pick<CostWork, "runtime" | "tenant" | "now">,
  cluster: string,
  day: Day,
): Promise<UsageSum | undefined> {
  const { objects } = work.runtime;
  const key = `${usageDayPrefix(work.tenant, cluster, day)}sum.json`;
  const over = dayOf(work.now - GROWS_MS) >= addDays(day, 1);
  const kept = over ? await objects.get(key) : undefined;
  const read = kept && readUsage(decoder.decode(kept));
  if (read) return read;
  const sum = emptyUsage();
  let seen = false;
  for await (const hour of usageHours(work, { from: day, to: day }, cluster)) {
    addHour(sum, hour);
    seen = true;
  }
  if (!seen) return undefined;
  if (over) await objects.put(key, keepUsage(sum), { contentType: "application/json" });
  return sum;
}
