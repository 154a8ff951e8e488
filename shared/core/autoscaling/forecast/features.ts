import { FEATURES } from "./regression.ts";

const DAY = 1440;
const WEEK = 10_080;
/** Half of the window over which one minute of an earlier day is smoothed. */
const HALF = 5;
/** Smoothed minutes that are kept: a week, and what lies between it and now. */
export const SMOOTHED = WEEK + HALF + 1;
const RECENT = 2 * HALF + 1;
const FAST = 0.4;
const SHORT = 0.12;
const LONG = 0.02;

/** What the newest minutes come to, on a square-root scale. */
export interface Past {
  /** Newest known value, and the one before the newest minute. */
  last: number;
  before: number;
  /** Averages over about 2, 8 and 50 minutes. */
  fast: number;
  short: number;
  long: number;
  /** Of the newest minutes, as rings by minute. NaN in `recent`: unknown. */
  readonly recent: Float64Array;
  readonly fasts: Float64Array;
  readonly shorts: Float64Array;
  /** Mean over 11 minutes around each minute of the last week; NaN: none of them is known. */
  readonly smooth: Float32Array;
}

export function past(): Past {
  return {
    last: 0,
    before: 0,
    fast: 0,
    short: 0,
    long: 0,
    recent: new Float64Array(RECENT).fill(Number.NaN),
    fasts: new Float64Array(4),
    shorts: new Float64Array(11),
    smooth: new Float32Array(SMOOTHED).fill(Number.NaN),
  };
}

/** Takes in minute `t`. NaN: unknown, what is known before holds. `first`: nothing is known before. */
export function fold(past: Past, t: number, x: number, first: boolean): void {
  past.before = first ? x : past.last;
  if (!Number.isNaN(x)) {
    past.last = x;
    past.fast = first ? x : past.fast + FAST * (x - past.fast);
    past.short = first ? x : past.short + SHORT * (x - past.short);
    past.long = first ? x : past.long + Math.max(LONG, 1 / (t + 1)) * (x - past.long);
  }
  past.recent[t % RECENT] = x;
  past.fasts[t % past.fasts.length] = past.fast;
  past.shorts[t % past.shorts.length] = past.short;
  if (t >= HALF) past.smooth[(t - HALF) % SMOOTHED] = meanOf(past.recent);
}

function meanOf(recent: Float64Array): number {
  let sum = 0;
  let known = 0;
  for (let index = 0; index < RECENT; index += 1) {
    const x = recent[index] as number;
    if (Number.isNaN(x)) continue;
    sum += x;
    known += 1;
  }
  return known === 0 ? Number.NaN : sum / known;
}

/**
 * Describes minute `t` for a forecast of `horizon` minutes later: level, change, and how the load moved on from here a day, two days and a week
 * ago. A term is 0 until there is a history for it.
 */
export function describe(past: Past, t: number, horizon: number, into: Float64Array, at: number): void {
  const { last, fast, short, long, smooth } = past;
  into[at] = 1;
  into[at + 1] = last;
  into[at + 2] = fast;
  into[at + 3] = short;
  into[at + 4] = long;
  into[at + 5] = t > 0 ? last - past.before : 0;
  into[at + 6] = t > 3 ? fast - (past.fasts[(t - 3) % past.fasts.length] as number) : 0;
  into[at + 7] = t > 10 ? short - (past.shorts[(t - 10) % past.shorts.length] as number) : 0;
  const ahead = Math.min(t - HALF - 1, t + horizon - DAY);
  into[at + 8] = t >= DAY + HALF ? moved(smooth, ahead, t - DAY) : 0;
  into[at + 9] = t >= DAY + HALF ? orZero((smooth[ahead % SMOOTHED] as number) - short) : 0;
  into[at + 10] = t >= 2 * DAY + HALF ? moved(smooth, t + horizon - 2 * DAY, t - 2 * DAY) : 0;
  into[at + FEATURES - 1] = t >= WEEK + HALF ? moved(smooth, t + horizon - WEEK, t - WEEK) : 0;
}

function moved(smooth: Float32Array, to: number, from: number): number {
  return orZero((smooth[to % SMOOTHED] as number) - (smooth[from % SMOOTHED] as number));
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
