import type { Point, Reading } from "../kernel/reading.ts";
import { type DurationMs, formatDuration, type Millis, SECOND_MS } from "../kernel/time.ts";

/** Clocks of the source and of ours may differ by so much; a point beyond that lies in the future and is not believed. */
export const SKEW_MS = 2 * SECOND_MS;

/** Whether a number is an instant of the calendar (as far as ECMAScript's reaches): differences of two stay exact. */
export function isInstant(at: Millis): boolean {
  return Math.abs(at) <= 8.64e15;
}

/** A metric as the policies see it: known with its newest value, or unknown and why. Unknown is never zero. */
export interface Signal {
  readonly metric: string;
  readonly unit: string;
  readonly known: boolean;
  /** Why it is unknown; also set (and not used) where it is known. */
  readonly reason: "held_no_data" | "held_stale_data";
  /** Newest value; NaN where unknown. */
  readonly value: number;
  /** Start of the newest period; NaN where there is none. */
  readonly at: Millis;
  readonly periodMs: DurationMs;
  readonly points: readonly Point[];
  /** Index of the newest usable point in `points`; -1 where there is none. */
  readonly end: number;
  /** How many points lie in the future and were left out. */
  readonly future: number;
}

/**
 * Judges a reading: the newest finite point that is not in the future counts, unless its period ended more than
 * `maxAgeMs` ago. Total: any array of points is accepted.
 */
export function signalOf(
  metric: string,
  reading: Reading | undefined,
  now: Millis,
  maxAgeMs: DurationMs,
  defaultPeriodMs: DurationMs,
): Signal {
  const points = reading?.points ?? [];
  const unit = reading?.unit ?? "";
  const given = reading?.periodMs;
  const periodMs = given !== undefined && given > 0 && Number.isFinite(given) ? given : defaultPeriodMs;
  let future = 0;
  let end = points.length - 1;
  for (; end >= 0; end -= 1) {
    const point = points[end];
    if (!usable(point)) continue;
    if (point.at <= now + SKEW_MS) break;
    future += 1;
  }
  const newest = points[end];
  if (!newest) {
    return {
      metric,
      unit,
      known: false,
      reason: "held_no_data",
      value: NaN,
      at: NaN,
      periodMs,
      points,
      end: -1,
      future,
    };
  }
  const stale = now - (newest.at + periodMs) > maxAgeMs;
  const reason = stale ? "held_stale_data" : "held_no_data";
  const value = stale ? NaN : newest.value + 0;
  return { metric, unit, known: !stale, reason, value, at: newest.at, periodMs, points, end, future };
}

/** Beyond this a value is a broken answer; below it, products with counts stay finite. */
const MOST = 1e18;

function usable(point: Point | undefined): point is Point {
  return !!point && isInstant(point.at) && Math.abs(point.value) <= MOST;
}

/**
 * How many of the newest periods satisfy `test` without a break, at most `limit`. A missing period ends the run: what was
 * not measured cannot breach.
 */
export function runLength(signal: Signal, limit: number, test: (value: number) => boolean): number {
  if (!signal.known) return 0;
  const { points, end, periodMs } = signal;
  let length = 0;
  let next = signal.at + periodMs;
  for (let index = end; index >= 0 && length < limit; index -= 1) {
    const point = points[index];
    if (!usable(point) || !test(point.value)) break;
    const gap = next - point.at;
    if (!(gap > 0.5 * periodMs && gap < 1.5 * periodMs)) break;
    length += 1;
    next = point.at;
  }
  return length;
}

/** How many of the newest periods are known without a break, at most `limit`. */
export function knownLength(signal: Signal, limit: number): number {
  return runLength(signal, limit, () => true);
}

/** "82 %", "1240 /s", "0.0312": at most four significant digits, with the unit as people write it. */
export function say(value: number, unit: string): string {
  return `${digits(value)}${suffix(unit)}`;
}

/** A number with at most four significant digits and no exponent below a billion. */
export function digits(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const rounded = Number(value.toPrecision(Math.abs(value) >= 1000 && Math.abs(value) < 1e9 ? 6 : 4));
  return String(rounded);
}

function suffix(unit: string): string {
  if (unit === "percent") return " %";
  if (unit === "per_second") return "/s";
  if (unit === "" || unit === "count" || unit === "none") return "";
  return ` ${unit}`;
}

/** One line for the trace: what was read of a metric, or why it is unknown. */
export function describeSignal(signal: Signal, now: Millis, maxAgeMs: DurationMs): string {
  const { metric, known, at, periodMs, unit, future } = signal;
  const later = future > 0 ? `, ${future} in the future left out` : "";
  if (known) return `${metric} is ${say(signal.value, unit)}, ${age(now - at - periodMs)}${later}`;
  if (signal.reason === "held_stale_data") {
    return `${metric} is unknown: its newest period ended ${age(now - at - periodMs)}, which is over ${formatDuration(maxAgeMs)}`;
  }
  return `${metric} is unknown: no point${future > 0 ? ` but ${future} in the future` : ""}`;
}

function age(ms: DurationMs): string {
  return ms <= 0 ? "just now" : `${formatDuration(ms)} ago`;
}
