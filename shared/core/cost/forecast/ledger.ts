import { addDays, type Day } from "../day.ts";
import { add, type Decimal, isZero, multiply, toNumber, ZERO } from "../decimal.ts";
import { type Exchange, exchangeOf } from "../exchange.ts";
import type { Basis, BillDay, Charge, Finality } from "../types.ts";
import type { DayCost } from "./types.ts";

type Category = NonNullable<Charge["category"]>;

interface Cell {
  readonly currency: string;
  readonly category: Category;
  amount: Decimal;
}

/** Which series a charge belongs to; it may be none or several. */
export type SeriesOf = (charge: Charge) => readonly string[];

export interface LedgerAsk {
  readonly basis: Basis;
  readonly seriesOf: SeriesOf;
  /** What amounts of several currencies are told in. */
  readonly currency: string;
  readonly rates?: Readonly<Record<string, string>>;
  /** The day that is going on. */
  readonly today: Day;
}

/** The days of bills as series by name. */
export interface Ledger {
  readonly exchange: Exchange;
  /** Days that the bills cover, ascending; those in which something was free are in it, those that nobody has are not. */
  readonly days: readonly Day[];
  readonly finality: ReadonlyMap<Day, Finality>;
  /** Names in which a charge fell. */
  readonly names: readonly string[];
  /** All covered days: a day without a charge of this series costs nothing. */
  series(name: string): readonly DayCost[];
  /** Exact sum of the days from `from` to `to`, both included. */
  sum(name: string, from: Day, to: Day): Decimal;
}

/** A source that ended longer ago than this will bring nothing more. */
const OVER_DAYS = 7;
/** What comes on fewer of the days is told apart: purchases and taxes come once a month, a running discount every day. */
const RUNNING_SHARE = 0.6;
const SURE: readonly Finality[] = ["closed", "priced", "estimated", "made_up"];

/** Sums bills by series and day, exactly and per currency; memory grows with series × days, not with charges. */
export function ledger(ask: LedgerAsk) {
  const cells = new Map<string, Map<Day, Cell[]>>();
  const covered = new Map<Day, Finality>();
  const sources = new Map<string, { first: Day; last: Day }>();
  const currencies = new Set<string>();
  return {
    /** Takes a day of a source, or a piece of one. */
    add({ day, source, finality, charges }: Pick<BillDay, "day" | "source" | "finality" | "charges">): void {
      const known = covered.get(day);
      if (known === undefined || SURE.indexOf(finality) > SURE.indexOf(known)) covered.set(day, finality);
      const span = sources.get(source) ?? { first: day, last: day };
      sources.set(source, { first: day < span.first ? day : span.first, last: day > span.last ? day : span.last });
      for (const charge of charges) {
        const amount = ask.basis === "billed" ? charge.billed : charge.effective;
        if (amount === undefined || isZero(amount)) continue;
        const { currency = "", category = "Usage" } = charge;
        for (const name of ask.seriesOf(charge)) {
          currencies.add(currency);
          const byDay = cells.get(name) ?? new Map<Day, Cell[]>();
          cells.set(name, byDay);
          const list = byDay.get(day) ?? [];
          byDay.set(day, list);
          const cell = list.find((one) => one.currency === currency && one.category === category);
          if (cell) cell.amount = add(cell.amount, amount);
          else list.push({ currency, category, amount });
        }
      }
    },
    result(): Ledger {
      const exchange = exchangeOf(currencies, ask.currency, ask.rates);
      const days = [...covered.keys()].sort();
      return {
        exchange,
        days,
        finality: covered,
        names: [...cells.keys()],
        sum: (name, from, to) => sumOf(cells.get(name), exchange, from, to),
        series: (name) => seriesOf(cells.get(name), exchange, days, openFrom(sources, covered, ask.today), covered),
      };
    },
  };
}

const worth = (exchange: Exchange, { currency, amount }: Cell): Decimal => {
  const rate = exchange.rateOf(currency);
  return rate === undefined ? amount : multiply(amount, rate);
};

function sumOf(byDay: ReadonlyMap<Day, readonly Cell[]> | undefined, exchange: Exchange, from: Day, to: Day): Decimal {
  let total = ZERO;
  for (const [day, list] of byDay ?? [])
    if (day >= from && day <= to) for (const cell of list) total = add(total, worth(exchange, cell));
  return total;
}

/** Whether a source still adds to a day: it has not come that far, or it is yesterday's estimate (bills are full from the day before that on; research on Cost Explorer's freshness). */
function openFrom(
  sources: ReadonlyMap<string, { readonly first: Day; readonly last: Day }>,
  covered: ReadonlyMap<Day, Finality>,
  today: Day,
): (day: Day) => boolean {
  const newest = [...covered.keys()].reduce((a, b) => (a > b ? a : b), "");
  const running = [...sources.values()].filter(({ last }) => newest !== "" && last >= addDays(newest, -OVER_DAYS));
  const through = running.reduce((least, { last }) => (last < least ? last : least), newest);
  const fresh = addDays(today, -1);
  return (day) => day > through || day >= today || (day >= fresh && covered.get(day) === "estimated");
}

function seriesOf(
  byDay: ReadonlyMap<Day, readonly Cell[]> | undefined,
  exchange: Exchange,
  days: readonly Day[],
  isOpen: (day: Day) => boolean,
  finality: ReadonlyMap<Day, Finality>,
): readonly DayCost[] {
  const counts = new Map<Category, number>();
  for (const list of byDay?.values() ?? [])
    for (const category of new Set(list.map((cell) => cell.category)))
      counts.set(category, (counts.get(category) ?? 0) + 1);
  const isRunning = (category: Category): boolean =>
    category === "Usage" || (counts.get(category) ?? 0) >= RUNNING_SHARE * days.length;
  return days.map((day): DayCost => {
    let [value, apart] = [0, 0];
    for (const cell of byDay?.get(day) ?? [])
      if (isRunning(cell.category)) value += toNumber(worth(exchange, cell));
      else apart += toNumber(worth(exchange, cell));
    return {
      ...{ day, value },
      ...(apart === 0 ? {} : { apart }),
      ...(isOpen(day) ? { open: true } : {}),
      ...(finality.get(day) === "estimated" ? { estimated: true } : {}),
    };
  });
}
