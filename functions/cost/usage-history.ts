import { type Day, daysOf } from "../../shared/core/cost/day.ts";
import { readUsageHour } from "../../shared/core/cost/observe/read-hour.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { bounded } from "../bounded.ts";
import type { CostWork } from "./context.ts";
import { seenPrefix, usageDayPrefix } from "./usage-keys.ts";

/** What reading usage needs of the work at hand. */
export type UsageWork = Pick<CostWork, "runtime" | "tenant">;

const AT_ONCE = 8;
const decoder = new TextDecoder();

/** Clusters of which usage was ever observed, `PLATFORM` among them where jobs or services were. @throws HeadgateError `objects.unavailable` */
export async function usageClusters({ runtime, tenant }: UsageWork): Promise<readonly string[]> {
  const prefix = seenPrefix(tenant);
  const names: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await runtime.objects.list(prefix, cursor === undefined ? {} : { cursor });
    names.push(...page.items.map(({ key }) => key.slice(prefix.length)));
    cursor = page.cursor;
  }
  return names;
}

/**
 * Hours of the days from `from` to `to`, both included, by cluster and then by time; those that nobody watched are absent. Without `cluster`:
 * of all, jobs and services (`PLATFORM`) too. An object that is no hour is left out and logged.
 *
 * @throws HeadgateError `objects.unavailable`
 */
export async function* usageHours(
  work: UsageWork,
  span: { readonly from: Day; readonly to: Day },
  cluster?: string,
): AsyncIterable<UsageHour> {
  const { runtime, tenant } = work;
  const { objects, telemetry } = runtime;
  for (const one of cluster === undefined ? await usageClusters(work) : [cluster])
    for (const day of daysOf(span.from, span.to)) {
      // A day has 24 at the most: one page.
      const { items } = await objects.list(usageDayPrefix(tenant, one, day));
      const keys = items.map(({ key }) => key).filter((key) => /\/\d{2}\.json$/.test(key));
      const read = await bounded(keys, AT_ONCE, async (key) => {
        const bytes = await objects.get(key);
        const hour = bytes && readUsageHour(decoder.decode(bytes));
        if (bytes && !hour) telemetry.log("warn", "an hour of usage could not be read and is left out", { key });
        return hour;
      });
      for (const hour of read) if (hour) yield hour;
    }
}
