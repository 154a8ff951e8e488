import * as v from "valibot";
import { type DurationMs, formatDuration, parseDuration } from "./time.ts";

/** A duration text ("300s", "10m") between two bounds, turned into milliseconds. A bare number is refused: it has no unit. */
export function duration(minMs: DurationMs, maxMs: DurationMs) {
  const allowed = `duration such as 30s, 5m or 1h between ${formatDuration(minMs)} and ${formatDuration(maxMs)}`;
  return v.pipe(
    v.string(allowed),
    v.check((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minMs && ms <= maxMs;
    }, allowed),
    v.transform((text) => parseDuration(text) as DurationMs),
  );
}

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number) {
  const allowed = `integer ${min}..${max}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(min, allowed), v.maxValue(max, allowed));
}

/** A finite number between two bounds, both included. */
export function number(min: number, max: number) {
  const allowed = `number ${min}..${max}`;
  return v.pipe(v.number(allowed), v.finite(allowed), v.minValue(min, allowed), v.maxValue(max, allowed));
}
