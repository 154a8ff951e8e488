import { DAY_MS } from "../../kernel/time.ts";
import { type Day, startOf } from "../day.ts";
import { type Trend, trendOf } from "./trend.ts";

/** What a million events cost. A ratio of a sum of money and a count: a number, as it is for thresholds and charts, never added up. */
export interface UnitCost {
  readonly perMillion: number;
  /** That were counted on the days it is told from. */
  readonly events: number;
  readonly days: number;
  /** Absent: too few days. */
  readonly trend?: Trend;
}

/** One day of something. */
export interface UnitDay {
  readonly day: Day;
  readonly cost: number;
  /** Counted in the part of the day that was watched. */
  readonly events: number;
  /** That part, 0..1: so much of the day's cost stands against them. */
  readonly seen: number;
}

const MILLION = 1_000_000;
/** A day that was watched for less than an hour says nothing. */
const SEEN_AT_LEAST = 1 / 24;

/** Undefined where nothing was counted: no events is no price of zero. */
export function unitCost(days: readonly UnitDay[]): UnitCost | undefined {
  const told = days.filter(({ seen, events }) => seen >= SEEN_AT_LEAST && events > 0);
  const events = told.reduce((sum, one) => sum + one.events, 0);
  if (events === 0) return undefined;
  const cost = told.reduce((sum, one) => sum + one.cost * one.seen, 0);
  const trend = trendOf(
    told.map((one) => ({
      day: (startOf(one.day) ?? 0) / DAY_MS,
      value: ((one.cost * one.seen) / one.events) * MILLION,
    })),
  );
  return { perMillion: (cost / events) * MILLION, events, days: told.length, ...(trend ? { trend } : {}) };
}
