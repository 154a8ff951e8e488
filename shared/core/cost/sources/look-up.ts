import type { Day } from "../day.ts";
import type { Finality } from "../types.ts";
import type { BillIndex, StoredDay, StoredExport } from "./bill-index.ts";

/** What counts of one day, and of which export. */
export interface FoundDay {
  readonly from: StoredExport;
  readonly day: Day;
  readonly stored: StoredDay;
}

/** All that counts of each day of a span (both included), by day; what a source did not answer is not there. */
export function lookUp(index: BillIndex, from?: Day, to?: Day): ReadonlyMap<Day, readonly FoundDay[]> {
  const found = new Map<Day, FoundDay[]>();
  for (const one of index.exports)
    for (const [day, stored] of Object.entries(one.days)) {
      if (stored.unanswered || (from !== undefined && day < from) || (to !== undefined && day > to)) continue;
      const known = found.get(day);
      if (known) known.push({ from: one, day, stored });
      else found.set(day, [{ from: one, day, stored }]);
    }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Days of a span that the source was asked for and said nothing about. */
export const unanswered = (index: BillIndex, from?: Day, to?: Day): readonly Day[] =>
  index.exports
    .flatMap(({ days }) => Object.entries(days).flatMap(([day, stored]) => (stored.unanswered ? [day] : [])))
    .filter((day) => (from === undefined || day >= from) && (to === undefined || day <= to))
    .sort();

const SURENESS: readonly Finality[] = ["made_up", "priced", "estimated", "closed"];

/** The least sure of them; undefined where there is none. */
export function leastSure(all: Iterable<Finality>): Finality | undefined {
  let least: Finality | undefined;
  for (const one of all) if (least === undefined || SURENESS.indexOf(one) < SURENESS.indexOf(least)) least = one;
  return least;
}
