import { MINUTE_MS, type Millis } from "../kernel/time.ts";
import { mergeRow, newRow, type PostedAlert, resolvedAt } from "./merge.ts";
import type { AlertRow } from "./types.ts";

/** How often resolved alerts are thrown away. Upstream: `--alerts.gc-interval`. */
const GC_MS = 30 * MINUTE_MS;

/** What the process knows of alerts beyond its groups, as upstream's provider in memory. */
export interface Provider {
  /** Merges a posted alert with what is known, and returns what is known then. */
  put(alert: PostedAlert, now: Millis, resolveTimeoutMs: number): AlertRow;
  /** Everything, those that began earliest first: what a new dispatcher starts from. */
  rows(now: Millis): readonly AlertRow[];
}

/** `from`: when the process began; it throws resolved alerts away at every 30 minutes from then. */
export function provider(from: Millis): Provider {
  const known = new Map<string, AlertRow>();
  const collectedAt = (now: Millis): Millis => from + Math.floor((now - from) / GC_MS) * GC_MS;
  const gone = (row: AlertRow, now: Millis): boolean => {
    const at = collectedAt(now);
    return at > from && resolvedAt(row, at) && row.updatedAt <= at;
  };
  return {
    put(alert, now, resolveTimeoutMs) {
      const row = newRow(alert, now, resolveTimeoutMs);
      const old = known.get(row.fingerprint);
      const merged = mergeRow(old && !gone(old, now) ? old : undefined, row);
      known.set(merged.fingerprint, merged);
      return merged;
    },
    rows(now) {
      for (const [fingerprint, row] of known) if (gone(row, now)) known.delete(fingerprint);
      return [...known.values()].sort((a, b) => a.startsAt - b.startsAt);
    },
  };
}
