import { add, type Decimal, negate, round, sum, text, toNumber, ZERO } from "../decimal.ts";
import type { Load } from "./load.ts";
import { type Contribution, contributions } from "./model.ts";
import { priced } from "./monthly.ts";
import { PRICE_LIST, UNIT_PRICES, USAGE, type UsageName } from "./prices.ts";

/** One line: what, how many of it, what one costs, and why so many. Money is exact text, USD. */
export interface SelfLine {
  readonly name: UsageName;
  readonly item: string;
  /** "base", "autoscaling" or a part that is switched on; absent where it was counted and nobody knows for whom. */
  readonly part?: string;
  readonly count: number;
  readonly unit: string;
  readonly unitPrice: string;
  readonly perMonth: string;
  readonly formula: string;
}

/** What a load costs a month of 30 days. */
export interface LoadCost {
  readonly load: Load;
  readonly perMonth: string;
  readonly perDay: string;
  /** The dearest first. */
  readonly lines: readonly SelfLine[];
}

const MONEY_DIGITS = 6;
const money = (amount: Decimal): string => text(round(amount, MONEY_DIGITS));

/** A thirtieth, to six digits. */
export const perDay = (month: Decimal): string => {
  const scaled = round(month, MONEY_DIGITS + 2);
  return text(round({ units: scaled.units / 30n, scale: scaled.scale }, MONEY_DIGITS));
};

const lineOf = ({ part, name, count, formula }: Omit<Contribution, "part"> & { readonly part?: string }): SelfLine => ({
  name,
  item: USAGE[name].item,
  ...(part === undefined ? {} : { part }),
  count: Number(count.toPrecision(10)),
  unit: USAGE[name].unit,
  unitPrice: UNIT_PRICES[name],
  perMonth: money(priced(name, count)),
  formula: `${formula} × ${UNIT_PRICES[name]} USD`,
});

const dearest = (a: SelfLine, b: SelfLine): number => Number(b.perMonth) - Number(a.perMonth);

export function loadCost(load: Load): LoadCost {
  const all = contributions(load).filter(({ count }) => count > 0);
  const total = sum(all.map(({ name, count }) => round(priced(name, count), MONEY_DIGITS)));
  return { load, perMonth: money(total), perDay: perDay(total), lines: all.map(lineOf).sort(dearest) };
}

/** Lines of what was counted over a time, as a month of it. */
export function countedLines(counts: { readonly [name in UsageName]?: number }, hours: number): readonly SelfLine[] {
  const months = (30 * 24) / hours;
  return (Object.entries(counts) as [UsageName, number][])
    .filter(([, count]) => count > 0)
    .map(([name, count]) =>
      lineOf({
        name,
        count: count * months,
        formula: `${Number(count.toPrecision(6))} counted in ${Number(hours.toPrecision(4))} h × ${Number(months.toPrecision(4))}`,
      }),
    )
    .sort(dearest);
}

/** A line that differs between two loads. */
export interface EstimateLine {
  readonly item: string;
  readonly part: string;
  readonly before: string;
  readonly after: string;
  /** After less before. */
  readonly change: string;
  readonly formula: string;
}

export interface Estimate {
  readonly currency: "USD";
  readonly prices: typeof PRICE_LIST;
  readonly before: string;
  readonly after: string;
  readonly change: string;
  /** Those that differ, the largest change first. */
  readonly lines: readonly EstimateLine[];
  /** What the estimate takes for granted. */
  readonly assumptions: readonly string[];
}

/** What another load costs more or less, line by line; the lines sum to the change exactly. Absent `before`: nothing was there. */
export function compareLoads(before: Load | undefined, after: Load, assumptions: readonly string[] = []): Estimate {
  const keyed = new Map<string, { name: UsageName; part: string; before: Contribution[]; after: Contribution[] }>();
  for (const [side, load] of [
    ["before", before],
    ["after", after],
  ] as const)
    for (const one of load ? contributions(load) : []) {
      const key = `${one.part} ${one.name}`;
      const entry = keyed.get(key) ?? { name: one.name, part: one.part, before: [], after: [] };
      entry[side].push(one);
      keyed.set(key, entry);
    }
  const amount = (all: readonly Contribution[]) =>
    sum(all.map(({ name, count }) => round(priced(name, count), MONEY_DIGITS)));
  const formula = (all: readonly Contribution[]) =>
    all.length === 0 ? "nothing" : all.map((one) => one.formula).join(" + ");
  const lines = [...keyed.values()].flatMap((entry) => {
    const [was, is] = [amount(entry.before), amount(entry.after)];
    const change = add(is, negate(was));
    if (change.units === 0n) return [];
    const [then, now] = [formula(entry.before), formula(entry.after)];
    return [
      {
        item: USAGE[entry.name].item,
        part: entry.part,
        ...{ before: text(was), after: text(is), change: text(change) },
        formula: `(${now}) × ${UNIT_PRICES[entry.name]} USD, before: ${then}`,
        size: Math.abs(toNumber(change)),
      },
    ];
  });
  const whole = (load: Load) => amount(contributions(load));
  const [was, is] = [before ? whole(before) : ZERO, whole(after)];
  return {
    currency: "USD",
    prices: PRICE_LIST,
    ...{ before: text(was), after: text(is), change: text(add(is, negate(was))) },
    lines: lines.sort((a, b) => b.size - a.size).map(({ size: _, ...line }) => line),
    assumptions,
  };
}
