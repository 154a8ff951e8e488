import { type Decimal, decimal, fromNumber, multiply, sum, toNumber, ZERO } from "../decimal.ts";
import { UNIT_PRICES, USAGE, USAGE_NAMES, type UsageName } from "./prices.ts";

/** What few installations have. */
type RareName = "compositeAlarms" | "discoveries" | "samplesQueried" | "billRequests" | "scannedTb";
/** Counts of a month of a whole installation. */
export type MonthlyUsage = { readonly [name in Exclude<UsageName, RareName>]: number } & {
  readonly [name in RareName]?: number;
};

export interface CostLine {
  readonly item: string;
  readonly count: number;
  readonly usd: number;
}

/** Counts are measured and may be fractions of a unit: they are taken to six digits. */
const DIGITS = 6;

/** USD for so many, exact for the count as it is taken. */
export const priced = (name: UsageName, count: number): Decimal =>
  multiply(fromNumber(Number(count.toFixed(DIGITS))), decimal(UNIT_PRICES[name]) ?? ZERO);

/** USD a month, line by line, largest first. */
export function monthlyCost(usage: MonthlyUsage): { readonly lines: readonly CostLine[]; readonly usd: number } {
  const amounts = USAGE_NAMES.map((name) => ({ name, count: usage[name] ?? 0, usd: priced(name, usage[name] ?? 0) }));
  const lines = amounts
    .map(({ name, count, usd }) => ({ item: USAGE[name].item, count, usd: toNumber(usd) }))
    .sort((a, b) => b.usd - a.usd);
  return { lines, usd: toNumber(sum(amounts.map(({ usd }) => usd))) };
}
