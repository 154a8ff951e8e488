import { HeadgateError } from "../core/kernel/errors.ts";
import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { Counts, CountsInterval, VersionCounts } from "../core/ports/counts.ts";

/** Counts in memory, as somebody says that they were. */
export interface MemoryCounts {
  readonly counts: Counts;
  /**
   * Served from `at` on, within one second. `slowMs` of a later request is not heeded: `slow` is given. What was served of a version that
   * is never named is unknown, not zero.
   */
  record(service: string, version: string, at: Millis, served: VersionCounts): void;
  /** While true every call fails as an unreachable source does. */
  unreachable(down: boolean): void;
}

interface Entry extends VersionCounts {
  readonly at: Millis;
}

/** Adds up; what only a part knows is unknown of the whole. */
function summed(entries: readonly Entry[], slowWanted: boolean): VersionCounts {
  const sum = (of: (entry: Entry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  const slow =
    slowWanted && entries.every((entry) => entry.slow !== undefined) ? sum((entry) => entry.slow ?? 0) : undefined;
  const p99s = entries.flatMap((entry) => entry.p99Ms ?? []);
  return {
    requests: sum((entry) => entry.requests),
    errors: sum((entry) => entry.errors),
    ...(slow === undefined ? {} : { slow }),
    ...(p99s.length === 0 ? {} : { p99Ms: Math.max(...p99s) }),
  };
}

/** @param lateMs what is younger may still grow; default 0 */
export function memoryCounts({ lateMs = 0 }: { readonly lateMs?: DurationMs } = {}): MemoryCounts {
  const known = new Map<string, Entry[]>();
  let down = false;
  return {
    counts: {
      read: async ({ service, versions, from, to, everyMs, slowMs }) => {
        if (down) throw new HeadgateError("counts.unavailable", "the counts cannot be read", { retryable: true });
        const intervals: CountsInterval[] = [];
        for (let at = from; at + everyMs <= to; at += everyMs) {
          const found: Record<string, VersionCounts> = {};
          for (const version of versions) {
            const within = (known.get(`${service} ${version}`) ?? []).filter(
              (one) => one.at >= at && one.at < at + everyMs,
            );
            if (within.length > 0) found[version] = summed(within, slowMs !== undefined);
          }
          intervals.push({ at, versions: found });
        }
        return intervals;
      },
      settledUntil: (now) => now - lateMs,
    },
    record: (service, version, at, served) => {
      const name = `${service} ${version}`;
      const entries = known.get(name);
      if (entries) entries.push({ ...served, at });
      else known.set(name, [{ ...served, at }]);
    },
    unreachable: (value) => {
      down = value;
    },
  };
}
