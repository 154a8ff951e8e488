import { daysFromCivil, parseInstant } from "../../kernel/instant.ts";
import { civilFromDays, DAY_MS, HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { dayOf } from "../day.ts";

/** How a file writes dates with slashes: 4/1/26 is 1 April or 4 January. */
export type DateOrder = "month_first" | "day_first";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = String.raw`(?:[\s,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT)?)?`;
const SLASHED = new RegExp(`^(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4}|\\d{2})${TIME}$`, "i");
const YEAR_FIRST = new RegExp(`^(\\d{4})([/.-])(\\d{1,2})\\2(\\d{1,2})${TIME}$`, "i");
const DAY_NAMED = new RegExp(`^(\\d{1,2})[\\s-]+([A-Za-z]{3,9})\\.?[\\s,-]+(\\d{4}|\\d{2})${TIME}$`, "i");
const MONTH_NAMED = new RegExp(`^([A-Za-z]{3,9})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})${TIME}$`, "i");
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;

/** What of a date with slashes (or dashes, the year last) can be either; undefined: the text is no such date. */
export function eitherWay(text: string): { readonly first: number; readonly second: number } | undefined {
  const match = SLASHED.exec(text);
  // With points between, the day is written first, wherever that is done.
  return match === null || match[2] === "." ? undefined : { first: Number(match[1]), second: Number(match[3]) };
}

/** An instant as bills write it; without a zone it is UTC, as FOCUS has it. Undefined where it is none, or names a day that there is not. */
export function billInstant(text: string, order: DateOrder): Millis | undefined {
  const iso = /^\d{4}-\d{2}/.test(text) ? parseInstant(text.replace(/\s*(?:UTC|GMT)$/i, "Z")) : undefined;
  if (iso !== undefined) return iso.at;
  let match = SLASHED.exec(text);
  if (match !== null) {
    const dayFirst = match[2] === "." || order === "day_first";
    const [month, day] = dayFirst ? [match[3], match[1]] : [match[1], match[3]];
    return instant(yearOf(match[4] ?? ""), Number(month), Number(day), match.slice(5));
  }
  match = YEAR_FIRST.exec(text);
  if (match !== null) return instant(Number(match[1]), Number(match[3]), Number(match[4]), match.slice(5));
  match = COMPACT.exec(text);
  if (match !== null) return instant(Number(match[1]), Number(match[2]), Number(match[3]), []);
  match = DAY_NAMED.exec(text);
  if (match !== null) return instant(yearOf(match[3] ?? ""), monthOf(match[2] ?? ""), Number(match[1]), match.slice(4));
  match = MONTH_NAMED.exec(text);
  if (match !== null) return instant(Number(match[3]), monthOf(match[1] ?? ""), Number(match[2]), match.slice(4));
  return undefined;
}

/** Two digits are of this century: there were no bills of a cloud before it. */
const yearOf = (text: string): number => (text.length === 2 ? 2000 + Number(text) : Number(text));

const monthOf = (name: string): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;

function instant(year: number, month: number, day: number, time: readonly (string | undefined)[]): Millis | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const days = daysFromCivil(year, month, day);
  const civil = civilFromDays(days);
  if (civil.month !== month || civil.day !== day) return undefined;
  const [hours = "0", minutes = "0", seconds = "0", half] = time;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (/^p/i.test(half) ? 12 : 0);
  }
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return days * DAY_MS + hour * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
}

/** The day and the instant; days outside 1970..2199 are no dates of a bill. */
export function billDay(text: string, order: DateOrder): { readonly at: Millis; readonly day: string } | undefined {
  const at = billInstant(text, order);
  if (at === undefined || at < 0 || at >= 7_258_118_400_000) return undefined;
  return { at, day: dayOf(at) };
}
