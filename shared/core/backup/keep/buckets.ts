import { civilFromDays, DAY_MS, HOUR_MS, type Millis } from "../../kernel/time.ts";

/** Spans of the calendar of which the newest point is kept. */
export const SPANS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Span = (typeof SPANS)[number];

/** Which span of the calendar an instant lies in, in UTC: equal for two instants of one hour, day, ISO week (from Monday), month or year. */
export function bucketOf(span: Span, at: Millis): number {
  const days = Math.floor(at / DAY_MS);
  if (span === "hourly") return Math.floor(at / HOUR_MS);
  if (span === "daily") return days;
  // 1970-01-01 was a Thursday: three days after a Monday.
  if (span === "weekly") return Math.floor((days + 3) / 7);
  const { year, month } = civilFromDays(days);
  return span === "monthly" ? year * 12 + month : year;
}
