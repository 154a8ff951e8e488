import { DAY_MS, type DurationMs, HOUR_MS } from "../kernel/time.ts";
import type { BackupConfig } from "./section.ts";

/** Spans of the ages of `keep`, the longest a calendar has. */
const SPANS = {
  hourly: HOUR_MS,
  daily: DAY_MS,
  weekly: 7 * DAY_MS,
  monthly: 31 * DAY_MS,
  yearly: 366 * DAY_MS,
} as const;

/** How long the oldest point of a plan lives. */
export function keepSpan(keep: BackupConfig["keep"]): DurationMs {
  const ages = (Object.keys(SPANS) as (keyof typeof SPANS)[]).map((age) => keep[age] * SPANS[age]);
  return Math.max(keep.all, ...ages);
}
