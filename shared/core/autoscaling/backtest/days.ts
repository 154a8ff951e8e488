import { HeadgateError } from "../../kernel/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../kernel/time.ts";
import type { Load } from "./grid.ts";

/** 1-based days of a load, both included. */
export type Days = readonly [from: number, to: number];

const DAY_MINUTES = DAY_MS / MINUTE_MS;

/** Whole days of a load; what is left over belongs to the last one. At least 1. */
export function daysIn(minutes: number): number {
  return Math.max(1, Math.round(minutes / DAY_MINUTES));
}

/**
 * "3-8": the third to the eighth day.
 *
 * @throws HeadgateError `input.invalid` where it is no such range, or reaches past the load.
 */
export function parseDays(text: string, minutes: number, path = "days"): Days {
  const [, from, to] = /^(\d{1,3})-(\d{1,3})$/.exec(text) ?? [];
  const days: Days = [Number(from), Number(to)];
  const total = daysIn(minutes);
  if (days[0] >= 1 && days[0] <= days[1] && days[1] <= total) return days;
  const allowed = `"first-last", from 1 to ${total}: the load has ${total} ${total === 1 ? "day" : "days"}`;
  throw new HeadgateError("input.invalid", `${path}: ${JSON.stringify(text)} is no range of days of this load`, {
    faults: [{ path, message: "no range of days of this load", value: text, allowed }],
  });
}

/** Days that only warm up: two, fewer where the load is short. */
export function warmupDays(minutes: number): number {
  const total = daysIn(minutes);
  return total > 4 ? 2 : total > 2 ? 1 : 0;
}

/** The days after the warm-up in two halves: the first to pick on, the second to score on. Undefined: the load has one day. */
export function halves(minutes: number): { readonly train: Days; readonly score: Days } | undefined {
  const total = daysIn(minutes);
  if (total < 2) return undefined;
  const warm = warmupDays(minutes);
  const middle = warm + Math.floor((total - warm) / 2);
  return { train: [warm + 1, middle], score: [middle + 1, total] };
}

/** First minute of the days, and the minute after their last one: the last day takes what is left over. */
export function minutesOf([from, to]: Days, minutes: number): { readonly from: number; readonly to: number } {
  return { from: (from - 1) * DAY_MINUTES, to: to >= daysIn(minutes) ? minutes : to * DAY_MINUTES };
}

/** The load up to the end of the days: what comes later is not there. */
export function until(work: Load, days: Days): Load {
  const { to } = minutesOf(days, work.arrivals.length);
  return to >= work.arrivals.length ? work : { ...work, arrivals: work.arrivals.subarray(0, to) };
}
