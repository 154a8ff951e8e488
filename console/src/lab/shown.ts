import { duration, number } from "../format.ts";
import type { Field, Value } from "./fields.ts";

/** A value as people read it. */
export function shownValue(field: Field, value: Value | undefined): string {
  if (value === undefined) return ("absent" in field && field.absent) || "not set";
  if (field.kind === "duration" && typeof value === "number") return value === 0 ? "none" : duration(value * 1000);
  if (typeof value !== "number") return value === true ? "yes" : value === false ? "no" : String(value);
  return field.kind === "number" && field.unit ? `${number(value)}\u00a0${field.unit}` : number(value);
}

/** The stop that is nearest to a value; −1 where it is left out. */
export function stopOf(stops: readonly number[], value: number | undefined): number {
  if (value === undefined) return -1;
  let best = 0;
  stops.forEach((stop, index) => {
    if (Math.abs(stop - value) < Math.abs((stops[best] ?? 0) - value)) best = index;
  });
  return best;
}
