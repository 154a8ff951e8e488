import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "./time.ts";

/** How an instant was written. Bare numbers below 1e11 are seconds (until the year 5138), from there on milliseconds (since 1973). */
export type InstantForm = "iso" | "seconds" | "milliseconds";

export interface Instant {
  readonly at: Millis;
  readonly form: InstantForm;
  /** False for an ISO text without "Z" or offset, which is read as UTC; bare epoch numbers always have one. */
  readonly zoned: boolean;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;
const EPOCH = /^\d{1,16}(?:\.\d{1,9})?$/;
const MS_FROM = 1e11;

/** Days since 1970-01-01 of a date of the Gregorian calendar (days-from-civil, H. Hinnant). Core has no `Date`. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return era * 146_097 + doe - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Reads an instant: ISO 8601 / RFC 3339 (blank instead of "T" allowed, seconds and offset may be left out) or epoch
 * seconds or milliseconds. Undefined where the text is neither, or names a day or time that does not exist (30 February,
 * 24:00, second 60). Digits past the millisecond are dropped.
 */
export function parseInstant(text: string): Instant | undefined {
  if (EPOCH.test(text)) {
    const number = Number(text);
    const form = number < MS_FROM ? "seconds" : "milliseconds";
    return { at: form === "seconds" ? Math.round(number * SECOND_MS) : Math.trunc(number), form, zoned: true };
  }
  const match = ISO.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const offsetMs = offset(match[8]);
  if (offsetMs === undefined) return undefined;
  const millis = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const at =
    daysFromCivil(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + millis;
  return { at: at - offsetMs, form: "iso", zoned: match[8] !== undefined };
}

function offset(text: string | undefined): number | undefined {
  if (text === undefined || text === "Z" || text === "z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (text[0] === "-" ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}
