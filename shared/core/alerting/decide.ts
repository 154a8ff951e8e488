import type { DurationMs, Millis } from "../kernel/time.ts";
import type { LogEntry, NotifyReason } from "./types.ts";

/** A group's alerts beside what one integration was told last. Suppressed alerts are not in it. */
export interface DeliveryCounts {
  readonly firing: number;
  readonly resolved: number;
  /** Firing now and not told as firing. */
  readonly newFiring: number;
  /** Resolved now and not told as resolved. */
  readonly newResolved: number;
}

/** Entries are kept so long at the most. Upstream: `--data.retention`. */
export const LOG_RETENTION_MS: DurationMs = 120 * 3_600_000;
/** Upstream forgets expired entries at its next maintenance only, up to so much later; here always then. */
export const LOG_GRACE_MS: DurationMs = 15 * 60_000;

/** When an entry written at `at` runs out: after min(120 h, 2 × repeat_interval). */
export const logExpiry = (at: Millis, repeatIntervalMs: DurationMs): Millis =>
  at + Math.min(LOG_RETENTION_MS, 2 * repeatIntervalMs);

/** Whether an entry still counts. `collectedAt`: when expired ones were last thrown away; default: always up to the grace. */
export const remembered = (entry: LogEntry, now: Millis, collectedAt: Millis = now - LOG_GRACE_MS): boolean =>
  entry.expiresAt > collectedAt;

/** Two memories of one group key and receiver as one: of each integration the latest entry. */
export const newest = (
  a: Readonly<Record<string, LogEntry>>,
  b: Readonly<Record<string, LogEntry>>,
): Readonly<Record<string, LogEntry>> => {
  const both: Record<string, LogEntry> = { ...a };
  for (const [key, entry] of Object.entries(b))
    if (!Object.hasOwn(a, key) || (a[key] as LogEntry).at < entry.at) both[key] = entry;
  return both;
};

/**
 * Whether an integration is notified at a flush, and why; undefined: it is not. In upstream's order (its dedup stage): nothing known →
 * only if something fires; newly firing; nothing fires → only to clear what was told as firing, whether or not resolved alerts are
 * sent; newly resolved; repeat. The repeat is due when the last notification was strictly more than `repeatMs` ago.
 */
export function decideDelivery(
  entry: LogEntry | undefined,
  counts: DeliveryCounts,
  sendResolved: boolean,
  repeatMs: DurationMs,
  now: Millis,
): NotifyReason | undefined {
  if (!entry) return counts.firing > 0 ? "first notification" : undefined;
  if (counts.newFiring > 0) return entry.firing.count === 0 ? "first notification" : "new alerts added";
  if (counts.firing === 0) return entry.firing.count > 0 ? "all alerts resolved" : undefined;
  if (sendResolved && counts.newResolved > 0) return "some alerts resolved";
  return entry.at < now - repeatMs ? "repeat interval elapsed" : undefined;
}
