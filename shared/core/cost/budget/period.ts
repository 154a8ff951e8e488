import { addDays, type Day } from "../day.ts";
import type { BudgetConfig } from "../section.ts";
import type { BudgetPeriod } from "./types.ts";

const two = (value: number): string => String(value).padStart(2, "0");
const MONTHS: Readonly<Record<BudgetConfig["period"], number>> = { month: 1, quarter: 3, year: 12 };

/** The calendar period (UTC) that a day lies in. */
export function periodOf(kind: BudgetConfig["period"], day: Day): BudgetPeriod {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  const first = month - ((month - 1) % MONTHS[kind]);
  const next = first + MONTHS[kind];
  const four = String(year).padStart(4, "0");
  const end = next > 12 ? `${String(year + 1).padStart(4, "0")}-01-01` : `${four}-${two(next)}-01`;
  const id = kind === "year" ? four : kind === "quarter" ? `${four}-Q${(first + 2) / 3}` : `${four}-${two(first)}`;
  return { id, from: `${four}-${two(first)}-01`, to: addDays(end, -1) };
}

/** The period before one. */
export const periodBefore = (kind: BudgetConfig["period"], period: BudgetPeriod): BudgetPeriod =>
  periodOf(kind, addDays(period.from, -1));
