import type { Notes, Path } from "../../kernel/fields.ts";
import { isTimezone } from "../../kernel/timezone.ts";
import type { NumberRange, TimeIntervalSpec } from "../types.ts";
import { fault, type Kind, textOf } from "./kind.ts";
import { checked, string } from "./scalars.ts";
import { inFlow, kept, list, optional, pointer, type StructOf, struct } from "./structures.ts";

// Source of this file's rules: timeinterval/timeinterval.go.

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  ...["", "january", "february", "march", "april", "may", "june", "july"],
  ...["august", "september", "october", "november", "december"],
];

/** Reads one end of a range; the message where it is none. */
type Member = (text: string) => number | string;

const number: Member = (text) =>
  /^[-+]?\d+$/.test(text) ? Number(text) : `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
const weekday: Member = (text) => (WEEKDAYS.includes(text) ? WEEKDAYS.indexOf(text) : `${text} is not a valid weekday`);
const month: Member = (text) => {
  if (text !== "" && MONTHS.includes(text)) return MONTHS.indexOf(text);
  const found = number(text);
  return typeof found === "number" ? found : `${text} is not a valid month`;
};

/** A range as `begin:end` or one value. */
function range(
  member: Member,
  check: (begin: number, end: number, text: string) => string | undefined,
  name: (value: number) => string,
): Kind<NumberRange> {
  const parse = (given: string): NumberRange | string => {
    const text = given.toLowerCase();
    const parts = text.split(":");
    if (parts.length > 2) return `couldn't parse range ${text}, invalid format`;
    const begin = member(parts[0] as string);
    if (typeof begin === "string") return begin;
    const end = parts[1] === undefined ? begin : member(parts[1]);
    if (typeof end === "string") return end;
    return check(begin, end, given) ?? { begin, end };
  };
  return {
    zero: { begin: 0, end: 0 },
    decode: (value, path, notes, before) => {
      const text = textOf(value);
      const read = text === undefined ? "wrong type" : parse(text);
      if (typeof read !== "string") return read;
      fault(notes, path, read, { value });
      return before;
    },
    empty: ({ begin, end }) => begin === 0 && end === 0,
    show: ({ begin, end }) => (begin === end ? name(begin) : `${name(begin)}:${name(end)}`),
    plain: (value) => value,
    hide: (plain) => plain,
  };
}

const weekdays = range(
  weekday,
  (begin, end) => (begin > end ? "start day cannot be before end day" : undefined),
  (value) => WEEKDAYS[value] ?? "",
);

const days = range(
  number,
  (begin, end) => {
    for (const day of [begin, end])
      if (day === 0 || day < -31 || day > 31) return `${day} is not a valid day of the month: out of range`;
    if (begin < 0 && end > 0) return "end day must be negative if start day is negative";
    // In the shortest month, what counts from the end is known to come before.
    const least = (day: number): number => (day < 0 ? 28 + day : day);
    return least(begin) > least(end) ? `end day ${end} is always before start day ${begin}` : undefined;
  },
  String,
);

const months = range(
  month,
  (begin, end) =>
    begin > end ? `end month ${MONTHS[end] ?? ""} is before start month ${MONTHS[begin] ?? ""}` : undefined,
  String,
);

const years = range(
  number,
  (begin, end) => (begin > end ? `end year ${end} is before start year ${begin}` : undefined),
  String,
);

const TIME = /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;
const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const timeFields = struct({ start_time: kept(string), end_time: kept(string) });
const two = (value: number): string => String(value).padStart(2, "0");
const clock = (value: number): string => `${two(Math.floor(value / 60))}:${two(value % 60)}`;

/** `start_time` and `end_time`, as minutes of the day. */
const times: Kind<NumberRange> = {
  zero: { begin: 0, end: 0 },
  decode: (value, path: Path, notes: Notes, before) => {
    const known = notes.faults.length;
    const { start_time: start, end_time: end } = timeFields.decode(value, path, notes, timeFields.zero);
    if (notes.faults.length > known) return before;
    const bad = [start, end].find((one) => !TIME.test(one));
    const wrong =
      start === "" || end === ""
        ? "both start and end times must be provided"
        : bad !== undefined
          ? `couldn't parse timestamp ${bad}, invalid format`
          : minutes(start) >= minutes(end)
            ? "start time cannot be equal or greater than end time"
            : undefined;
    if (wrong === undefined) return { begin: minutes(start), end: minutes(end) };
    fault(notes, path, wrong, { allowed: "HH:MM, at most 24:00" });
    return before;
  },
  empty: ({ begin, end }) => begin === 0 && end === 0,
  show: ({ begin, end }) => timeFields.show({ start_time: clock(begin), end_time: clock(end) }),
  plain: (value) => value,
  hide: (plain) => plain,
};

/** Names of zones are names of files to Go: no offsets, and their case counts. */
const ZONE = /^[A-Z][A-Za-z0-9_+/-]*$/;
const isUtc = (name: string): boolean => name === "" || name === "Local" || name === "UTC";

const known = checked((text) =>
  isUtc(text) || (ZONE.test(text) && isTimezone(text)) ? undefined : `unknown time zone ${text}`,
);

/** Go knows "" as UTC and "Local" as where it runs; a function runs nowhere in particular, so that is UTC too. */
const location: Kind<string> = { ...known, show: (name) => name || "UTC" };

const intervalFields = {
  times: optional(list(times)),
  weekdays: inFlow(list(weekdays)),
  days_of_month: inFlow(list(days)),
  months: inFlow(list(months)),
  years: inFlow(list(years)),
  location: inFlow(pointer(location)),
};

const named = struct(
  { name: kept(string), time_intervals: kept(list(struct(intervalFields))) },
  { check: ({ name }) => (name === "" ? "missing name in time interval" : undefined) },
);

/** `time_intervals`. */
export const timeIntervals = list(named);

/** `mute_time_intervals`, the old name of the same. */
export const muteTimeIntervals: typeof timeIntervals = list({
  ...named,
  decode: (value, path, notes, before) => {
    const own: Notes = { faults: [], warnings: notes.warnings };
    const read = named.decode(value, path, own, before);
    for (const one of own.faults)
      notes.faults.push({ ...one, message: one.message.replace("missing name in time", "missing name in mute time") });
    return read;
  },
});

export type IntervalStruct = StructOf<typeof intervalFields>;

/** An interval as decisions use it. */
export function intervalSpec(read: IntervalStruct): TimeIntervalSpec {
  const zone = read.location === null || isUtc(read.location) ? undefined : read.location;
  return {
    ...(read.times === null ? {} : { times: read.times }),
    ...(read.weekdays === null ? {} : { weekdays: read.weekdays }),
    ...(read.days_of_month === null ? {} : { daysOfMonth: read.days_of_month }),
    ...(read.months === null ? {} : { months: read.months }),
    ...(read.years === null ? {} : { years: read.years }),
    ...(zone === undefined ? {} : { location: zone }),
  };
}
