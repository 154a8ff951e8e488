import { usageKey } from "../../functions/cost/usage-keys.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;

/** Bills that are made up, a cluster, and what is looked at in it. */
export const savingConfig = (mode: string): string => `version: 1
streams: { events: { embedded: true } }
cost:
  sources: [{ sample: { seed: 3, days: 40 } }]
  retention: { mode: ${mode}, cluster: events, history: 24h, minimum: 1h, safety: 1, threshold: "0" }
`;

/**
 * A control plane with a cluster whose topics keep a week and are read to the end, watched for a day and a half: "orders" can do with less,
 * "customers" is compacted.
 */
export async function savingWorld(mode = "recommend", options: Parameters<typeof world>[0] = {}) {
  const w = await world({ config: "", ...options });
  const log = memoryStreams({ now: w.clock.now });
  const value = String(WEEK);
  const orders = [{ name: "retention.ms", value }];
  await log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: orders });
  const compacted = [{ name: "cleanup.policy", value: "compact" }];
  await log.createTopic({ name: "customers", partitions: 1, replicationFactor: 1, configs: compacted });
  log.produce("orders", 0, [{ value: "a".repeat(1000) }]);
  log.produce("customers", 0, [{ key: "1", value: "a" }]);
  await log.setGroupOffsets("billing", [{ topic: "orders", partition: 0, offset: 1 }]);
  const text = savingConfig(mode);
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text }, { by: "test" });
  // As large as topics are that somebody looks at for the sake of money.
  const logDirs = async () => (await log.logDirs()).map((one) => ({ ...one, bytes: 4e12 }));
  Object.assign(w.runtime, { streams: () => ({ ...log, logDirs }) });
  const now = Math.floor(w.clock.now() / HOUR) * HOUR;
  const topics = await log.topics();
  for (let back = 36; back >= 1; back -= 1) {
    const hour: UsageHour = {
      ...{ v: 1, cluster: "events", hour: now - back * HOUR, seenMs: HOUR, jobs: [], services: [], missing: [] },
      topics: topics.map(({ name, id }) => ({
        ...{ topic: name, topicId: id, partitions: 1, replicationFactor: 1, storedBytes: 5e12, oldestAgeMs: WEEK },
        cleanupPolicy: name === "orders" ? "delete" : "compact",
      })),
      groups: [
        { group: "billing", topic: "orders", live: true, fetchedRecords: 9, fetchedBytes: 90, maxTimeLagMs: 60_000 },
      ],
    };
    await w.runtime.objects.put(usageKey("default", "events", hour.hour), JSON.stringify(hour));
  }
  const retention = async () =>
    (await log.topicConfigs(["orders"])).get("orders")?.find(({ name }) => name === "retention.ms");
  return { w, log, retention };
}
