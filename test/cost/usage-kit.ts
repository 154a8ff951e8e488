import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { type CostWork, costFromConfig } from "../../functions/cost/context.ts";
import { observeUsage } from "../../functions/cost/observe-usage.ts";
import { usageHours } from "../../functions/cost/usage-history.ts";
import { dayOf } from "../../shared/core/cost/day.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { memoryObjects } from "../backup/memory-objects.ts";

/** A whole hour of UTC. */
export const START = Date.UTC(2026, 10, 23, 10);
export { HOUR_MS, MINUTE_MS };

/** A cluster in memory that is observed, and a clock that only moves when told to. */
export function usageWorld(
  given: { readonly config?: string; readonly runtime?: Partial<Runtime>; readonly streams?: Streams } = {},
) {
  const clock = { now: START };
  const log = memoryStreams({ now: () => clock.now });
  const memory = memoryObjects(() => clock.now);
  const parsed = parseConfig(given.config ?? "version: 1\nstreams: { events: { embedded: true } }\n");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { runtime } = directRuntime({ baseDir: ".", streams: () => given.streams ?? log, now: () => clock.now });
  const work = (): CostWork =>
    costFromConfig({
      runtime: { ...runtime, objects: memory.objects, ...given.runtime },
      ...{ tenant: "default", config: parsed.config, version: "1" },
    });
  return {
    ...{ clock, log, memory, work },
    look: () => observeUsage(work()),
    async hours(cluster = "events"): Promise<readonly UsageHour[]> {
      const found: UsageHour[] = [];
      const span = { from: dayOf(START - 2 * DAY_MS), to: dayOf(clock.now) };
      for await (const hour of usageHours(work(), span, cluster)) found.push(hour);
      return found;
    },
  };
}
