import { type Field, parseField } from "./cron-field.ts";
import { civilFromDays, DAY_MS, MINUTE_MS, type Millis } from "./time.ts";
import { instantOf, offsetAt } from "./timezone.ts";

/** A parsed cron expression. Lists are ascending. */
export interface Cron {
  readonly text: string;
  /** Minutes of the day at which it fires. */
  readonly minutes: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  /** Where both day fields are restricted, either one suffices (crontab(5)); a field beginning with `*` does not restrict. */
  readonly eitherDay: boolean;
}

export type CronResult = { readonly ok: true; readonly cron: Cron } | { readonly ok: false; readonly message: string };

const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY: Field = { name: "day of month", min: 1, max: 31 };
const MONTH: Field = {
  name: "month",
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field = {
  name: "day of week",
  min: 0,
  max: 7,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/** Longest month of each; February counts with its leap day. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const BACK_DAYS = 400;
/** 29 February may be eight years away (1896 to 1904, 2096 to 2104). */
const AHEAD_DAYS = 9 * 366;

/**
 * Reads a cron expression of five fields: minute hour day-of-month month day-of-week, with names, ranges, steps and
 * lists; Sunday is 0 or 7. A date that never comes (31 February) is an error.
 */
export function parseCron(text: string): CronResult {
  const fields = text.trim().split(/\s+/);
  if (text.length > 1000 || fields.length !== 5) {
    return {
      ok: false,
      message: `cron needs five fields (minute hour day-of-month month day-of-week), found ${text.trim() === "" ? 0 : fields.length}`,
    };
  }
  const [minutes, hours, days, months, weekdays] = [MINUTE, HOUR, DAY, MONTH, WEEKDAY].map((field, index) =>
    parseField(fields[index] as string, field),
  ) as [
    ReturnType<typeof parseField>,
    ReturnType<typeof parseField>,
    ReturnType<typeof parseField>,
    ReturnType<typeof parseField>,
    ReturnType<typeof parseField>,
  ];
  if (!minutes.ok) return minutes;
  if (!hours.ok) return hours;
  if (!days.ok) return days;
  if (!months.ok) return months;
  if (!weekdays.ok) return weekdays;
  const eitherDay = !days.any && !weekdays.any;
  const first = days.values[0] as number;
  if (!eitherDay && months.values.every((month) => first > (LONGEST[month - 1] as number))) {
    return {
      ok: false,
      message: `day ${first} does not exist in ${fields[3] === "*" ? "any month" : `month ${fields[3]}`}: this never fires`,
    };
  }
  const cron: Cron = {
    text: fields.join(" "),
    minutes: hours.values.flatMap((hour) => minutes.values.map((minute) => hour * 60 + minute)),
    daysOfMonth: days.values,
    months: months.values,
    daysOfWeek: [...new Set(weekdays.values.map((day) => day % 7))].sort((a, b) => a - b),
    eitherDay,
  };
  return { ok: true, cron };
}

/**
 * The last fire at or before an instant, looking back at most 400 days. Wall clock times in a zone: a time that the clock
 * skips fires at the change, a time that comes twice fires the first time only. So no fire is lost and none is doubled.
 * Undefined where there is none, the zone is unknown or the instant is not a date.
 */
export function previousFire(cron: Cron, timezone: string, before: Millis): Millis | undefined {
  const today = localDay(timezone, before);
  if (today === undefined) return undefined;
  for (let day = today + 1; day >= today - BACK_DAYS; day -= 1) {
    if (!onDay(cron, day)) continue;
    const at = lastOfDay(cron, timezone, day, before);
    if (at !== undefined) return before - at <= BACK_DAYS * DAY_MS ? at : undefined;
  }
  return undefined;
}

/** The first fire after an instant, looking ahead nine years (a leap day may be eight away). See {@link previousFire}. */
export function nextFire(cron: Cron, timezone: string, after: Millis): Millis | undefined {
  const today = localDay(timezone, after);
  if (today === undefined) return undefined;
  for (let day = today - 1; day <= today + AHEAD_DAYS; day += 1) {
    if (!onDay(cron, day)) continue;
    const at = firstOfDay(cron, timezone, day, after);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** Number of the day (since 1970-01-01) that a wall clock in the zone shows. */
function localDay(timezone: string, at: Millis): number | undefined {
  // Two days from the ends of the calendar no offset can be asked for any more.
  if (!(Math.abs(at) <= 8.64e15 - (AHEAD_DAYS + 3) * DAY_MS)) return undefined;
  const offset = offsetAt(timezone, at);
  return offset === undefined ? undefined : Math.floor((at + offset) / DAY_MS);
}

/** Whether it fires on a day (number since 1970-01-01, wall clock), whatever the minute. */
export function onDay(cron: Cron, day: number): boolean {
  const { month, day: dayOfMonth } = civilFromDays(day);
  if (!cron.months.includes(month)) return false;
  const byMonth = cron.daysOfMonth.includes(dayOfMonth);
  const byWeek = cron.daysOfWeek.includes((((day + 4) % 7) + 7) % 7);
  return cron.eitherDay ? byMonth || byWeek : byMonth && byWeek;
}

/** Later wall clock times never have earlier instants, so both searches may halve. */
function lastOfDay(cron: Cron, timezone: string, day: number, before: Millis): Millis | undefined {
  let low = 0;
  let high = cron.minutes.length;
  let found: Millis | undefined;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = instantOf(timezone, day * DAY_MS + (cron.minutes[middle] as number) * MINUTE_MS);
    if (at === undefined) return undefined;
    if (at <= before) {
      found = at;
      low = middle + 1;
    } else high = middle;
  }
  return found;
}

function firstOfDay(cron: Cron, timezone: string, day: number, after: Millis): Millis | undefined {
  let low = 0;
  let high = cron.minutes.length;
  let found: Millis | undefined;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = instantOf(timezone, day * DAY_MS + (cron.minutes[middle] as number) * MINUTE_MS);
    if (at === undefined) return undefined;
    if (at > after) {
      found = at;
      high = middle;
    } else low = middle + 1;
  }
  return found;
}
