import { addDays, daysOf } from "../day.ts";
import { forecastPeriod } from "./period.ts";
import { dayIn } from "./spikes.ts";
import type { DayCost } from "./types.ts";

/** Errors of month-end forecasts as they would have been made, as share of what the months did cost. */
export interface ForecastBacktest {
  /** Forecasts that were made: some of each complete month. */
  readonly forecasts: number;
  /** Complete months that they are of: those of one month share its end, and are no tries of their own. */
  readonly months: number;
  readonly error: number;
  /** Of the mean of the last 30 days for each day left: what a person with a bill does. */
  readonly meanError: number;
  /** Of the last week again and again. */
  readonly weekError: number;
  /** Share of the forecasts whose interval held the truth. */
  readonly inside: number;
}

/** Days of the month after which the rest was foretold. */
const CUTS = [5, 10, 15, 20, 25];
const MEAN_DAYS = 30;

/**
 * Plays the forecast over the months of a series that are complete. Undefined where none is.
 */
export function backtestForecast(series: readonly DayCost[]): ForecastBacktest | undefined {
  const sorted = [...series].filter(({ open }) => !open).sort((a, b) => (a.day < b.day ? -1 : 1));
  const byDay = new Map(sorted.map(({ day, value, apart = 0 }) => [day, value + apart]));
  const months = [...new Set(sorted.map(({ day }) => day.slice(0, 7)))];
  const tried = new Set<string>();
  let [forecasts, error, meanError, weekError, inside, truths] = [0, 0, 0, 0, 0, 0];
  for (const month of months) {
    const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))];
    const [from, to] = [`${month}-01`, dayIn(year, number, 31)];
    const days = daysOf(from, to);
    if (!days.every((day) => byDay.has(day))) continue;
    const truth = days.reduce((sum, day) => sum + (byDay.get(day) as number), 0);
    for (const cut of CUTS) {
      const today = addDays(from, cut);
      const told = forecastPeriod(
        sorted.filter(({ day }) => day < today),
        { from, to, today },
      );
      if (told.status === "insufficient" || told.history < 14) continue;
      const before = sorted.filter(({ day }) => day < today).slice(-MEAN_DAYS);
      const mean = before.reduce((sum, { value }) => sum + value, 0) / before.length;
      const left = daysOf(today, to);
      const week = left.reduce((sum, _day, index) => sum + (before.at((index % 7) - 7)?.value ?? mean), 0);
      forecasts += 1;
      tried.add(month);
      truths += Math.abs(truth);
      error += Math.abs(truth - told.expected);
      meanError += Math.abs(truth - told.spent - mean * left.length);
      weekError += Math.abs(truth - told.spent - week);
      inside += truth >= told.low && truth <= told.high ? 1 : 0;
    }
  }
  if (forecasts === 0 || truths === 0) return undefined;
  return {
    forecasts,
    months: tried.size,
    error: error / truths,
    meanError: meanError / truths,
    weekError: weekError / truths,
    inside: inside / forecasts,
  };
}

/** Months below which a share of them says nothing, and the share inside below which the interval is not what it is called. */
const ENOUGH_MONTHS = 4;
const LEAST_INSIDE = 0.6;

export interface Doubt {
  readonly text: string;
  /** The months before speak against the level; else they are too few to say. */
  readonly isRefuted: boolean;
}

/** What has to be said of an interval that is meant to hold `level` of the months. Undefined where the months before bear it out. */
export function doubtOf(found: ForecastBacktest | undefined, level: number): Doubt | undefined {
  const meant = `${Math.round(level * 100)} of 100 months`;
  if (found === undefined) {
    const text = `no complete month to try the forecast on: that ${meant} end in the interval is what the model says, nothing has borne it out yet`;
    return { text, isRefuted: false };
  }
  const { forecasts, months, inside } = found;
  const held = `${Math.round(inside * forecasts)} of ${forecasts} forecasts`;
  if (inside < LEAST_INSIDE) {
    const text = `the interval is meant to hold ${meant}, but held ${held} of the months before: this month may well end outside it`;
    return { text, isRefuted: true };
  }
  if (months >= ENOUGH_MONTHS) return undefined;
  const tries = months === 1 ? "one month" : `${months} months`;
  const text = `tried on ${tries} only (the interval held ${held}): too few to say whether ${meant} end in it`;
  return { text, isRefuted: false };
}
