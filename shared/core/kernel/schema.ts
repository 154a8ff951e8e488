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

/**
 * One of two schemas, told apart by a look at the value: a fault is then told where it lies, and not as "neither of these" for the
 * whole. Editors see both.
 */
export function either<A extends v.GenericSchema, B extends v.GenericSchema>(
  isFirst: (input: unknown) => boolean,
  first: A,
  second: B,
): v.GenericSchema<v.InferInput<A> | v.InferInput<B>, v.InferOutput<A> | v.InferOutput<B>> {
  const both = v.union([first, second]);
  return v.lazy((input) => (input === undefined ? both : isFirst(input) ? first : second)) as never;
}

/** For {@link either}: a text. */
export const isText = (input: unknown): boolean => typeof input === "string";
/** For {@link either}: exactly this value. */
export const is =
  (value: unknown) =>
  (input: unknown): boolean =>
    input === value;
