import type { Day } from "../day.ts";
import { add, compare, type Decimal, divide, isZero, ZERO } from "../decimal.ts";
import type { Basis, BillDay, Charge } from "../types.ts";
import type { StoragePrice } from "./types.ts";

/** MSK's usage types for storage end so, whatever region stands in front: "EUC1-Kafka.Storage.GP2", "USE1-Kafka.Storage.Express". */
const LOCAL = /Kafka\.Storage\.(?!Tiered|ProvisionedThroughput)/i;
const REMOTE = /Kafka\.Storage\.Tiered/i;
const GB_MONTH = /^(GB|GiB)[- ]?(Mo|Month)/i;

export interface BillPrices {
  readonly local?: StoragePrice;
  readonly remote?: StoragePrice;
}

interface Sum {
  money: Decimal;
  quantity: Decimal;
  currency?: string;
  source: string;
  from: Day;
  to: Day;
}

const isStorage = ({ usageType, unit, quantity, category }: Charge, which: RegExp): boolean =>
  usageType !== undefined &&
  which.test(usageType) &&
  quantity !== undefined &&
  (unit === undefined || GB_MONTH.test(unit)) &&
  (category === undefined || category === "Usage");

/**
 * What the bill itself says a GB-month of Kafka storage costs: money over quantity of the charges for it. Bills are added one after another; charges in
 * other currencies than the first are left out.
 */
export function billPrices(basis: Basis): { add(bill: BillDay): void; result(): BillPrices } {
  const sums: { local?: Sum; remote?: Sum } = {};
  const take = (which: "local" | "remote", bill: BillDay, charge: Charge): void => {
    const money = charge[basis] ?? charge.effective ?? charge.billed;
    const { quantity, currency } = charge;
    if (!money || !quantity) return;
    const known = sums[which];
    if (known?.currency !== undefined && currency !== undefined && known.currency !== currency) return;
    const before = known ?? {
      money: ZERO,
      quantity: ZERO,
      source: bill.source,
      from: bill.day,
      to: bill.day,
      ...(currency === undefined ? {} : { currency }),
    };
    sums[which] = {
      ...before,
      money: add(before.money, money),
      quantity: add(before.quantity, quantity),
      from: bill.day < before.from ? bill.day : before.from,
      to: bill.day > before.to ? bill.day : before.to,
    };
  };
  const priceOf = (sum: Sum | undefined): StoragePrice | undefined => {
    if (!sum || isZero(sum.quantity)) return undefined;
    const perGbMonth = divide(sum.money, sum.quantity, 9);
    if (!perGbMonth || compare(perGbMonth, ZERO) <= 0) return undefined;
    return { perGbMonth, currency: sum.currency ?? "USD", source: `bill ${sum.source}`, from: sum.from, to: sum.to };
  };
  return {
    add: (bill) => {
      for (const charge of bill.charges) {
        if (isStorage(charge, REMOTE)) take("remote", bill, charge);
        else if (isStorage(charge, LOCAL)) take("local", bill, charge);
      }
    },
    result: () => {
      const [local, remote] = [priceOf(sums.local), priceOf(sums.remote)];
      return { ...(local ? { local } : {}), ...(remote ? { remote } : {}) };
    },
  };
}
