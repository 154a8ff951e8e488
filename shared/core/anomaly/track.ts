import type { Millis } from "../kernel/time.ts";
import type { Signal } from "./config.ts";
import type { DetectorName, Movement, OpenAnomaly, Seen, Severity } from "./types.ts";

/** logistic(2): on the detector's scale, in powers of ten, some fifty times less usual than what just alarms. */
export const HIGH_SCORE = 0.88;
/** The seed rules call an anomaly high from there on. */
export const SEED_HIGH_Z = 4;

/** Kinds in which the value itself need not have left its band upward or downward. */
const SHAPELESS: ReadonlySet<string> = new Set(["flatline", "flat", "stuck"]);

export type Happening = "opened" | "grew" | "ended" | "settled";

/** How a signal is watched: the part of its configuration that decides about opening and ending. */
export type Watched = Pick<Signal, "direction" | "quiet" | "settle">;

/** Which way the value left what was expected. */
export function movementOf(value: number, { expected, kind }: Seen): Movement {
  if (!expected || (kind !== undefined && SHAPELESS.has(kind))) return "changed";
  return value > expected.value ? "rose" : value < expected.value ? "fell" : "changed";
}

/** Whether this point is an alarm: surprising enough, no longer learning, and in a direction somebody asked about. */
export function isAlarm(watched: Watched, threshold: number, value: number, seen: Seen): boolean {
  if (seen.learning || !(seen.score >= threshold)) return false;
  if (watched.direction === "both") return true;
  const movement = movementOf(value, seen);
  // Nothing is known of what was expected: better told than lost.
  if (!seen.expected) return true;
  return movement === (watched.direction === "high" ? "rose" : "fell");
}

export function severityOf(detector: DetectorName, seen: Seen): Severity {
  const high = detector === "seed" ? Math.abs(seen.z ?? 0) > SEED_HIGH_Z : seen.score >= HIGH_SCORE;
  return high ? "high" : "medium";
}

/** What is open after a point, and what happened if it did; a further alarm of the same kind is no news. */
export interface Tracked {
  readonly open?: OpenAnomaly;
  readonly happened?: Happening;
}

/**
 * One scored point of a signal: whether an anomaly opens, goes on, grows worse or is over. The same function serves the worker that
 * looks for such points and the step that decides about them, so that they cannot disagree.
 */
export function track(
  watched: Watched,
  { threshold, detector }: { readonly threshold: number; readonly detector: DetectorName },
  open: OpenAnomaly | undefined,
  at: Millis,
  value: number,
  seen: Seen,
): Tracked {
  if (isAlarm(watched, threshold, value, seen)) {
    const severity = severityOf(detector, seen);
    if (!open) return { open: opened(at, value, seen, severity), happened: "opened" };
    const worse = severity === "high" && open.severity === "medium";
    const { score } = seen;
    return {
      open: {
        ...open,
        lastAt: at,
        outAt: at,
        alarms: open.alarms + 1,
        peak: Math.max(open.peak, score),
        severity: worse ? "high" : open.severity,
      },
      ...(worse ? { happened: "grew" as const } : {}),
    };
  }
  if (!open) return {};
  const outside = isOutside(open, value, seen);
  const next = outside ? { ...open, outAt: at } : open;
  if (at - open.lastAt >= watched.settle) return { open: next, happened: "settled" };
  const calmSince = Math.max(open.lastAt, next.outAt ?? open.lastAt);
  return at - calmSince >= watched.quiet ? { open: next, happened: "ended" } : { open: next };
}

/**
 * Outside of what was expected when it began. What is expected now has followed the values by then (within minutes, where they
 * jumped to a new level), and would call every anomaly over.
 */
function isOutside({ low, high }: OpenAnomaly, value: number, { expected }: Seen): boolean {
  const band = low !== undefined && high !== undefined ? { low, high } : expected;
  return band !== undefined && (value < band.low || value > band.high);
}

function opened(at: Millis, value: number, seen: Seen, severity: Severity): OpenAnomaly {
  const { score, kind, expected } = seen;
  return {
    since: at,
    lastAt: at,
    outAt: at,
    alarms: 1,
    peak: score,
    kind: kind ?? "unusual",
    movement: movementOf(value, seen),
    value,
    ...(expected ? { low: expected.low, high: expected.high } : {}),
    severity,
  };
}

/** What the worker saw between decisions; it never takes back what was decided. */
export function carriedOn(
  open: OpenAnomaly,
  carried: Pick<OpenAnomaly, "lastAt" | "outAt" | "alarms" | "peak">,
): OpenAnomaly {
  const outAt = Math.max(open.outAt ?? open.lastAt, carried.outAt ?? carried.lastAt);
  const { lastAt, alarms, peak } = carried;
  return {
    ...open,
    lastAt: Math.max(open.lastAt, lastAt),
    outAt,
    alarms: Math.max(open.alarms, alarms),
    peak: Math.max(open.peak, peak),
  };
}
