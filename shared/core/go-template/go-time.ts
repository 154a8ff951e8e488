import { daysFromCivil } from "../kernel/instant.ts";
import { civilFromDays, DAY_MS } from "../kernel/time.ts";
import { offsetAt } from "../kernel/timezone.ts";
import { abbreviationOf } from "./zone-names.ts";

/** A zone by its IANA name ("UTC" among them), or one made of an offset alone, as Go makes it for "+02:00" in a text. */
export type GoZone = string | { readonly name: string; readonly seconds: number };

export interface Instant {
  /** Since 1970-01-01T00:00:00Z. */
  readonly nanos: bigint;
  readonly zone: GoZone;
}

/** 0001-01-01T00:00:00Z: Go's zero time, which stands for "none". In nanoseconds. */
export const ZERO_TIME = -62_135_596_800_000_000_000n;

/** 1800-01-01 in seconds. No zone changed before, and the runtime's calendars count years before the year 1 in another way. */
const LOCAL_MEAN_TIME = -5_364_662_400;

const SECOND = 1_000_000_000n;

export interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 is the first of January. */
  readonly yearDay: number;
  /** Local time minus UTC. */
  readonly offsetSeconds: number;
  readonly zoneName: string;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a < 0n && a % b !== 0n ? a / b - 1n : a / b);

export const unixSeconds = (nanos: bigint): bigint => floorDiv(nanos, SECOND);

/** "+0530", "-0300", "+03" as zones without letters are called. */
const numericName = (seconds: number): string => {
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = minutes % 60 === 0 ? "" : two(minutes % 60);
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${rest}`;
};

function zoneAt(zone: GoZone, seconds: number): { readonly name: string; readonly seconds: number } {
  if (typeof zone !== "string")
    return { name: zone.name === "" ? numericZone(zone.seconds) : zone.name, seconds: zone.seconds };
  const offset = (offsetAt(zone, Math.max(seconds, LOCAL_MEAN_TIME) * 1000) ?? 0) / 1000;
  if (zone === "UTC") return { name: "UTC", seconds: 0 };
  return { name: abbreviationOf(zone, offset) ?? numericName(offset), seconds: offset };
}

/** A made up zone without a name prints as its offset with minutes. */
const numericZone = (seconds: number): string => numericName(seconds).padEnd(5, "0");

/** Calendar and clock at an instant in its zone. */
export function clockOf({ nanos, zone }: Instant): Clock {
  const seconds = Number(unixSeconds(nanos));
  const { name, seconds: offset } = zoneAt(zone, seconds);
  const local = seconds + offset;
  const days = Math.floor(local / (DAY_MS / 1000));
  const { year, month, day } = civilFromDays(days);
  const inDay = local - days * (DAY_MS / 1000);
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanos: Number(nanos - unixSeconds(nanos) * SECOND),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromCivil(year, 1, 1) + 1,
    offsetSeconds: offset,
    zoneName: name,
  };
}

export const padded = (value: number, width: number): string =>
  value < 0 ? `-${padded(-value, width)}` : String(value).padStart(width, "0");

/** The offset as layouts write it: `-0700`, with a colon, with seconds. */
export function offsetText(seconds: number, colon: string, parts: 1 | 2 | 3): string {
  const size = Math.abs(seconds);
  const all = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].slice(0, parts);
  return `${seconds < 0 ? "-" : "+"}${all.map((value) => padded(value, 2)).join(colon)}`;
}

/** A fraction of a second with its point and without zeros at its end; "" where there is none. */
export const fractionText = (nanos: number): string => (nanos === 0 ? "" : `.${padded(nanos, 9).replace(/0+$/, "")}`);

/** time.Time's String: "2009-11-10 23:00:00.5 +0000 UTC". */
export function timeText(at: Instant): string {
  const clock = clockOf(at);
  const date = `${padded(clock.year, 4)}-${padded(clock.month, 2)}-${padded(clock.day, 2)}`;
  const time = `${padded(clock.hour, 2)}:${padded(clock.minute, 2)}:${padded(clock.second, 2)}`;
  return `${date} ${time}${fractionText(clock.nanos)} ${offsetText(clock.offsetSeconds, "", 2)} ${clock.zoneName}`;
}

/** RFC 3339 with as many decimals as there are, as Go writes a time to JSON. */
export function rfc3339(at: Instant): string {
  const clock = clockOf(at);
  const date = `${padded(clock.year, 4)}-${padded(clock.month, 2)}-${padded(clock.day, 2)}`;
  const time = `${padded(clock.hour, 2)}:${padded(clock.minute, 2)}:${padded(clock.second, 2)}`;
  const zone = clock.offsetSeconds === 0 ? "Z" : offsetText(clock.offsetSeconds, ":", 2);
  return `${date}T${time}${fractionText(clock.nanos)}${zone}`;
}
