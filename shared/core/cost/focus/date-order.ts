import { billDay, type DateOrder, eitherWay } from "./dates.ts";
import { kept } from "./texts.ts";

export interface DateClash {
  /** The row that has it the other way round. */
  readonly other: number;
}

/**
 * Which way a file writes dates with slashes, told from all of them: 13/1/26 has the day first, 1/13/26 the month. Where none of them tells, billing
 * periods do, which begin on the first of a month; where these do not either, the month is first, as the specification's own examples have it.
 */
export function dateOrder(given: DateOrder | undefined) {
  let order = given;
  /** Rows that can be read one way only; 0: none yet. */
  const told = { month_first: 0, day_first: 0 };
  const firsts = { month_first: 0, day_first: 0 };
  const parts = kept(eitherWay);
  let read = kept((text: string) => billDay(text, order ?? "month_first"));

  return {
    /** The day and instant; undefined where the text is none. */
    day: (text: string) => read(text),
    /** Whether rows must wait until it is told. */
    undecided: (): boolean => order === undefined,
    /** Takes what a text tells. `either`: it is written with slashes. */
    learn(text: string, row: number, billingStart: boolean): { readonly either: boolean; readonly clash?: DateClash } {
      const found = parts(text);
      if (found === undefined) return { either: false };
      const { first, second } = found;
      if (billingStart) {
        if (second === 1) firsts.month_first += 1;
        if (first === 1) firsts.day_first += 1;
      }
      const way = first > 12 && second <= 12 ? "day_first" : second > 12 && first <= 12 ? "month_first" : undefined;
      if (way === undefined || given !== undefined) return { either: true };
      told[way] ||= row;
      const other = told[way === "day_first" ? "month_first" : "day_first"];
      // After so many rows that it had to be settled without being told, what was read by it stands.
      if (other === 0 && (order === undefined || order === way)) return { either: true };
      return { either: true, clash: { other: other === 0 ? 1 : other } };
    },
    /** Settles it. Answers the order where it was assumed, not told. */
    settle(): DateOrder | undefined {
      if (order !== undefined) return undefined;
      const evident = told.day_first !== 0 ? "day_first" : told.month_first !== 0 ? "month_first" : undefined;
      const { month_first, day_first } = firsts;
      order = evident ?? (day_first > month_first ? "day_first" : "month_first");
      read = kept((text: string) => billDay(text, order ?? "month_first"));
      return evident === undefined && month_first === day_first ? order : undefined;
    },
  };
}
