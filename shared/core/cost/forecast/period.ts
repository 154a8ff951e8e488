import { DAY_MS } from "../../kernel/time.ts";
import { addDays, type Day, daysOf, startOf } from "../day.ts";
import { calibrate, widened } from "./calibrate.ts";
import { odditiesOf, perDay, withOddities } from "./oddities.ts";
import { dayIn, fixedDays, type Spike, spikesOf } from "./spikes.ts";
import { deviationOf, intervalOf, learnSeries, sumOf } from "./structural.ts";
import { normalQuantile } from "./student.ts";
import type { DayCost, FixedDay, Forecast, ForecastDay } from "./types.ts";

/** Share of periods that are meant to end inside the interval; what AWS Cost Explorer's forecast has as its default prediction interval. */
export const LEVEL = 0.8;
/** Complete days without which nothing is told: a week, so that each weekday was seen. */
export const NEEDED = 7;
/** What is older tells little of next month. */
const MOST_HISTORY = 126;

export interface PeriodAsk {
  /** First and last day, both included. */
  readonly from: Day;
  readonly to: Day;
  /** The day that is going on: it and what follows is not known yet. */
  readonly today: Day;
}

const serial = (day: Day): number => (startOf(day) as number) / DAY_MS;

/**
 * What a period will have cost when it is over: what the bill says so far, and for days that are open, missing or ahead what the
 * days before tell: level, weekday, trend, and costs that come on a day of the month.
 */
export function forecastPeriod(series: readonly DayCost[], { from, to, today }: PeriodAsk): Forecast {
  const byDay = new Map(series.filter(({ day }) => day <= today).map((one) => [one.day, one]));
  const isDone = (one: DayCost | undefined): one is DayCost =>
    one !== undefined && one.open !== true && one.day < today && Number.isFinite(whole(one));
  const done = [...byDay.values()].filter(isDone).sort((a, b) => (a.day < b.day ? -1 : 1));
  const last = done.at(-1)?.day;
  const learnt = last === undefined ? [] : done.filter(({ day }) => day > addDays(last, -MOST_HISTORY));
  const period = daysOf(from, to);
  const seen = period.flatMap((day) => byDay.get(day) ?? []);
  const spent = seen.reduce((sum, one) => sum + whole(one), 0);
  const told = { from, to, ...(last === undefined ? {} : { through: last }), history: learnt.length, spent };
  const standing = (day: Day): ForecastDay["standing"] => {
    const one = byDay.get(day);
    if (isDone(one)) return one.estimated ? "estimated" : "closed";
    return one ? "open" : day < today ? "missing" : "ahead";
  };
  if (last === undefined || learnt.length < NEEDED) {
    const days = seen.map((one) => ({ day: one.day, standing: standing(one.day), value: whole(one) }));
    return { ...told, status: "insufficient", needed: NEEDED, days };
  }
  const lone = spikesOf(learnt);
  const spikes = together([...lone, ...learnt.flatMap(({ day, apart }) => (apart ? [{ day, amount: apart }] : []))]);
  const fixed = fixedDays(spikes, new Set(learnt.map(({ day }) => day)));
  const { values, lastWeekday } = regular(learnt, last, new Set(lone.map(({ day }) => day)));
  const fitted = learnSeries(values, lastWeekday);
  const isFixed = (day: Day): boolean => fixed.some((one) => one.seen.includes(day));
  const oddities = odditiesOf(
    lone.filter(({ day }) => !isFixed(day)),
    learnt.length,
  );
  const offset = (day: Day): number => serial(day) - serial(last);
  const guessed = period.filter((day) => !isDone(byDay.get(day)));
  const due = dueIn(guessed, fixed);
  const usual = perDay(oddities);
  const { factor } = guessed.length === 0 ? { factor: 1 } : calibrate(values, lastWeekday, guessed.length);
  const days = period.map((day): ForecastDay => {
    const one = byDay.get(day);
    if (isDone(one)) return { day, standing: standing(day), value: whole(one) };
    const single = sumOf(fitted, [offset(day)]);
    // For a chart; the interval of the period is the exact one.
    const reach = REACH * factor * deviationOf(single);
    const floor = one ? whole(one) : Number.NEGATIVE_INFINITY;
    const value = Math.max(floor, single.mean + usual + (due.get(day) ?? 0));
    return { day, standing: standing(day), value, low: Math.max(floor, value - reach), high: value + reach };
  });
  const rest = sumOf(fitted, guessed.map(offset));
  const expected = days.reduce((sum, { value }) => sum + value, 0);
  const band =
    guessed.length === 0
      ? undefined
      : intervalOf(withOddities(widened(rest, factor), oddities, guessed.length), LEVEL, fixedVariance(due));
  const middle = rest.mean + usual * guessed.length;
  // A bill that was never below zero does not shrink again.
  const floor = learnt.every((one) => one.value >= 0 && (one.apart ?? 0) >= 0) ? spent : Number.NEGATIVE_INFINITY;
  return {
    ...told,
    status: "told",
    days,
    expected,
    low: Math.min(expected, Math.max(floor, expected + (band ? band.low - middle : 0))),
    high: Math.max(expected, expected + (band ? band.high - middle : 0)),
    level: LEVEL,
    weekdays: fitted.season,
    trendPerDay: (sumOf(fitted, [29]).mean - sumOf(fitted, [1]).mean) / 28,
    fixedDays: fixed,
    oneOffs: spikes.filter(({ day }) => !isFixed(day)),
    oneOffsPerDay: usual,
  };
}

const REACH = normalQuantile((1 + LEVEL) / 2);

const whole = ({ value, apart = 0 }: DayCost): number => value + apart;

/** One per day. */
function together(spikes: readonly Spike[]): readonly Spike[] {
  const byDay = new Map<Day, number>();
  for (const { day, amount } of spikes) byDay.set(day, (byDay.get(day) ?? 0) + amount);
  return [...byDay].map(([day, amount]) => ({ day, amount })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** What is learnt from: one value a day, and the weekday of the last. */
function regular(days: readonly DayCost[], last: Day, without: ReadonlySet<Day>) {
  const byDay = new Map(days.map(({ day, value }) => [day, value]));
  const all = daysOf(days[0]?.day ?? last, last);
  const values = all.map((day) => (without.has(day) ? undefined : byDay.get(day)));
  return { values, lastWeekday: ((serial(last) % 7) + 7) % 7 };
}

/** Which of these days something is due on, and how much. */
function dueIn(days: readonly Day[], fixed: readonly FixedDay[]): ReadonlyMap<Day, number> {
  const due = new Map<Day, number>();
  for (const day of days)
    for (const { dayOfMonth, amount } of fixed)
      if (dayIn(Number(day.slice(0, 4)), Number(day.slice(5, 7)), dayOfMonth) === day)
        due.set(day, (due.get(day) ?? 0) + amount);
  return due;
}

/** A fixed cost is told as one that may be off by a tenth of itself: prices and plans change. */
const fixedVariance = (due: ReadonlyMap<Day, number>): number =>
  [...due.values()].reduce((sum, amount) => sum + (0.1 * amount) ** 2, 0);
