import { type Clock, clockOf, type Instant, offsetText, padded } from "./go-time.ts";
import { DAYS, layoutParts, MONTHS } from "./time-layout.ts";

const OFFSET = /^([-Z])07(:?)(00)?(:?)(00)?$/;

function fraction(part: string, nanos: number): string {
  const digits = padded(nanos, 9).slice(0, part.length - 1);
  if (part[1] === "0") return part[0] + digits.padEnd(part.length - 1, "0");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : part[0] + kept;
}

function element(part: string, clock: Clock): string {
  const hour12 = clock.hour % 12 === 0 ? 12 : clock.hour % 12;
  const month = MONTHS[clock.month - 1] ?? "";
  const day = DAYS[clock.weekday] ?? "";
  switch (part) {
    case "January":
      return month;
    case "Jan":
      return month.slice(0, 3);
    case "Monday":
      return day;
    case "Mon":
      return day.slice(0, 3);
    case "MST":
      return clock.zoneName;
    case "2006":
      return padded(clock.year, 4);
    case "06":
      return padded(Math.abs(clock.year % 100), 2);
    case "01":
      return padded(clock.month, 2);
    case "1":
      return `${clock.month}`;
    case "02":
      return padded(clock.day, 2);
    case "_2":
      return `${clock.day}`.padStart(2, " ");
    case "2":
      return `${clock.day}`;
    case "002":
      return padded(clock.yearDay, 3);
    case "__2":
      return `${clock.yearDay}`.padStart(3, " ");
    case "15":
      return padded(clock.hour, 2);
    case "03":
      return padded(hour12, 2);
    case "3":
      return `${hour12}`;
    case "04":
      return padded(clock.minute, 2);
    case "4":
      return `${clock.minute}`;
    case "05":
      return padded(clock.second, 2);
    case "5":
      return `${clock.second}`;
    case "PM":
      return clock.hour >= 12 ? "PM" : "AM";
    case "pm":
      return clock.hour >= 12 ? "pm" : "am";
  }
  const offset = OFFSET.exec(part);
  if (!offset) return fraction(part, clock.nanos);
  if (offset[1] === "Z" && clock.offsetSeconds === 0) return "Z";
  return offsetText(clock.offsetSeconds, offset[2] ?? "", offset[5] ? 3 : offset[3] ? 2 : 1);
}

/** time.Time's Format, in the instant's own zone. */
export function formatTime(at: Instant, layout: string): string {
  const clock = clockOf(at);
  return layoutParts(layout)
    .map((part) => (part.element ? element(part.text, clock) : part.text))
    .join("");
}
