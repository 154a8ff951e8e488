import type { Day } from "../day.ts";

/** What one day cost, as a number: forecasts are estimates, so floats do. A day that is not there is not known, which is not zero. */
export interface DayCost {
  readonly day: Day;
  readonly value: number;
  /** What was bought, taxed, credited or corrected on this day, where that is not so on most days; beside `value`, not in it. */
  readonly apart?: number;
  /** The source still adds to it: it is not learnt from, and is taken for no less than was seen. */
  readonly open?: boolean;
  /** The source may still correct it; it is complete all the same. */
  readonly estimated?: boolean;
}

/** A cost that comes on one day of the month: a support plan, a subscription, an upfront payment. Told apart from the days around it. */
export interface FixedDay {
  /** 1..31; in shorter months the last day. */
  readonly dayOfMonth: number;
  readonly amount: number;
  /** Days on which it was seen. */
  readonly seen: readonly Day[];
}

/**
 * How a day's figure came about. `closed`: the bill says it; `estimated`: the bill says it and may correct it; `open`: the bill has not all of
 * it; `missing`: the bill should have it and has not; `ahead`: it is still to come.
 */
export type DayStanding = "closed" | "estimated" | "open" | "missing" | "ahead";

export interface ForecastDay {
  readonly day: Day;
  readonly standing: DayStanding;
  readonly value: number;
  /** Only where the value is not the bill's. */
  readonly low?: number;
  readonly high?: number;
}

interface Told {
  readonly from: Day;
  readonly to: Day;
  /** Newest day that is complete. */
  readonly through?: Day;
  /** Complete days of the history that were learnt from. */
  readonly history: number;
  /** What the bill says of the period so far, open days as far as they go. */
  readonly spent: number;
  readonly days: readonly ForecastDay[];
}

/** `insufficient`: too few complete days to say anything; what is needed is said. */
export type Forecast =
  | (Told & { readonly status: "insufficient"; readonly needed: number })
  | (Told & {
      readonly status: "told";
      readonly expected: number;
      readonly low: number;
      readonly high: number;
      /** Share of periods that end between `low` and `high`: 0.8. */
      readonly level: number;
      /** Whether weekdays are told apart: from two weeks on. */
      readonly weekdays: boolean;
      /** Change a day of the level, in money: of the days ahead. */
      readonly trendPerDay: number;
      readonly fixedDays: readonly FixedDay[];
      /** Days out of the ordinary: not learnt from; a few widen the interval, several are counted in by how often they came. */
      readonly oneOffs: readonly { readonly day: Day; readonly amount: number }[];
      /** What such days add to a day ahead, in the mean; 0 where they are too few to be expected again. */
      readonly oneOffsPerDay: number;
    });
