import { HeadgateError } from "../../kernel/errors.ts";
import type { Point } from "../../kernel/reading.ts";
import { DAY_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Trace } from "../../kernel/trace.ts";

/** A trace on the simulator's grid: one number per minute from the first stamp to the end of the last interval. */
export interface Load {
  readonly startAt: Millis;
  /** Work that arrives in each minute, in task-minutes: 1 keeps one task busy for the whole minute. */
  readonly arrivals: Float64Array;
  /** Trace units per second that keep one task busy: turns arrivals back into a request rate. */
  readonly unitsPerTaskSecond: number;
}

/** Two rows can be a century apart; every minute between them would be simulated. */
const MAX_DAYS = 366;

/**
 * Puts a trace on a one-minute grid and scales it so that its mean keeps `meanTasks` tasks busy: only the shape of a trace
 * matters. Points further apart than a minute are joined by straight lines (also over gaps), points closer together are
 * averaged per minute, the last value is held for its own interval.
 *
 * @throws HeadgateError `trace.invalid` where first and last point are more than 366 days apart.
 */
export function load(trace: Trace, meanTasks: number): Load {
  const points = trace.stepMs < MINUTE_MS ? perMinute(trace.points) : trace.points;
  const startAt = (points[0] as Point).at;
  const endAt = (points.at(-1) as Point).at + Math.max(trace.stepMs, MINUTE_MS);
  const days = (endAt - startAt) / DAY_MS;
  if (days > MAX_DAYS) {
    throw new HeadgateError("trace.invalid", `the trace spans ${Math.ceil(days)} days`, {
      faults: [
        {
          path: "timestamp",
          message: "first and last row are too far apart",
          value: `${Math.ceil(days)} days`,
          allowed: `at most ${MAX_DAYS} days`,
        },
      ],
    });
  }
  const minutes = Math.max(1, Math.round((endAt - startAt) / MINUTE_MS));
  const values = new Float64Array(minutes);
  let left = 0;
  let sum = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = startAt + minute * MINUTE_MS;
    while (left < points.length - 2 && (points[left + 1] as Point).at <= at) left += 1;
    const value = between(points[left] as Point, points[left + 1], at);
    values[minute] = value;
    sum += value;
  }
  const mean = sum / minutes;
  const scale = mean > 0 ? meanTasks / mean : 0;
  for (let minute = 0; minute < minutes; minute += 1) values[minute] = (values[minute] as number) * scale;
  const unitsPerTaskSecond = scale > 0 ? 1 / scale / (Math.max(trace.stepMs, MINUTE_MS) / 1_000) : 0;
  return { startAt, arrivals: values, unitsPerTaskSecond };
}

function between(left: Point, right: Point | undefined, at: Millis): number {
  if (!right || at <= left.at) return left.value;
  if (at >= right.at) return right.value;
  return left.value + ((right.value - left.value) * (at - left.at)) / (right.at - left.at);
}

/** Mean of the points of each minute, times the points a whole minute would have, is its work; the factor is left to the scaling. */
function perMinute(points: readonly Point[]): readonly Point[] {
  const startAt = (points[0] as Point).at;
  const means: Point[] = [];
  let sum = 0;
  let count = 0;
  let minute = 0;
  for (const point of points) {
    const its = Math.floor((point.at - startAt) / MINUTE_MS);
    if (its !== minute) {
      means.push({ at: startAt + minute * MINUTE_MS, value: sum / count });
      minute = its;
      sum = 0;
      count = 0;
    }
    sum += point.value;
    count += 1;
  }
  means.push({ at: startAt + minute * MINUTE_MS, value: sum / count });
  return means;
}
