import type { Millis } from "../../kernel/time.ts";
import { addDays, type Day, dayOf, daysOf } from "../day.ts";
import type { Charge, Finality } from "../types.ts";

/** Days between two of an export that may be without any charge and are still meant by it: the export then says that they cost nothing. */
const GAP = 45;
/** Bills are whole for the day before yesterday, partial for yesterday (docs/cost-sources.md). */
export const OPEN_DAYS = 3;

/** Whether a charge tells what an export is about; corrections, tax, credits and purchases also fall on days far from it. */
export const tellsSpan = ({ category }: Charge): boolean => category === undefined || category === "Usage";

/**
 * Days an export is about: all from the first to the last day of usage, without gaps of more than 45 days. With `whole`, all of that month as well
 * (an export that is written for a billing period says everything about it) up to the day it was written on.
 */
export function spanOf(
  usage: Iterable<Day>,
  whole?: { readonly month: string; readonly until: Day },
): ReadonlySet<Day> {
  const days = [...new Set(usage)].sort();
  const span = new Set<Day>();
  let last: Day | undefined;
  for (const day of days) {
    if (last !== undefined && addDays(last, GAP) >= day)
      for (const between of daysOf(addDays(last, 1), day)) span.add(between);
    else span.add(day);
    last = day;
  }
  if (whole) {
    const first = `${whole.month}-01`;
    const next = `${addDays(first, 31).slice(0, 7)}-01`;
    const end = addDays(next, -1);
    for (const day of daysOf(first, end < whole.until ? end : whole.until)) span.add(day);
  }
  return span;
}

/** Whether the source may still change a day: it was read within three days of it. */
export const finalityOf = (day: Day, readAt: Millis, openDays = OPEN_DAYS): Finality =>
  day > addDays(dayOf(readAt), -1 - openDays) ? "estimated" : "closed";
