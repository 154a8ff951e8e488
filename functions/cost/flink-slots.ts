import type { Jobs } from "../../shared/core/ports/jobs.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";

/** Flink clusters that the configuration names anywhere: in backup plans, in deliveries, or as what a bill pays for. */
export function flinkUrls({ backup, delivery, cost }: HeadgateConfig): readonly string[] {
  const urls = [
    ...Object.values(backup ?? {}).map(({ what }) => what.flink?.url),
    ...Object.values(delivery ?? {}).map(({ flink }) => flink?.url),
    ...Object.keys(cost?.allocation.clusters ?? {}).filter((name) => /^https?:\/\//.test(name)),
  ];
  return [...new Set(urls.filter((url) => url !== undefined))].sort();
}

const RUNS: ReadonlySet<string> = new Set(["RUNNING", "RESTARTING", "RECONCILING", "FAILING", "CANCELLING"]);

/**
 * Slots of a cluster by the name of the job that has them (several of one name together), "" those that are free.
 *
 * @throws HeadgateError `jobs.unavailable`
 */
export async function slotsByJob(jobs: Jobs, url: string): Promise<Readonly<Record<string, number>>> {
  const cluster = { url };
  const list = await jobs.list(cluster);
  const slots = await jobs.slots?.(cluster);
  const by = new Map<string, number>();
  const add = (name: string, count: number) => by.set(name, (by.get(name) ?? 0) + count);
  for (const { id, name, state } of list) {
    if (slots) {
      const count = Object.hasOwn(slots.jobs, id) ? (slots.jobs[id] ?? 0) : 0;
      if (count > 0) add(name, count);
    } else if (RUNS.has(state)) add(name, (await jobs.describe(cluster, id))?.parallelism ?? 1);
  }
  if (slots) add("", slots.free);
  return Object.fromEntries(by);
}
