import type { Fault } from "./errors.ts";
import type { Point } from "./reading.ts";
import { type DurationMs, formatDuration, iso } from "./time.ts";

/** Above this, sums of a trace lose whole units in a double. */
export const MAX_TRACE_VALUE = 1e12;
/** More rows than this are refused: 2,000,000 minutes are almost four years. */
export const MAX_TRACE_ROWS = 2_000_000;
/** What a value of a trace may be, in words. */
export const TRACE_VALUE = `a decimal number 0..${MAX_TRACE_VALUE}`;
/** A decimal number as people and programs write it; no hexadecimal, no infinity. */
export const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
/** A distance of more than this many median steps is a gap. */
const GAP_STEPS = 1.5;

/** Collects faults or warnings: the first `max` are spelled out, the rest is one line with their count. */
export interface FaultList {
  readonly add: (fault: Fault) => void;
  readonly size: () => number;
  readonly all: () => readonly Fault[];
}

export function faultList(max: number, noun: "fault" | "warning"): FaultList {
  const kept: Fault[] = [];
  let hidden = 0;
  return {
    add: (fault) => {
      if (kept.length < max) kept.push(fault);
      else hidden += 1;
    },
    size: () => kept.length,
    all: () =>
      hidden === 0
        ? kept
        : [...kept, { path: "trace", message: `and ${hidden} more ${noun}${hidden === 1 ? "" : "s"}` }],
  };
}

/** What is wrong with a number as a value of a trace; undefined: nothing. */
export const valueFault = (value: number | undefined): string | undefined =>
  value === undefined || Number.isNaN(value)
    ? "is not a number"
    : value < 0
      ? "is negative"
      : value > MAX_TRACE_VALUE
        ? "is too large"
        : undefined;

/** Where in its source a point stands, as a fault says it. */
export type Place = { readonly said: string } & Pick<Fault, "path" | "line">;

/**
 * Adds a warning for each distance of neighbouring points that is longer than one and a half median steps.
 *
 * @param placeOf of the point after the gap; undefined: this gap has been told already
 */
export function warnOfGaps(
  points: readonly Point[],
  stepMs: DurationMs,
  placeOf: (index: number) => Place | undefined,
  warnings: FaultList,
): void {
  for (let index = 1; index < points.length; index += 1) {
    const before = (points[index - 1] as Point).at;
    const distance = (points[index] as Point).at - before;
    if (distance <= GAP_STEPS * stepMs) continue;
    const place = placeOf(index);
    if (!place) continue;
    const { said, ...where } = place;
    warnings.add({
      ...where,
      message: `${said}: a gap of ${formatDuration(distance)} after ${iso(before)}`,
      value: formatDuration(distance),
      allowed: `${formatDuration(stepMs)} between rows; nothing is known inside the gap`,
    });
  }
}

/** Median distance of neighbouring points, of which there are two at least. */
export function medianStep(points: readonly Point[]): DurationMs {
  const steps = new Float64Array(points.length - 1);
  for (let index = 1; index < points.length; index += 1)
    steps[index - 1] = (points[index] as Point).at - (points[index - 1] as Point).at;
  steps.sort();
  return steps[Math.floor(steps.length / 2)] as number;
}

/** A text of the input as a fault shows it. */
export const shorten = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 39)}…`);
