import { type Cron, onDay, parseCron } from "../../kernel/cron.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { offsetAt } from "../../kernel/timezone.ts";

/** A time of the day (ms from midnight), the days on which it holds, or both. */
export interface Period {
  readonly text: string;
  readonly crons: readonly Cron[];
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
}

export type PeriodResult =
  | { readonly ok: true; readonly period: Period }
  | { readonly ok: false; readonly message: string };

const RANGE = /^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*-\s*(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Reads a period in which nothing is scaled: "09:00-17:00", "22:00:00-06:00:00", a cron expression, or several joined by `&&`. A cron beside a
 * range names the days; alone it names minutes. Five fields as in crontab(5), or six or seven as in Quartz (seconds first, Sunday is 1).
 */
export function parsePeriod(text: string): PeriodResult {
  const crons: Cron[] = [];
  const ranges: Period["ranges"][number][] = [];
  for (const part of text.split("&&").map((one) => one.trim())) {
    if (/^[\d:]+\s*-/.test(part) && part.includes(":")) {
      const range = rangeOf(part);
      if (!range) return { ok: false, message: `${part} is no time of day such as 09:00-17:00` };
      ranges.push(range);
      continue;
    }
    const cron = parseCron(crontab(part));
    if (!cron.ok) return cron;
    crons.push(cron.cron);
  }
  return { ok: true, period: { text, crons, ranges } };
}

function rangeOf(text: string): Period["ranges"][number] | undefined {
  const match = RANGE.exec(text);
  if (!match) return undefined;
  const [fromHour, fromMinute, fromSecond, toHour, toMinute, toSecond] = match.slice(1).map((one) => Number(one ?? 0));
  const from = inDay(fromHour, fromMinute, fromSecond);
  const to = inDay(toHour, toMinute, toSecond);
  return from === undefined || to === undefined || from === to ? undefined : { from, to };
}

function inDay(hour = 0, minute = 0, second = 0): number | undefined {
  const at = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS;
  return minute < 60 && second < 60 && at <= DAY_MS ? at : undefined;
}

/** Quartz has seconds first, `?` for "any", and counts Sunday as 1. */
function crontab(text: string): string {
  const fields = text.split(/\s+/);
  if (fields.length !== 6 && fields.length !== 7) return text;
  const [, minute = "", hour = "", day = "", month = "", weekday = ""] = fields.map((field) =>
    field === "?" ? "*" : field,
  );
  const shifted = weekday.replace(
    /(^|[,-])(\d)/g,
    (_all, before: string, digit: string) => `${before}${Number(digit) - 1}`,
  );
  return [minute, hour, day, month, shifted].join(" ");
}

const read = new Map<string, PeriodResult>();
const MOST_READ = 1000;

function known(text: string): PeriodResult {
  const before = read.get(text);
  if (before) return before;
  if (read.size >= MOST_READ) read.clear();
  const result = parsePeriod(text);
  read.set(text, result);
  return result;
}

/** The first of the periods that holds now; undefined: none does. One that cannot be read holds never: the check has told of it. */
export function excludedBy(periods: readonly string[], timezone: string, now: Millis): string | undefined {
  if (periods.length === 0) return undefined;
  const offset = offsetAt(timezone, now);
  if (offset === undefined) return undefined;
  const local = now + offset;
  const day = Math.floor(local / DAY_MS);
  return periods.find((text) => {
    const result = known(text);
    return result.ok && holds(result.period, day, local - day * DAY_MS);
  });
}

function holds({ crons, ranges }: Period, today: number, time: number): boolean {
  // A range over midnight belongs to the day on which it begins.
  let began = today;
  for (const { from, to } of ranges) {
    if (from < to ? time < from || time >= to : time < from && time >= to) return false;
    if (from > to && time < to) began = today - 1;
  }
  const minute = Math.floor(time / MINUTE_MS);
  return crons.every((cron) => onDay(cron, began) && (ranges.length > 0 || cron.minutes.includes(minute)));
}
