import { daysFromCivil } from "../kernel/instant.ts";
import { civilFromDays, DAY_MS, type Millis } from "../kernel/time.ts";

/** A day of UTC, "2024-09-01": bills, reports and caches go by these. */
export type Day = string;

const two = (value: number): string => String(value).padStart(2, "0");

export function dayOf(at: Millis): Day {
  const { year, month, day } = civilFromDays(Math.floor(at / DAY_MS));
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** Its first instant; undefined where the calendar has no such day. */
export function startOf(day: Day): Millis | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (match === null) return undefined;
  const at = daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3])) * DAY_MS;
  return dayOf(at) === day ? at : undefined;
}

/** `count` days later (earlier where negative). Throws RangeError where `day` is none. */
export function addDays(day: Day, count: number): Day {
  const at = startOf(day);
  if (at === undefined) throw new RangeError(`no day: ${day}`);
  return dayOf(at + count * DAY_MS);
}

/** All days from `from` to `to`, both included; none where `to` is before `from`. */
export function daysOf(from: Day, to: Day): readonly Day[] {
  const days: Day[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}
