import { civilFromDays, DAY_MS } from "../../kernel/time.ts";
import { addDays, type Day, startOf } from "../day.ts";
import type { DayCost, FixedDay } from "./types.ts";

/** Same weekdays to each side that tell what is usual; fewer than three tell nothing. */
const WEEKS = 4;
const LEAST_SAME = 3;
/** Robust standard deviations (1.4826 × median absolute deviation) beyond which a lone day is no noise, and the least share of what is usual. */
const BEYOND = 6;
const LEAST_SHARE = 0.1;
const TO_DEVIATION = 1.4826;

const serial = (day: Day): number => (startOf(day) as number) / DAY_MS;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

export interface Spike {
  readonly day: Day;
  /** Above (or below) what such a day usually costs. */
  readonly amount: number;
}

/**
 * Lone days far from what their weekday usually costs. Two in a row are no spike: the level may have moved. Needs some weeks;
 * without them there are none.
 */
export function spikesOf(days: readonly DayCost[]): readonly Spike[] {
  const values = new Map(days.map(({ day, value }) => [serial(day), value]));
  const usual = new Map<number, number>();
  for (const at of values.keys()) {
    const same: number[] = [];
    for (let week = -WEEKS; week <= WEEKS; week += 1) {
      const value = week === 0 ? undefined : values.get(at + 7 * week);
      if (value !== undefined) same.push(value);
    }
    if (same.length >= LEAST_SAME) usual.set(at, median(same));
  }
  if (usual.size === 0) return [];
  const apart = [...usual].map(([at, what]) => (values.get(at) as number) - what);
  const deviation = TO_DEVIATION * median(apart.map(Math.abs));
  const limit = (at: number): number =>
    Math.max(BEYOND * deviation, LEAST_SHARE * Math.abs(usual.get(at) ?? 0), Number.MIN_VALUE);
  const over = (at: number): number => {
    const [value, what] = [values.get(at), usual.get(at)];
    return value === undefined || what === undefined ? 0 : value - what;
  };
  return days.flatMap(({ day }) => {
    const at = serial(day);
    const amount = over(at);
    const isLone = [at - 1, at + 1].every((next) => Math.abs(over(next)) < limit(next) / 2 || over(next) * amount < 0);
    return Math.abs(amount) > limit(at) && isLone ? [{ day, amount }] : [];
  });
}

const lengthOf = (year: number, month: number): number => {
  const next = month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, "0")}-01`;
  return Number(addDays(next, -1).slice(8));
};

/** The day of a month on which something of this day of the month falls. */
export function dayIn(year: number, month: number, dayOfMonth: number): Day {
  const day = Math.min(dayOfMonth, lengthOf(year, month));
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/**
 * Which spikes come again: those on the same day of the two last months in which that day was seen. The last amount is expected; the end of a
 * short month stands for 29, 30 and 31.
 */
export function fixedDays(spikes: readonly Spike[], known: ReadonlySet<Day>): readonly FixedDay[] {
  const byDay = new Map(spikes.map((spike) => [spike.day, spike.amount]));
  const found: FixedDay[] = [];
  if (byDay.size < 2) return found;
  const last = [...known].reduce((a, b) => (a > b ? a : b), "");
  for (let dayOfMonth = 1; dayOfMonth <= 31; dayOfMonth += 1) {
    const seen: Day[] = [];
    for (let back = 0; back < 13 && seen.length < 3; back += 1) {
      const { year, month } = monthBack(last, back);
      const day = dayIn(year, month, dayOfMonth);
      if (!known.has(day)) continue;
      if (!byDay.has(day)) break;
      seen.push(day);
    }
    if (seen.length < 2) continue;
    const amounts = seen.map((day) => byDay.get(day) as number);
    if (amounts.some((amount) => amount * (amounts[0] as number) <= 0)) continue;
    if (found.some((one) => one.seen.join() === seen.join())) continue;
    found.push({ dayOfMonth, amount: amounts[0] as number, seen });
  }
  return found;
}

function monthBack(day: Day, back: number): { readonly year: number; readonly month: number } {
  const { year, month } = civilFromDays(serial(day));
  const months = year * 12 + (month - 1) - back;
  return { year: Math.floor(months / 12), month: (months % 12) + 1 };
}
