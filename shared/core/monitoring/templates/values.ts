import { civilFromDays, DAY_MS, type Millis } from "../../kernel/time.ts";
import { goFloat } from "./go-float.ts";

export interface SampleValue {
  readonly kind: "sample";
  readonly labels: MapValue;
  readonly value: number;
}

/** `map[string]string` (labels) or `map[string]interface {}` (what `args` makes). */
export interface MapValue {
  readonly kind: "map";
  readonly of: "string" | "any";
  readonly entries: ReadonlyMap<string, Value>;
}

export interface VectorValue {
  readonly kind: "vector";
  readonly items: readonly SampleValue[];
}

export interface TimeValue {
  readonly kind: "time";
  readonly at: Millis;
}

export interface DurationValue {
  readonly kind: "duration";
  readonly seconds: number;
}

/** What the dot is at the start of a template. */
export interface DataValue {
  readonly kind: "data";
  readonly fields: ReadonlyMap<string, Value>;
}

/** Go's values that a template can hold: int is bigint, float64 is number, and the two do not mix. null is Go's nil. */
export type Value =
  | null
  | boolean
  | string
  | bigint
  | number
  | SampleValue
  | MapValue
  | VectorValue
  | TimeValue
  | DurationValue
  | DataValue;

export const textMap = (texts: Readonly<Record<string, string>>): MapValue => ({
  kind: "map",
  of: "string",
  entries: new Map(Object.entries(texts)),
});

/** Name of the Go type, as its messages and %T have it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "number":
      return "float64";
  }
  if (value === null) return "<nil>";
  switch (value.kind) {
    case "sample":
      return "*template.sample";
    case "map":
      return value.of === "string" ? "map[string]string" : "map[string]interface {}";
    case "vector":
      return "template.queryResult";
    case "time":
      return "*time.Time";
    case "duration":
      return "time.Duration";
    case "data":
      return "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }";
  }
}

/** Go's truth: zero, "", nothing and empty are false. */
export function isTrue(value: Value): boolean {
  if (value === null) return false;
  if (typeof value === "number") return value !== 0;
  if (typeof value !== "object") return Boolean(value);
  if (value.kind === "map") return value.entries.size > 0;
  if (value.kind === "vector") return value.items.length > 0;
  return value.kind === "duration" ? value.seconds !== 0 : true;
}

export const sortedKeys = (map: MapValue): readonly string[] =>
  [...map.entries.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** As Go's fmt prints a value with %v. */
export function valueText(value: Value, top = true): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return goFloat(value, "g");
  if (typeof value !== "object") return String(value);
  switch (value.kind) {
    case "map":
      return `map[${sortedKeys(value)
        .map((key) => `${key}:${valueText(value.entries.get(key) ?? null, false)}`)
        .join(" ")}]`;
    case "sample":
      return `${top ? "" : "&"}{${valueText(value.labels, false)} ${goFloat(value.value, "g")}}`;
    case "vector":
      return `[${value.items.map((item) => valueText(item, false)).join(" ")}]`;
    case "data":
      return `{${[...value.fields.values()].map((field) => valueText(field, false)).join(" ")}}`;
    case "time":
      return timeText(value.at);
    case "duration":
      return durationText(value.seconds);
  }
}

export interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 is the first of January. */
  readonly yearDay: number;
}

/** Calendar and clock in UTC. */
export function clockOf(at: Millis): Clock {
  const days = Math.floor(at / DAY_MS);
  const { year, month, day } = civilFromDays(days);
  const inDay = at - days * DAY_MS;
  let newYear = days - 366;
  while (civilFromDays(newYear).year < year) newYear += 1;
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3_600_000),
    minute: Math.floor(inDay / 60_000) % 60,
    second: Math.floor(inDay / 1000) % 60,
    ms: Math.floor(inDay % 1000),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - newYear + 1,
  };
}

export const padded = (value: number, width: number): string =>
  value < 0 ? `-${padded(-value, width)}` : String(value).padStart(width, "0");

/** time.Time's String in UTC: "2009-11-10 23:00:00.5 +0000 UTC". */
export function timeText(at: Millis): string {
  const { year, month, day, hour, minute, second, ms } = clockOf(at);
  const fraction = ms === 0 ? "" : `.${padded(ms, 3).replace(/0+$/, "")}`;
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date} ${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${fraction} +0000 UTC`;
}

/** time.Duration's String: "1h30m0s", "1.5s", "250ms", "10µs". */
export function durationText(seconds: number): string {
  const nanos = Math.trunc(seconds * 1e9);
  if (nanos === 0) return "0s";
  if (nanos < 0) return `-${durationText(-seconds)}`;
  const part = (value: number) => goFloat(value, "f");
  if (nanos < 1000) return `${nanos}ns`;
  if (nanos < 1e6) return `${part(nanos / 1e3)}µs`;
  if (nanos < 1e9) return `${part(nanos / 1e6)}ms`;
  const whole = Math.floor(nanos / 1e9);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = `${part((whole % 60) + (nanos % 1e9) / 1e9)}s`;
  return hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest;
}
