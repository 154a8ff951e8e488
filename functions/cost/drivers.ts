import { addDays, type Day, dayOf, daysOf } from "../../shared/core/cost/day.ts";
import { drivers } from "../../shared/core/cost/drivers/drivers.ts";
import type { Drivers } from "../../shared/core/cost/drivers/types.ts";
import { exchangeOf } from "../../shared/core/cost/exchange.ts";
import type { CostConfig } from "../../shared/core/cost/section.ts";
import type { Basis, BillDay, SourceState } from "../../shared/core/cost/types.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { refuseMixed, standingOf, troublesOf } from "./standing.ts";
import type { CostStanding } from "./views.ts";

export interface DriversAsk {
  /** Both included; default: the last seven complete days. */
  readonly from?: Day;
  readonly to?: Day;
  /** What it is compared with; default: as many days just before. */
  readonly against?: { readonly from: Day; readonly to: Day };
  readonly basis?: Basis;
}

export interface DriversAnswer {
  readonly status: CostStanding;
  readonly basis: Basis;
  readonly currency?: string;
  readonly zone: "UTC";
  /** Absent where no bill could be read. */
  readonly drivers?: Drivers;
  readonly from: Day;
  readonly to: Day;
  readonly against: { readonly from: Day; readonly to: Day };
  /** Days without data in either span: a difference may be nothing but that. */
  readonly missing: readonly Day[];
  readonly notes: readonly string[];
  readonly sources: readonly SourceState[];
}

const WEEK = 7;

/** Both spans of a question; the default ends the day before yesterday, which the bill has all of. */
export function spansOf(ask: DriversAsk, today: Day): Pick<DriversAnswer, "from" | "to" | "against"> {
  const to = ask.to ?? addDays(today, -2);
  const from = ask.from ?? addDays(to, 1 - WEEK);
  const length = Math.max(1, daysOf(from, to).length);
  const against = ask.against ?? { from: addDays(from, -length), to: addDays(from, -1) };
  return { from, to, against };
}

/**
 * What changed from one span to another, by service, type and usage, as price, volume, new and gone; sums to the difference exactly.
 *
 * @throws HeadgateError `bill.currency`; those of reading bills
 */
export async function costDrivers(work: CostWork, ask: DriversAsk = {}): Promise<DriversAnswer> {
  const { from, to, against } = spansOf(ask, dayOf(work.now));
  const first = from < against.from ? from : against.from;
  const last = to > against.to ? to : against.to;
  const bills = await collectBills(work, { from: first, to: last });
  return driversOf(bills, { from, to, against, ...(ask.basis ? { basis: ask.basis } : {}) }, work.config);
}

/** {@link costDrivers} over bills that are at hand. */
export async function driversOf(
  bills: { readonly days: AsyncIterable<BillDay> | Iterable<BillDay>; readonly sources: readonly SourceState[] },
  ask: Required<Pick<DriversAsk, "from" | "to" | "against">> & Pick<DriversAsk, "basis">,
  config: CostConfig,
): Promise<DriversAnswer> {
  const { from, to, against } = ask;
  const basis = ask.basis ?? config.basis;
  const covered = new Set<Day>();
  const found = drivers(against, { from, to });
  let without = 0;
  for await (const { day, charges } of bills.days) {
    covered.add(day);
    for (const charge of charges) {
      const amount = basis === "billed" ? charge.billed : charge.effective;
      if (amount === undefined) without += 1;
      else found.add(charge, amount);
    }
  }
  const exchange = exchangeOf(found.currencies(), config.currency, config.rates);
  refuseMixed(exchange);
  const missing = [...daysOf(against.from, against.to), ...daysOf(from, to)].filter((day) => !covered.has(day));
  const status = standingOf(bills.sources, covered.size);
  const result = found.result(exchange.rateOf);
  return {
    ...{ status, basis, zone: "UTC", from, to, against, missing, sources: bills.sources },
    ...(exchange.currency === undefined ? {} : { currency: exchange.currency }),
    ...(status === "known" ? { drivers: result } : {}),
    notes: [
      ...(missing.length > 0 && status === "known"
        ? [`${missing.length} of these days have no data, which is not 0: ${shown(missing)}`]
        : []),
      ...(result.before.days === result.after.days
        ? []
        : [`${result.after.days} days against ${result.before.days}: part of the difference is that`]),
      ...(without > 0 ? [`${without} charges have no ${basis} amount and are left out`] : []),
      ...troublesOf(bills.sources),
    ],
  };
}

const shown = (days: readonly Day[]): string =>
  days.length <= 5 ? days.join(", ") : `${days.slice(0, 4).join(", ")} and ${days.length - 4} more`;
