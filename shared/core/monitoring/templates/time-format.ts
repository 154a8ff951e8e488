import type { Millis } from "../../kernel/time.ts";
import { clockOf, padded, timeText, type Value } from "./values.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|-07:00|-0700|-07|Z07:00|Z0700|Z07|002|01|02|03|04|05|06|__2|_2|15|PM|pm|[.,](?:0+|9+)(?!\d)|1|2|3|4|5/g;

/** time.Time's Format: a layout is how 2 January 2006, 15:04:05 would be written. The zone is UTC. */
export function formatTime(at: Millis, layout: string): string {
  const clock = clockOf(at);
  const hour12 = clock.hour % 12 === 0 ? 12 : clock.hour % 12;
  const month = MONTHS[clock.month - 1] ?? "";
  const day = DAYS[clock.weekday] ?? "";
  const parts: Readonly<Record<string, string>> = {
    January: month,
    Jan: month.slice(0, 3),
    Monday: day,
    Mon: day.slice(0, 3),
    MST: "UTC",
    "2006": padded(clock.year, 4),
    "06": padded(clock.year % 100, 2),
    "01": padded(clock.month, 2),
    "1": `${clock.month}`,
    "02": padded(clock.day, 2),
    _2: `${clock.day}`.padStart(2, " "),
    "2": `${clock.day}`,
    "002": padded(clock.yearDay, 3),
    __2: `${clock.yearDay}`.padStart(3, " "),
    "15": padded(clock.hour, 2),
    "03": padded(hour12, 2),
    "3": `${hour12}`,
    "04": padded(clock.minute, 2),
    "4": `${clock.minute}`,
    "05": padded(clock.second, 2),
    "5": `${clock.second}`,
    PM: clock.hour >= 12 ? "PM" : "AM",
    pm: clock.hour >= 12 ? "pm" : "am",
    "-0700": "+0000",
    "-07:00": "+00:00",
    "-07": "+00",
    Z0700: "Z",
    "Z07:00": "Z",
    Z07: "Z",
  };
  return layout.replace(LAYOUT, (part, offset: number) => {
    const known = parts[part];
    if (known !== undefined) return known;
    // A fraction follows the seconds only.
    if (!/05?$|5$/.test(layout.slice(0, offset))) return part;
    const digits = padded(clock.ms, 3)
      .padEnd(part.length - 1, "0")
      .slice(0, part.length - 1);
    if (part[1] === "0") return `${part[0]}${digits}`;
    const kept = digits.replace(/0+$/, "");
    return kept === "" ? "" : `${part[0]}${kept}`;
  });
}

/** Methods of time.Time that a template can call; the value is undefined for any other name. */
export function timeMethod(at: Millis, name: string, args: readonly Value[]): Value | undefined {
  const clock = clockOf(at);
  switch (name) {
    case "Format":
      return typeof args[0] === "string" ? formatTime(at, args[0]) : undefined;
    case "String":
      return timeText(at);
    case "Unix":
      return BigInt(Math.floor(at / 1000));
    case "UnixMilli":
      return BigInt(at);
    case "UnixNano":
      return BigInt(at) * 1_000_000n;
    case "Year":
      return BigInt(clock.year);
    case "Month":
      return MONTHS[clock.month - 1] ?? "";
    case "Day":
      return BigInt(clock.day);
    case "Hour":
      return BigInt(clock.hour);
    case "Minute":
      return BigInt(clock.minute);
    case "Second":
      return BigInt(clock.second);
    case "YearDay":
      return BigInt(clock.yearDay);
    case "Weekday":
      return DAYS[clock.weekday] ?? "";
    default:
      return undefined;
  }
}
