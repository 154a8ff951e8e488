import { daysFromCivil } from "./instant.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "./time.ts";

/** Making a formatter costs some 50 µs, using one 1 µs: one per zone is kept. */
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();
const MAX_FORMATTERS = 600;

function formatter(timezone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(timezone)) return formatters.get(timezone);
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  const made = make(timezone);
  formatters.set(timezone, made);
  return made;
}

function make(timezone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}

/** Whether the runtime's time zone data knows this IANA name ("Europe/Berlin", "UTC"). */
export function isTimezone(timezone: string): boolean {
  return formatter(timezone) !== undefined;
}

/** Local time minus UTC at an instant; undefined for an unknown zone or an instant outside the calendar. */
export function offsetAt(timezone: string, at: Millis): DurationMs | undefined {
  if (timezone === "UTC" && Number.isFinite(at)) return 0;
  const format = formatter(timezone);
  if (!format || !(Math.abs(at) <= 8.64e15)) return undefined;
  const parts: { [type: string]: number } = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const local = daysFromCivil(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS;
  return local - Math.floor(at / SECOND_MS) * SECOND_MS;
}

/** The offset of one zone at an instant, as {@link offsetAt} gives it. */
export type Offsets = (at: Millis) => DurationMs | undefined;

/**
 * The instant of a wall clock time, given as if it were UTC. A time that comes twice (clock put back) is the first of the
 * two; a time that never comes (clock put forward) is the instant of the change. So every wall clock time has exactly one
 * instant, and later wall clock times never have earlier ones.
 */
export const instantOf = (timezone: string, local: Millis): Millis | undefined =>
  instantBy((at) => offsetAt(timezone, at), local);

/** The same for a zone whose offsets are known already. */
export function instantBy(offsets: Offsets, local: Millis): Millis | undefined {
  const before = offsets(local - DAY_MS);
  const after = offsets(local + DAY_MS);
  if (before === undefined || after === undefined) return undefined;
  if (before === after && offsets(local - before) === before) return local - before;
  const first = local - Math.max(before, after);
  const second = local - Math.min(before, after);
  if (offsets(first) === local - first) return first;
  if (offsets(second) === local - second) return second;
  return changeBetween(offsets, first, second);
}

/** The instant at which the offset changes; `low` has the old one, `high` the new one. To the second, as zones change. */
export function changeBetween(offsets: Offsets, low: Millis, high: Millis): Millis {
  const old = offsets(low);
  let from = Math.floor(low / SECOND_MS);
  let to = Math.ceil(high / SECOND_MS);
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsets(middle * SECOND_MS) === old) from = middle;
    else to = middle;
  }
  return to * SECOND_MS;
}
