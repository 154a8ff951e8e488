import { type Decimal, decimal, isZero, round, sum, text } from "../decimal.ts";
import type { ReportRow, ReportView } from "./view.ts";

const read = (exact: string): Decimal => decimal(exact) ?? { units: 0n, scale: 0 };

const thousands = (plain: string): string => {
  const [whole = "", fraction] = plain.split(".");
  const parted = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? parted : `${parted}.${fraction}`;
};

/** An exact amount as people read it: rounded half to even, thousands parted; what would read as zero and is not says so ("<0.01"). */
export function amountText(exact: string, digits: number): string {
  const value = read(exact);
  const rounded = round(value, digits);
  const least = `0.${"0".repeat(digits - 1)}1`;
  if (isZero(rounded))
    return isZero(value) ? thousands((0).toFixed(digits)) : value.units < 0n ? `>-${least}` : `<${least}`;
  return thousands(text(rounded));
}

/** Fraction digits for all amounts of a report: cents, and more where the whole bill is of cents. */
export function digitsFor(view: Pick<ReportView, "total" | "rows">): number {
  const magnitude = (exact: string): number => Math.abs(Number(exact));
  const largest = Math.max(
    magnitude(view.total ?? "0"),
    ...view.rows.slice(0, 1000).map(({ cost }) => magnitude(cost)),
  );
  return largest >= 100 || largest === 0 ? 2 : largest >= 1 ? 4 : 8;
}

/** Share of the total in percent, for charts; undefined where the total is not above zero. */
export function shareOf(exact: string, total: string | null): number | undefined {
  const all = Number(total ?? "0");
  return all > 0 ? (Number(exact) / all) * 100 : undefined;
}

/** An exact amount as a report shows it. */
export type Amount = (exact: string) => string;

/** Of rows that a form does not show one by one. */
export const sumOf = (rows: readonly ReportRow[]): string => text(sum(rows.map(({ cost }) => read(cost))));
