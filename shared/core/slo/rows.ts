import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS } from "../kernel/time.ts";
import type { BurnRow, Period, Severity } from "./types.ts";

/** Long windows up to this length slide by the minute, longer ones by five. */
export const MINUTE_GRAIN_UP_TO_MS = 6 * HOUR_MS;
export const FIVE_MS = 5 * MINUTE_MS;
export const LONGEST_ROW_MS = 7 * DAY_MS;

/** A calendar month counts as so many days where a rate is meant: its length must not change what wakes people. */
const MONTH_DAYS = 30;

interface Windows {
  readonly severity: Severity;
  readonly longMs: DurationMs;
  readonly shortMs: DurationMs;
}

/** Google SRE workbook, Alerting on SLOs, table 5-8, with Sloth's second ticket row. */
const WINDOWS: readonly Windows[] = [
  { severity: "page", longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { severity: "page", longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
  { severity: "ticket", longMs: DAY_MS, shortMs: 2 * HOUR_MS },
  { severity: "ticket", longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS },
];
const SHARES = [2, 5, 10, 10] as const;
/** Sloth, examples/windows/7d: a week is short, so each row stands for more of it. */
const WEEK_SHARES = [8, 12.5, 20, 42] as const;

export const daysOf = (period: Period): number => (period.kind === "rolling" ? period.days : MONTH_DAYS);

/** Multiple of the sustainable rate that spends `sharePercent` of a budget of `days` within a window. One division, so that 14.4 is 14.4. */
export const factorOf = (sharePercent: number, days: number, longMs: DurationMs): number =>
  (sharePercent * days * DAY_MS) / (100 * longMs);

/** Percent of the budget that a rate of `factor` spends within a window. */
export const shareOf = (factor: number, days: number, longMs: DurationMs): number =>
  (factor * 100 * longMs) / (days * DAY_MS);

export const grainOf = (longMs: DurationMs): DurationMs => (longMs <= MINUTE_GRAIN_UP_TO_MS ? MINUTE_MS : FIVE_MS);

export interface WrittenRow extends Windows {
  readonly factor: number;
}

/** Rows by their windows and factors, named. */
export function rowsOf(written: readonly WrittenRow[], period: Period): readonly BurnRow[] {
  const twice = (longMs: DurationMs) => written.filter((one) => one.longMs === longMs).length > 1;
  return written.map(({ severity, longMs, shortMs, factor }) => ({
    name: formatPromDuration(longMs) + (twice(longMs) ? `/${formatPromDuration(shortMs)}` : ""),
    severity,
    longMs,
    shortMs,
    factor,
    sharePercent: shareOf(factor, daysOf(period), longMs),
    grainMs: grainOf(longMs),
  }));
}

/** Slower burning does not spend the budget within the period (the usual .933 of 28 days all but does) and is nobody's trouble. */
const LEAST_FACTOR = 0.9;

/** The usual rows for a period: four from 28 days on. Windows longer than half the period say little of a budget and are left out. */
export function defaultRows(period: Period): readonly BurnRow[] {
  const days = daysOf(period);
  const shares = days <= 7 ? WEEK_SHARES : SHARES;
  const rows = WINDOWS.flatMap((windows, index): BurnRow[] => {
    const { longMs } = windows;
    const sharePercent = shares[index] ?? 10;
    const factor = factorOf(sharePercent, days, longMs);
    const [row] = rowsOf([{ ...windows, factor }], period);
    return row && factor >= LEAST_FACTOR && longMs * 2 <= days * DAY_MS ? [{ ...row, sharePercent }] : [];
  });
  return rows;
}

/** Rows that slices can be told by: the short window holds a slice, the long one two; others are left out. */
export const rowsForSlices = (rows: readonly BurnRow[], sliceMs: DurationMs): readonly BurnRow[] =>
  rows
    .filter(({ longMs }) => longMs >= 2 * sliceMs)
    .map((row) => {
      // Also whole multiples of the grain: a slice of 7 min in a row of 1 d takes 10.
      const least = Math.ceil(sliceMs / row.grainMs) * row.grainMs;
      return row.shortMs >= least ? row : { ...row, shortMs: least };
    });
