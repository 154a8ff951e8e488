import { type Day, startOf } from "../day.ts";
import { add, compare, type Decimal, multiply, ZERO } from "../decimal.ts";
import type { Basis, Charge } from "../types.ts";
import { type GroupKey, isTime, memberName, readerOf, type TenantOf } from "./group.ts";

export interface SumsAsk {
  readonly basis: Basis;
  readonly groupBy: readonly GroupKey[];
  /** Both included. Absent: the first and the last day there is. */
  readonly from?: Day;
  readonly to?: Day;
  /** Currencies into `currency`: { EUR: 1.08 } means one EUR is 1.08 of it. */
  readonly rates?: Readonly<Record<string, Decimal>>;
  /** What is summed. Absent: the one currency that occurs. With a mix and no rate for the others it is only what is reported. */
  readonly currency?: string;
  /** `currency` was asked for: charges of others for which there is no rate are left out and counted, not refused. */
  readonly only?: boolean;
  readonly tenantOf?: TenantOf;
}

/** One group; `keys` by member name ("resourceType"), null where the bill does not say. */
export interface SumRow {
  readonly keys: Readonly<Record<string, string | null>>;
  readonly cost: Decimal;
}

export interface Sums {
  readonly basis: Basis;
  readonly groupBy: readonly GroupKey[];
  /** Absent: the bill does not say, or there is no charge. */
  readonly currency?: string;
  /** As asked, else the first and last day with a charge. */
  readonly from?: Day;
  readonly to?: Day;
  readonly total: Decimal;
  /** Newest day first, then the largest. */
  readonly rows: readonly SumRow[];
  /** Charges that have none of the keys asked for. Rows and it sum to `total`. */
  readonly unallocated: Decimal;
  /** How many charges were summed. */
  readonly charges: number;
  /** Charges of other days. */
  readonly outside: number;
  /** Charges that have no amount of this basis: unknown, and so in no sum. */
  readonly withoutAmount: number;
  /** Each currency that occurred, its own sum, and the rate by which it was counted; `left`: it is in no sum. */
  readonly currencies: readonly {
    readonly currency?: string;
    readonly amount: Decimal;
    readonly rate?: Decimal;
    readonly left?: true;
  }[];
  /** Groups for which there is no rate: a report over them is no amount. Empty where all is well. */
  readonly mixed: readonly string[];
}

interface Group {
  readonly values: readonly (string | undefined)[];
  units: bigint;
  scale: number;
}
interface Ledger {
  readonly groups: Map<string, Group>;
  readonly nobody: Group;
}

const POWERS: bigint[] = [];
const power = (digits: number): bigint => {
  POWERS[digits] ??= 10n ** BigInt(digits);
  return POWERS[digits];
};

/** Adds in place: a bill has millions of charges, and an object for each sum of two would be most of the work. */
function addTo(group: Group, amount: Decimal): void {
  if (amount.scale === group.scale) group.units += amount.units;
  else if (amount.scale < group.scale) group.units += amount.units * power(group.scale - amount.scale);
  else {
    group.units = group.units * power(amount.scale - group.scale) + amount.units;
    group.scale = amount.scale;
  }
}

const fresh = (values: Group["values"]): Group => ({ values, units: 0n, scale: 0 });

/**
 * Sums charges exactly by what they are grouped by. Each currency is kept apart until the result, so that rates are multiplied once per group.
 * Memory grows with the groups, not with the charges.
 */
export function sums(ask: SumsAsk) {
  const { basis, groupBy } = ask;
  const readers = groupBy.map((key) => readerOf(key, ask.tenantOf));
  const owned = groupBy.map((key) => !isTime(key));
  const anyOwned = owned.some((one) => one);
  const ledgers = new Map<string, Ledger>();
  let ledger: Ledger | undefined;
  let currency: string | undefined;
  let first: Day | undefined;
  let last: Day | undefined;
  const counts = { charges: 0, outside: 0, withoutAmount: 0 };

  const ledgerOf = (wanted: string): Ledger => {
    if (ledger !== undefined && wanted === currency) return ledger;
    const known = ledgers.get(wanted) ?? { groups: new Map(), nobody: fresh([]) };
    ledgers.set(wanted, known);
    ledger = known;
    currency = wanted;
    return known;
  };

  return {
    add(charge: Charge): void {
      const { day } = charge;
      if ((ask.from !== undefined && day < ask.from) || (ask.to !== undefined && day > ask.to)) {
        counts.outside += 1;
        return;
      }
      counts.charges += 1;
      if (first === undefined || day < first) first = day;
      if (last === undefined || day > last) last = day;
      const amount = basis === "billed" ? charge.billed : charge.effective;
      if (amount === undefined) {
        counts.withoutAmount += 1;
        return;
      }
      const { groups, nobody } = ledgerOf(charge.currency ?? "");
      const values: (string | undefined)[] = [];
      let id = "";
      let somebody = !anyOwned;
      for (let at = 0; at < readers.length; at += 1) {
        const value = (readers[at] as (charge: Charge) => string | undefined)(charge);
        if (value !== undefined && owned[at]) somebody = true;
        values.push(value);
        // With its length: names hold whatever their owners like, and two groups must not become one.
        id += value === undefined ? "-" : `${value.length}:${value}`;
      }
      if (!somebody) {
        addTo(nobody, amount);
        return;
      }
      let group = groups.get(id);
      if (group === undefined) {
        group = fresh(values);
        groups.set(id, group);
      }
      addTo(group, amount);
    },
    result: (): Sums => settle(ask, ledgers, counts, first, last),
  };
}

/**
 * The currency of the report: what was asked for, else the only one for which there is no rate, else none that can be told. Charges that name none are
 * of the one that the bill names; where it names several, which one they are in is not known.
 */
function settle(
  ask: SumsAsk,
  ledgers: ReadonlyMap<string, Ledger>,
  counts: Pick<Sums, "charges" | "outside" | "withoutAmount">,
  first: Day | undefined,
  last: Day | undefined,
): Sums {
  const named = [...ledgers.keys()].filter((one) => one !== "").sort();
  const rates = ask.rates ?? {};
  const rateOf = (one: string): Decimal | undefined => (Object.hasOwn(rates, one) ? rates[one] : undefined);
  const unrated = named.length === 1 ? named : named.filter((one) => rateOf(one) === undefined);
  const target = ask.currency ?? (unrated.length === 1 ? unrated[0] : undefined);
  const missing = named.filter((one) => one !== target && rateOf(one) === undefined);
  /** A configuration says which currency is meant where none is named; of a file with several nobody can tell. */
  const meant = named.length === 1 ? (named[0] ?? "") : named.length === 0 || !ask.only ? (ask.currency ?? "") : "";
  const nameless = named.length > 1 && meant === "" && ledgers.has("") ? ["charges that name no currency"] : [];
  const mixed = ask.only ? [] : [...missing, ...nameless];
  const merged = new Map<string, Group>();
  const nobody = fresh([]);
  const currencies: Sums["currencies"][number][] = [];
  for (const [one, { groups, nobody: rest }] of ledgers) {
    const code = one === "" ? meant : one;
    const rate = code === "" || code === target ? undefined : rateOf(code);
    const left = code === "" ? named.length > 0 : code !== target && rate === undefined;
    let own: Decimal = rest;
    const take = (into: Group, amount: Decimal): void => {
      if (!left) addTo(into, rate === undefined ? amount : multiply(amount, rate));
    };
    take(nobody, rest);
    for (const [id, group] of groups) {
      own = add(own, group);
      if (left) continue;
      const into = merged.get(id) ?? fresh(group.values);
      merged.set(id, into);
      take(into, group);
    }
    currencies.push({
      ...(one === "" ? {} : { currency: one }),
      amount: { units: own.units, scale: own.scale },
      ...(rate === undefined ? {} : { rate }),
      ...(left ? { left } : {}),
    });
  }
  const members = ask.groupBy.map(memberName);
  const rows = [...merged.values()].map(
    ({ values, units, scale }): SumRow => ({
      keys: Object.fromEntries(members.map((member, at) => [member, values[at] ?? null])),
      cost: { units, scale },
    }),
  );
  const total = rows.reduce((all, { cost }) => add(all, cost), add(nobody, ZERO));
  const [from, to] = [ask.from ?? first, ask.to ?? last];
  return {
    basis: ask.basis,
    groupBy: ask.groupBy,
    ...(target === undefined ? {} : { currency: target }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    total,
    rows: rows.sort(byNewest(members)),
    unallocated: { units: nobody.units, scale: nobody.scale },
    ...counts,
    currencies,
    mixed,
  };
}

const textOrder = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;

function byNewest(members: readonly string[]) {
  const times = members.filter((member) => member === "day" || member === "month");
  return (a: SumRow, b: SumRow): number => {
    for (const member of times) {
      const order = textOrder(b.keys[member] ?? null, a.keys[member] ?? null);
      if (order !== 0) return order;
    }
    const larger = compare(b.cost, a.cost);
    if (larger !== 0) return larger;
    for (const member of members) {
      const order = textOrder(a.keys[member] ?? null, b.keys[member] ?? null);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Whether a text names a day that there is: what `from` and `to` must be. */
export const isDay = (text: string): boolean => startOf(text) !== undefined;
