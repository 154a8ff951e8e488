import type { Counts, CountsInterval, VersionCounts } from "../../shared/core/ports/counts.ts";
import type { VersionsServed } from "../gateway/version-counts.ts";

/**
 * The Counts port over what the gateways of this process have served. It knows nothing from before the process began, and says so: such
 * intervals have no versions.
 */
export function gatewayCounts(servedBy: (service: string) => VersionsServed | undefined): Counts {
  return {
    read: async ({ service, versions, from, to, everyMs, slowMs }) => {
      const served = servedBy(service);
      const intervals: CountsInterval[] = [];
      for (let at = from; at + everyMs <= to; at += everyMs) {
        const known: Record<string, VersionCounts> = {};
        for (const version of versions) {
          const counts = served?.read(version, at, at + everyMs, slowMs);
          if (counts) known[version] = counts;
        }
        intervals.push({ at, versions: known });
      }
      return intervals;
    },
    // Second by second, as requests end: nothing comes later.
    settledUntil: (now) => Math.floor(now / 1000) * 1000,
  };
}
