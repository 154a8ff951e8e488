import { addDays, type Day } from "../day.ts";
import { median } from "../forecast/spikes.ts";
import type { UnusualCost } from "./types.ts";

/** What a detector says of one day. */
export interface ScoredDay {
  readonly day: Day;
  readonly value: number;
  /** 0..1. */
  readonly score: number;
  /** What the detector expected; absent as long as it does not tell. */
  readonly expected?: number;
}

/** Days before anything is judged: two weeks, so that each weekday was seen twice. */
export const LEARNING_DAYS = 14;
const WEEKS = 4;
/** Less than this share of what is usual is no cost worth a word, however steady a service was. */
const LEAST_SHARE = 0.05;
/** An unusual cost goes on as long as a day is off by half as much as its first day was. */
const GOES_ON = 0.5;
/** One that goes on for so long is the new usual. */
const MOST_DAYS = 14;

/** What a day is compared with: the same weekday of the weeks before, as far as there are two; else the days before. */
function usualOf(byDay: ReadonlyMap<Day, number>, day: Day, before: Day): number | undefined {
  const same: number[] = [];
  for (let at = addDays(day, -7); same.length < WEEKS && at > addDays(day, -7 * (WEEKS + 3)); at = addDays(at, -7)) {
    const value = at < before ? byDay.get(at) : undefined;
    if (value !== undefined) same.push(value);
  }
  if (same.length >= 2) return median(same);
  const last = [...byDay].flatMap(([at, value]) => (at < before ? [value] : [])).slice(-7);
  return last.length === 0 ? undefined : median(last);
}

/**
 * Days that a detector found unusual, as stretches: from the first alarm on as long as the cost stays off to the same side.
 *
 * @param threshold score from which a day is an alarm
 */
export function unusualCosts(
  of: string,
  days: readonly ScoredDay[],
  threshold: number,
): readonly Omit<UnusualCost, "causes">[] {
  const byDay = new Map(days.map(({ day, value }) => [day, value]));
  const found: Omit<UnusualCost, "causes">[] = [];
  for (let at = LEARNING_DAYS; at < days.length; at += 1) {
    const first = days[at] as ScoredDay;
    if (first.score < threshold) continue;
    const usual = usualOf(byDay, first.day, first.day) ?? first.expected;
    const off = first.value - (usual ?? first.value);
    if (usual === undefined || Math.abs(off) <= LEAST_SHARE * Math.abs(usual)) continue;
    let [actual, expected, mostInADay, score, last] = [0, 0, 0, 0, at];
    for (let next = at; next < days.length && next < at + MOST_DAYS; next += 1) {
      const day = days[next] as ScoredDay;
      const normal = usualOf(byDay, day.day, first.day) ?? usual;
      const differs = day.value - normal;
      if (next > at && differs * Math.sign(off) < GOES_ON * Math.abs(off)) break;
      actual += day.value;
      expected += normal;
      mostInADay = Math.abs(differs) > Math.abs(mostInADay) ? differs : mostInADay;
      score = Math.max(score, day.score);
      last = next;
    }
    found.push({
      ...{ id: `${of}@${first.day}`, of, from: first.day, to: (days[last] as ScoredDay).day },
      open: last === days.length - 1 && last < at + MOST_DAYS - 1,
      ...{ score, actual, expected, impact: actual - expected, mostInADay },
      ...(expected === 0 ? {} : { percent: (100 * (actual - expected)) / Math.abs(expected) }),
    });
    at = last;
  }
  return found;
}
