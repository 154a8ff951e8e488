import type { LastLook } from "../../shared/core/cost/observe/look.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { brokerBytes } from "./broker-bytes.ts";
import type { CostWork } from "./context.ts";
import { flinkUrls } from "./flink-slots.ts";
import { loadLook, saveLook } from "./last-look.ts";
import { lookAtKafka } from "./observe-kafka.ts";
import { lookAtPlatform, type PlatformLook } from "./observe-platform.ts";
import { PLATFORM } from "./usage-keys.ts";
import "../shared-parts.ts";

/** What came of a look at everything. */
export interface Observed {
  /** Clusters that were looked at, {@link PLATFORM} for jobs and services. */
  readonly clusters: readonly string[];
  readonly failed: readonly { readonly cluster: string; readonly why: string }[];
}

/**
 * Looks at every cluster, job and service of the configuration once and adds what has changed since the last look to the usage of its hours. Any number of looks in an
 * hour is right; one an hour is enough. A cluster that cannot be reached harms no other and claims nothing: its next look tells what came in meanwhile, as far as 2.5 hours
 * back. Never rejects: what could not be observed is in `failed`.
 */
export async function observeUsage(work: CostWork): Promise<Observed> {
  const { all, runtime } = work;
  if (!all) return { clusters: [], failed: [] };
  const now = Math.floor(runtime.now());
  const clusters: string[] = [];
  const failed: { cluster: string; why: string }[] = [];
  const tried = async (cluster: string, look: () => Promise<void>) => {
    try {
      await look();
      clusters.push(cluster);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failed.push({ cluster, why });
      runtime.telemetry.log("warn", "usage of a cluster could not be observed", { cluster, error: why });
    }
  };
  for (const [cluster, settings] of Object.entries(all.streams ?? {})) {
    const streams = runtime.streams?.(cluster, settings);
    if (streams)
      await tried(cluster, async () => {
        const last = await loadLook<LastLook>(work, cluster);
        const { look, hours } = await lookAtKafka(streams, cluster, last, now, (pieces) => bytesOf(work, all, pieces));
        await saveLook(work, cluster, look, hours, last === undefined);
      });
  }
  if (Object.keys(all.services).length > 0 || flinkUrls(all).length > 0)
    await tried(PLATFORM, async () => {
      const last = await loadLook<PlatformLook>(work, PLATFORM);
      const { look, hours } = await lookAtPlatform(runtime, all, last, now);
      await saveLook(work, PLATFORM, look, hours, last === undefined);
    });
  return { clusters, failed };
}

/** Brokers' own counters, where one Prometheus surely speaks of this cluster: their series do not name it. */
const bytesOf = async (
  { runtime }: CostWork,
  { streams, monitoring }: HeadgateConfig,
  pieces: Parameters<typeof brokerBytes>[1],
) =>
  Object.keys(streams ?? {}).length === 1 && monitoring?.prometheus
    ? brokerBytes(runtime.queries?.(monitoring.prometheus), pieces)
    : {};
