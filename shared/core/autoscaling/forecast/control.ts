import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { ceil } from "../rounding.ts";
import type { PredictiveMemory } from "./types.ts";

/** Share of its capacity that a task is meant to use while nothing is known of a usual day. */
const EARLY_TARGET = 0.7;
/** What waits is to be worked off in so many minutes on the first day. */
const EARLY_DRAIN = 5;
/** Recommendations of the first day that are held: ten minutes, both ends included. */
export const EARLY_HOLD = 11;
const BEHIND_TARGET = 0.9;
const BEHIND_DRAIN = 2;
/** A scale-out is rounded up by so much, so that a rising load does not ask again each minute. */
const ROUND_UP = 0.05;
/** A look that comes later than its minute stands for the minutes since, but for no more than so many. */
const MOST_GAP = 15;

/** First day: what arrives, and what waits (both in tasks), with a fixed head-room. */
export function early(arrivals: number, backlog: number): number {
  return ceil(arrivals / EARLY_TARGET + backlog / EARLY_DRAIN);
}

/** While work waits: what arrives now, and what waits worked off within two minutes. */
export function behind(arrivals: number, backlog: number): number {
  return ceil(arrivals / BEHIND_TARGET + backlog / BEHIND_DRAIN);
}

/**
 * Tasks that let nobody wait longer than `waitSeconds` after a jump to `factor` times the load, where new tasks help after `helpSeconds`: until then
 * the excess piles up, and what runs already works it off.
 */
export function guarded(arrivals: number, factor: number, waitSeconds: number, helpSeconds: number): number {
  return ceil((factor * arrivals * helpSeconds) / (waitSeconds + helpSeconds));
}

/** One look of the controller at its minute. Counts are real tasks. */
export interface Look {
  readonly at: Millis;
  readonly desired: number;
  /** What is recommended for now, inside the bounds. */
  readonly recommended: number;
  /** How many recommendations are held, this one included. */
  readonly hold: number;
  /** Excess that must have been wasted before a scale-in, in task-minutes. */
  readonly waste: number;
  /** Scale-outs are rounded up. */
  readonly round: boolean;
  /** Where a price decides. Absent: every task beyond what is recommended is wasted, and every one short of it is worth a start. */
  readonly price?: {
    /** Task-minutes a minute that having `count` instead of the desired tasks saves, violations counted. */
    saves(count: number): number;
    /** What a scale-out must save at least. */
    readonly start: number;
  };
}

/** What the look comes to: `desired` is the count to go to, and unequal to the look's where something is wanted. */
export interface Controlled {
  readonly desired: number;
  /** Largest recommendation that is held. */
  readonly held: number;
  readonly memory: PredictiveMemory;
}

/**
 * Outward at once to what is recommended, where that saves what a start is worth. Inward to the largest of the recommendations held, once what the tasks
 * above it cost beyond what they save has come to `waste` task-minutes: a large excess goes fast, one spare task stays long. A second look in the same
 * minute remembers nothing more.
 */
export function control(before: PredictiveMemory | undefined, look: Look): Controlled {
  const { at, desired, hold, round, price } = look;
  const idle = price !== undefined && look.recommended > desired && price.saves(look.recommended) < price.start;
  const recommended = idle ? desired : look.recommended;
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const gap = before ? Math.round((minute - before.at) / MINUTE_MS) : 1;
  const again = before !== undefined && gap <= 0 && gap > -2;
  // A clock that went back starts the memory anew.
  const kept = before && (again || gap > 0) ? before : undefined;
  const recs = again ? before.recs : extended(kept?.recs ?? [], recommended, Math.max(1, gap), hold);
  let held = again ? recommended : (recs[0] as number);
  for (let index = Math.max(0, recs.length - hold); index < recs.length; index += 1)
    held = Math.max(held, recs[index] as number);
  const wasted = kept !== undefined && kept.from === desired ? kept.waste : 0;
  const remember = (waste: number): PredictiveMemory =>
    again && kept && kept.waste === waste && kept.from === desired
      ? kept
      : { recs, waste, at: again ? before.at : minute, from: desired };
  if (recommended > desired)
    return { desired: recommended + (round ? Math.floor(ROUND_UP * recommended) : 0), held, memory: remember(0) };
  if (held >= desired) return { desired, held, memory: remember(0) };
  const excess = price ? Math.max(0, price.saves(held)) : desired - held;
  const waste = again ? wasted : rounded(wasted + excess * Math.min(MOST_GAP, Math.max(1, gap)));
  const enough = again ? kept?.from === desired && waste > 0 && waste >= look.waste : waste >= look.waste;
  return { desired: enough ? held : desired, held, memory: remember(waste) };
}

/** A thousandth of a task-minute is nothing, and a state of many digits is larger. */
function rounded(waste: number): number {
  return Math.round(waste * 1000) / 1000;
}

/** The recommendations with one more; the newest of before stands for minutes that were missed. */
function extended(recs: readonly number[], recommended: number, gap: number, hold: number): readonly number[] {
  const next = gap === 1 ? recs.slice(-(hold - 1) || recs.length) : [...recs];
  const last = recs.at(-1);
  if (last !== undefined) for (let missed = 1; missed < Math.min(gap, hold); missed += 1) next.push(last);
  next.push(recommended);
  return next.length > hold ? next.slice(-hold) : next;
}
