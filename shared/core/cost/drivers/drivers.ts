import { daysOf } from "../day.ts";
import {
  add,
  compare,
  type Decimal,
  divide,
  isZero,
  multiply,
  negate,
  round,
  subtract,
  toNumber,
  ZERO,
} from "../decimal.ts";
import type { Charge } from "../types.ts";
import type { DriverEffect, DriverRow, Drivers } from "./types.ts";

export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Digits behind the point that a volume effect and a unit price are cut to; what is cut off goes to the price effect. */
const DIGITS = 12;

interface Side {
  amount: Decimal;
  quantity: Decimal;
  /** A charge without a quantity: what is known of the rest says nothing of the whole. */
  unknown: boolean;
  charges: number;
}
interface Group {
  readonly service?: string;
  readonly resourceType?: string;
  readonly usageType?: string;
  readonly unit?: string;
  readonly category: NonNullable<Charge["category"]>;
  readonly currency: string;
  readonly before: Side;
  readonly after: Side;
}

const side = (): Side => ({ amount: ZERO, quantity: ZERO, unknown: false, charges: 0 });

const OTHER: Readonly<Record<Exclude<Group["category"], "Usage">, DriverEffect>> = {
  Purchase: "purchase",
  Tax: "tax",
  Credit: "credit",
  Adjustment: "adjustment",
};

/**
 * What changed from one span of days to another, by service, type and usage. A change of one usage is split as cost accounting does
 * (price and volume variance): volume effect = (quantity after − before) × price before; price effect = the rest, so that nothing is left over.
 * What is not usage (purchases, tax, credits, adjustments) is a change of its own kind.
 */
export function drivers(before: Span, after: Span) {
  const groups = new Map<string, Group>();
  const groupOf = (charge: Charge): Group => {
    const { service, resourceType, usageType, unit, category = "Usage", currency = "" } = charge;
    const id = JSON.stringify([service, resourceType, usageType, unit, category, currency]);
    const known = groups.get(id);
    if (known) return known;
    const group: Group = {
      ...(service === undefined ? {} : { service }),
      ...(resourceType === undefined ? {} : { resourceType }),
      ...(usageType === undefined ? {} : { usageType }),
      ...(unit === undefined ? {} : { unit }),
      ...{ category, currency, before: side(), after: side() },
    };
    groups.set(id, group);
    return group;
  };
  return {
    /** Takes a charge and its amount in its own currency; one of neither span is left out. */
    add(charge: Charge, amount: Decimal): void {
      const sides = [
        ...(charge.day >= before.from && charge.day <= before.to ? (["before"] as const) : []),
        ...(charge.day >= after.from && charge.day <= after.to ? (["after"] as const) : []),
      ];
      if (sides.length === 0) return;
      const group = groupOf(charge);
      for (const name of sides) {
        const into = group[name];
        into.amount = add(into.amount, amount);
        into.charges += 1;
        if (charge.quantity === undefined) into.unknown = true;
        else into.quantity = add(into.quantity, charge.quantity);
      }
    },
    /** `rateOf`: what one of a currency is worth in that of the report; undefined: it counts as it is. */
    result: (rateOf: (currency: string) => Decimal | undefined = () => undefined): Drivers =>
      resultOf(before, after, merged(groups.values(), rateOf)),
    /** Currencies that occurred; "" for charges that name none. */
    currencies: (): ReadonlySet<string> => new Set([...groups.values()].map(({ currency }) => currency)),
  };
}

/** The groups in the currency of the report: the same usage billed in two currencies is one. */
function merged(groups: Iterable<Group>, rateOf: (currency: string) => Decimal | undefined): readonly Group[] {
  const found = new Map<string, Group>();
  for (const group of groups) {
    const rate = rateOf(group.currency);
    const id = JSON.stringify([group.service, group.resourceType, group.usageType, group.unit, group.category]);
    const into = found.get(id) ?? { ...group, before: side(), after: side() };
    found.set(id, into);
    for (const name of ["before", "after"] as const) {
      const [from, to] = [group[name], into[name]];
      to.amount = add(to.amount, rate === undefined ? from.amount : multiply(from.amount, rate));
      to.quantity = add(to.quantity, from.quantity);
      to.unknown ||= from.unknown;
      to.charges += from.charges;
    }
  }
  return [...found.values()];
}

function resultOf(before: Span, after: Span, groups: readonly Group[]): Drivers {
  const rows = groups.map(rowOf).filter((row) => !(isZero(row.before) && isZero(row.after)));
  const total = (pick: (row: DriverRow) => Decimal) => rows.reduce((sum, row) => add(sum, pick(row)), ZERO);
  const [was, is] = [total((row) => row.before), total((row) => row.after)];
  const effects = new Map<DriverEffect, Decimal>();
  for (const row of rows)
    for (const { effect, amount } of row.effects) effects.set(effect, add(effects.get(effect) ?? ZERO, amount));
  const magnitude = (value: Decimal): Decimal => (value.units < 0n ? negate(value) : value);
  const byChange = (a: Decimal, b: Decimal): number => compare(magnitude(b), magnitude(a));
  const difference = subtract(is, was);
  return {
    before: { from: before.from, to: before.to, days: daysOf(before.from, before.to).length, total: was },
    after: { from: after.from, to: after.to, days: daysOf(after.from, after.to).length, total: is },
    difference,
    ...(isZero(was) ? {} : { percent: (100 * toNumber(difference)) / Math.abs(toNumber(was)) }),
    effects: [...effects]
      .map(([effect, amount]) => ({ effect, amount }))
      .sort((a, b) => byChange(a.amount, b.amount) || (a.effect < b.effect ? -1 : 1)),
    rows: rows.sort((a, b) => byChange(a.difference, b.difference) || (nameOf(a) < nameOf(b) ? -1 : 1)),
  };
}

const nameOf = ({ service = "", resourceType = "", usageType = "" }: DriverRow): string =>
  JSON.stringify([service, resourceType, usageType]);

function rowOf({ before, after, category, currency: _, ...names }: Group): DriverRow {
  const difference = subtract(after.amount, before.amount);
  const measured = (one: Side): boolean => one.charges > 0 && !one.unknown && one.quantity.units > 0n;
  const price = (one: Side) => (measured(one) ? divide(one.amount, one.quantity, DIGITS) : undefined);
  const [priceBefore, priceAfter] = [price(before), price(after)];
  return {
    ...names,
    before: before.amount,
    after: after.amount,
    difference,
    effects: effectsOf(category, before, after, difference, measured(before) && measured(after)),
    ...(measured(before) ? { quantityBefore: before.quantity } : {}),
    ...(measured(after) ? { quantityAfter: after.quantity } : {}),
    ...(priceBefore ? { priceBefore } : {}),
    ...(priceAfter ? { priceAfter } : {}),
  };
}

function effectsOf(
  category: Group["category"],
  before: Side,
  after: Side,
  difference: Decimal,
  measured: boolean,
): DriverRow["effects"] {
  if (isZero(difference)) return [];
  if (category !== "Usage") return [{ effect: OTHER[category], amount: difference }];
  if (before.charges === 0) return [{ effect: "new", amount: difference }];
  if (after.charges === 0) return [{ effect: "gone", amount: difference }];
  if (!measured) return [{ effect: "mixed", amount: difference }];
  const more = subtract(after.quantity, before.quantity);
  const scale = Math.max(before.amount.scale, after.amount.scale, DIGITS);
  const volume = divide(multiply(more, before.amount), before.quantity, scale) ?? ZERO;
  const price = subtract(difference, volume);
  // A price that differs by less than its last digit is the same price, rounded by the bill.
  const noise = round({ units: 1n, scale: DIGITS - 2 }, scale);
  const same = compare(price.units < 0n ? negate(price) : price, noise) <= 0;
  return [
    { effect: "volume" as const, amount: same ? difference : volume },
    { effect: "price" as const, amount: same ? ZERO : price },
  ].filter(({ amount }) => !isZero(amount));
}
