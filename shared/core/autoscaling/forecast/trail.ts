import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { type Event, factorAt } from "./events.ts";
import { normalQuantile80, quantile } from "./price.ts";

/** More than six hours, and the longest horizon beyond them. */
const MINUTES = 512;

/** What was expected of the newest minutes when it mattered, and what came: for people who look. Reference tasks, without events. */
export interface Trail {
  /** Rings by minute; NaN: nothing was expected, or it is not known. Eighty of a hundred minutes are meant to lie between low and high. */
  readonly low: Float32Array;
  readonly likely: Float32Array;
  readonly high: Float32Array;
  readonly came: Float32Array;
}

const ring = (): Float32Array => new Float32Array(MINUTES).fill(Number.NaN);

export function trail(): Trail {
  return { low: ring(), likely: ring(), high: ring(), came: ring() };
}

/** Notes what is expected of minute `t`. */
export function expect(trail: Trail, t: number, level: number, spread: number, errors: readonly number[]): void {
  const slot = t % MINUTES;
  const wide = errors.length < 2;
  const below = wide ? -normalQuantile80 : quantile(errors, 0.1);
  const above = wide ? normalQuantile80 : quantile(errors, 0.9);
  trail.likely[slot] = level * level;
  trail.low[slot] = Math.max(0, level + below * spread) ** 2;
  trail.high[slot] = Math.max(0, level + above * spread) ** 2;
}

/** Notes what came in minute `t`, and forgets what was beyond it a turn of the ring ago. */
export function came(trail: Trail, t: number, work: number, horizon: number): void {
  trail.came[t % MINUTES] = work;
  trail.came[(t + horizon) % MINUTES] = Number.NaN;
}

/** One minute: what was expected of it, and what came. In the units of the metric; absent where it is not known. */
export interface TrailPoint {
  readonly at: Millis;
  readonly low?: number;
  readonly likely?: number;
  readonly high?: number;
  readonly came?: number;
}

/**
 * The newest `minutes` up to minute `t`, which started at `knownAt`, and the `horizon` minutes after it. `perTask` and the events of the policy
 * turn reference tasks back into what is measured.
 */
export function trailOf(
  trail: Trail,
  { t, knownAt, horizon, minutes }: { t: number; knownAt: Millis; horizon: number; minutes: number },
  perTask: number,
  events: readonly Event[],
): readonly TrailPoint[] {
  const points: TrailPoint[] = [];
  const back = Math.min(minutes, t + 1, MINUTES - horizon);
  for (let minute = t - back + 1; minute <= t + horizon; minute += 1) {
    const at = knownAt + (minute - t) * MINUTE_MS;
    const slot = minute % MINUTES;
    const scale = perTask * factorAt(events, at);
    const of = (name: "low" | "likely" | "high" | "came") => {
      const value = trail[name][slot] as number;
      return Number.isNaN(value) ? {} : { [name]: Number((value * scale).toPrecision(5)) };
    };
    points.push({ at, ...of("low"), ...of("likely"), ...of("high"), ...(minute <= t ? of("came") : {}) });
  }
  return points;
}
