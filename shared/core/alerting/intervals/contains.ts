import { daysFromCivil } from "../../kernel/instant.ts";
import { civilFromDays, DAY_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { offsetAt } from "../../kernel/timezone.ts";
import type { NumberRange, TimeIntervalSpec } from "../types.ts";

const within = (ranges: readonly NumberRange[] | undefined, value: number): boolean =>
  ranges === undefined || ranges.some(({ begin, end }) => value >= begin && value <= end);

function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1);
  return next - daysFromCivil(year, month, 1);
}

function dayWithin(ranges: readonly NumberRange[], day: number, last: number): boolean {
  const fromEnd = (value: number): number => (value < 0 ? last + value + 1 : value);
  const clamped = (value: number): number => Math.min(Math.max(value, -last), last);
  return ranges.some((range) => {
    const begin = fromEnd(range.begin);
    // A range that starts past the month's end never holds in it; one that ends there is cut off.
    return begin <= last && day >= clamped(begin) && day <= clamped(fromEnd(range.end));
  });
}

/**
 * Whether an instant lies in an interval: all of its conditions hold, in local time of its location. Unknown locations are refused
 * where the interval is read. Source: timeinterval/timeinterval.go.
 */
export function intervalContains(spec: TimeIntervalSpec, at: Millis): boolean {
  const local = at + (spec.location === undefined ? 0 : (offsetAt(spec.location, at) ?? 0));
  const days = Math.floor(local / DAY_MS);
  const minute = Math.floor((local - days * DAY_MS) / MINUTE_MS);
  if (spec.times !== undefined && !spec.times.some(({ begin, end }) => minute >= begin && minute < end)) return false;
  const { year, month, day } = civilFromDays(days);
  if (spec.daysOfMonth !== undefined && !dayWithin(spec.daysOfMonth, day, daysInMonth(year, month))) return false;
  // 1970-01-01 was a Thursday.
  const weekday = (((days + 4) % 7) + 7) % 7;
  return within(spec.months, month) && within(spec.weekdays, weekday) && within(spec.years, year);
}
