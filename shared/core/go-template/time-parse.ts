import { daysFromCivil } from "../kernel/instant.ts";
import { civilFromDays } from "../kernel/time.ts";
import { CallFault } from "./function-types.ts";
import type { GoZone, Instant } from "./go-time.ts";
import { DAYS, type LayoutPart, layoutParts, MONTHS } from "./time-layout.ts";

/** Fields as they are read; what a layout lacks stays undefined. */
interface Reading {
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half?: "am" | "pm";
  utc?: boolean;
  offset?: number;
  zoneName?: string;
}

/** A part that does not fit: nothing said, or what is out of range. */
class Misfit extends Error {
  readonly outOfRange: string | undefined;
  constructor(outOfRange?: string) {
    super(outOfRange ?? "");
    this.outOfRange = outOfRange;
  }
}

const shown = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
const short = (names: readonly string[]): readonly string[] => names.map((name) => name.slice(0, 3));

/** Takes a match off the front. */
function take(rest: string, pattern: RegExp): readonly [RegExpExecArray, string] {
  const match = pattern.exec(rest);
  if (!match) throw new Misfit();
  return [match, rest.slice(match[0].length)];
}

/** A number of one or two digits, of exactly two where the layout has two. */
function digits(rest: string, fixed: boolean, low: number, high: number, what: string): readonly [number, string] {
  const [match, left] = take(rest, fixed ? /^\d\d/ : /^\d\d?/);
  const value = Number(match[0]);
  if (value < low || value > high) throw new Misfit(what);
  return [value, left];
}

function nameOf(rest: string, names: readonly string[]): readonly [number, string] {
  const index = names.findIndex((name) => rest.slice(0, name.length).toLowerCase() === name.toLowerCase());
  if (index === -1) throw new Misfit();
  return [index, rest.slice((names[index] ?? "").length)];
}

const nanosOf = (fraction: string): number => Number(fraction.slice(0, 9).padEnd(9, "0"));

const SHAPES: Readonly<Record<string, RegExp>> = {
  "07": /^([+-])(\d\d)/,
  "0700": /^([+-])(\d\d)(\d\d)/,
  "07:00": /^([+-])(\d\d):(\d\d)/,
  "070000": /^([+-])(\d\d)(\d\d)(\d\d)/,
  "07:00:00": /^([+-])(\d\d):(\d\d):(\d\d)/,
};

function offset(rest: string, layout: string, into: Reading): string {
  if (layout.startsWith("Z") && rest.startsWith("Z")) {
    into.utc = true;
    return rest.slice(1);
  }
  const [[, sign, hours, minutes = "0", seconds = "0"], left] = take(rest, SHAPES[layout.slice(1)] as RegExp);
  if (Number(hours) > 24) throw new Misfit("time zone offset hour");
  if (Number(minutes) > 60) throw new Misfit("time zone offset minute");
  if (Number(seconds) > 60) throw new Misfit("time zone offset second");
  into.offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  return left;
}

/** Names that look like a zone's: three to five capitals, `GMT+3`, `+03`. */
const ZONE =
  /^(?:ChST|MeST|GMT(?:[+-](?:2[0-3]|1\d|0*\d)(?!\d))?|[+-](?:2[0-3]|1\d|0*\d)(?!\d)|WITA(?![A-Z])|[A-Z]{4}T(?![A-Z])|[A-Z]{3}T(?![A-Z])|[A-Z]{3}(?![A-Z]))/;

function zone(rest: string, into: Reading): string {
  if (rest.startsWith("UTC")) {
    into.utc = true;
    return rest.slice(3);
  }
  const [[name], left] = take(rest, ZONE);
  into.zoneName = name;
  return left;
}

/** Reads one element off the front of `rest`; `next` is the part of the layout behind it. */
function element(part: string, rest: string, into: Reading, next: LayoutPart | undefined): string {
  let left = rest;
  switch (part) {
    case "2006": {
      const [match, after] = take(rest, /^\d{4}/);
      into.year = Number(match[0]);
      return after;
    }
    case "06": {
      const [match, after] = take(rest, /^\d\d/);
      into.year = Number(match[0]) + (Number(match[0]) >= 69 ? 1900 : 2000);
      return after;
    }
    case "January":
    case "Jan": {
      const [index, after] = nameOf(rest, part === "Jan" ? short(MONTHS) : MONTHS);
      into.month = index + 1;
      return after;
    }
    case "Monday":
    case "Mon":
      return nameOf(rest, part === "Mon" ? short(DAYS) : DAYS)[1];
    case "01":
    case "1":
      [into.month, left] = digits(rest, part === "01", 1, 12, "month");
      return left;
    case "02":
    case "2":
    case "_2":
      [into.day, left] = digits(part === "_2" ? rest.replace(/^ /, "") : rest, part === "02", 0, 99, "day");
      return left;
    case "002":
    case "__2": {
      const [match, after] = take(
        part === "__2" ? rest.replace(/^ {1,2}/, "") : rest,
        part === "002" ? /^\d{3}/ : /^\d{1,3}/,
      );
      into.yearDay = Number(match[0]);
      return after;
    }
    case "15":
      [into.hour, left] = digits(rest, false, 0, 23, "hour");
      return left;
    case "03":
    case "3":
      [into.hour, left] = digits(rest, part === "03", 0, 12, "hour");
      return left;
    case "04":
    case "4":
      [into.minute, left] = digits(rest, part === "04", 0, 59, "minute");
      return left;
    case "05":
    case "5": {
      [into.second, left] = digits(rest, part === "05", 0, 59, "second");
      const fraction = /^[.,](\d+)/.exec(left);
      // A fraction is read even where the layout has none.
      if (!fraction || (next?.element && /^[.,][09]/.test(next.text))) return left;
      into.nanos = nanosOf(fraction[1] ?? "");
      return left.slice(fraction[0].length);
    }
    case "PM":
    case "pm": {
      const [match, after] = take(rest, part === "PM" ? /^[AP]M/ : /^[ap]m/);
      into.half = match[0].toLowerCase() as "am" | "pm";
      return after;
    }
    case "MST":
      return zone(rest, into);
  }
  if (!/^[.,]/.test(part)) return offset(rest, part, into);
  const exact = part[1] === "0";
  if (!exact && !/^[.,]\d/.test(rest)) return rest;
  const [[all], after] = take(rest, exact ? new RegExp(`^[.,]\\d{${part.length - 1}}`) : /^[.,]\d+/);
  into.nanos = nanosOf(all.slice(1));
  return after;
}

/** Text between elements: a run of blanks goes for any other run. */
function literal(prefix: string, rest: string): readonly [boolean, string] {
  let left = rest;
  for (let at = 0; at < prefix.length; ) {
    if (prefix[at] === " ") {
      if (left !== "" && left[0] !== " ") return [false, left];
      while (prefix[at] === " ") at += 1;
      left = left.replace(/^ +/, "");
    } else {
      if (left[0] !== prefix[at]) return [false, left];
      at += 1;
      left = left.slice(1);
    }
  }
  return [true, left];
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const lastOf = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

function dayOf(into: Reading, fail: (message: string) => never): number {
  if (into.yearDay === undefined) {
    const [month, day] = [into.month ?? 1, into.day ?? 1];
    if (day < 1 || day > lastOf(into.year, month)) fail(": day out of range");
    return daysFromCivil(into.year, month, day);
  }
  if (into.yearDay < 1 || into.yearDay > (isLeap(into.year) ? 366 : 365)) fail(": day-of-year out of range");
  const days = daysFromCivil(into.year, 1, 1) + into.yearDay - 1;
  const { month, day } = civilFromDays(days);
  if (into.month !== undefined && into.month !== month) fail(": day-of-year does not match month");
  if (into.day !== undefined && into.day !== day) fail(": day-of-year does not match day");
  return days;
}

function zoneOf(into: Reading): { readonly zone: GoZone; readonly offset: number } {
  if (into.utc) return { zone: "UTC", offset: 0 };
  if (into.offset !== undefined) {
    const plain = into.offset === 0 && (into.zoneName === undefined || into.zoneName === "UTC");
    return { zone: plain ? "UTC" : { name: into.zoneName ?? "", seconds: into.offset }, offset: into.offset };
  }
  if (into.zoneName === undefined) return { zone: "UTC", offset: 0 };
  const hours = /^GMT([+-]\d+)$/.exec(into.zoneName)?.[1];
  // The name of a zone says nothing of its offset: the clock is taken as UTC, and keeps the name.
  return { zone: { name: into.zoneName, seconds: Number(hours ?? 0) * 3600 }, offset: 0 };
}

/**
 * time.ParseInLocation in UTC: a text by a layout.
 *
 * @throws CallFault with Go's message
 */
export function parseTime(layout: string, text: string): Instant {
  const fail = (message: string): never => {
    throw new CallFault(`parsing time ${shown(text)}${message}`);
  };
  const misfit = (rest: string, part: string): never =>
    fail(` as ${shown(layout)}: cannot parse ${shown(rest)} as ${shown(part)}`);
  const into: Reading = { year: 0, hour: 0, minute: 0, second: 0, nanos: 0 };
  let rest = text;
  const parts = layoutParts(layout);
  for (const [index, part] of parts.entries()) {
    if (!part.element) {
      const [fits, left] = literal(part.text, rest);
      if (!fits) misfit(left, part.text);
      rest = left;
      continue;
    }
    try {
      rest = element(part.text, rest, into, parts[index + 1]);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      if (error.outOfRange !== undefined) fail(`: ${error.outOfRange} out of range`);
      misfit(rest, part.text);
    }
  }
  if (rest !== "") fail(`: extra text: ${shown(rest)}`);
  if (into.half === "pm" && into.hour < 12) into.hour += 12;
  else if (into.half === "am" && into.hour === 12) into.hour = 0;
  const days = dayOf(into, fail);
  const { zone: inZone, offset: ahead } = zoneOf(into);
  const seconds = days * 86_400 + into.hour * 3600 + into.minute * 60 + into.second - ahead;
  return { nanos: BigInt(seconds) * 1_000_000_000n + BigInt(into.nanos), zone: inZone };
}
