import type { Decimal } from "../decimal.ts";
import type { Basis, Charge } from "../types.ts";
import { type CsvRow, cellText } from "./csv.ts";
import { type MoneyHabits, money, takePoint } from "./money.ts";
import { plainAmount } from "./plain-amount.ts";
import { isNull } from "./texts.ts";

export type MoneyField = "billed" | "effective" | "list" | "contracted" | "quantity";

type Draft = { -readonly [K in keyof Charge]: Charge[K] };

export interface AmountSinks {
  /** Nothing may be summed of this row. */
  readonly fault: (field: MoneyField, found: string | undefined, message: string, allowed?: string) => void;
  /** It is left unknown; no sum depends on it. */
  readonly unknown: (field: MoneyField, found: string, why: string) => void;
}

export const AMOUNT = 'a decimal number such as 12.50 or "$1,250.00"';
export const NO_AMOUNT = "is empty: a charge without an amount is not 0";

/** "1.234": where fractions stand after commas it is a thousand and more. */
const inDoubt = ({ units, scale }: Decimal): boolean => {
  if (scale !== 3) return false;
  const magnitude = units < 0n ? -units : units;
  return magnitude >= 1_000n && magnitude < 1_000_000n;
};

/**
 * Reads the amounts of a file's rows. What sums are made of (billed and effective) must be readable where there is anything; what else is not
 * readable is left unknown.
 */
export function amountReader(
  cells: readonly { readonly field: MoneyField; readonly cell: number }[],
  basis: Basis | undefined,
) {
  const habits: MoneyHabits = { point: 0, comma: 0 };

  /** Undefined where there is none, null where it cannot be read, which was told. */
  const amount = (
    source: CsvRow,
    { field, cell }: (typeof cells)[number],
    row: number,
    into: Draft,
    sinks: AmountSinks,
  ): Decimal | undefined | null => {
    const plain = plainAmount(source, cell);
    if (plain !== undefined && (!inDoubt(plain) || takePoint(row, habits))) {
      if (plain.scale > 0 && !inDoubt(plain)) habits.point ||= row;
      return plain;
    }
    const summed = field === "billed" || field === "effective";
    const raw = cellText(source, cell).trim();
    if (isNull(raw)) {
      if (field !== basis) return undefined;
      sinks.fault(field, undefined, NO_AMOUNT, AMOUNT);
      return null;
    }
    const read = money(raw, row, habits);
    const { currency } = into;
    const why =
      "why" in read
        ? `is ${read.why}`
        : read.currency !== undefined && currency !== undefined && read.currency !== currency
          ? `is in ${read.currency}, and the row's currency is ${currency}`
          : undefined;
    if (why === undefined && "value" in read) {
      // "€5" in a bill that has no column of currencies.
      if (read.currency !== undefined) into.currency = read.currency;
      return read.value;
    }
    if (summed) {
      sinks.fault(field, raw, why ?? "", AMOUNT);
      return null;
    }
    sinks.unknown(field, raw, why ?? "");
    return undefined;
  };

  return {
    /** Writes the row's amounts into the charge; false where one of them cannot be read. */
    read(source: CsvRow, row: number, into: Draft, sinks: AmountSinks): boolean {
      let good = true;
      for (const one of cells) {
        const found = amount(source, one, row, into, sinks);
        if (found === null) good = false;
        else if (found !== undefined) into[one.field] = found;
      }
      if (!good) return false;
      if (basis !== undefined || into.billed !== undefined || into.effective !== undefined) return true;
      sinks.fault(cells[0]?.field ?? "billed", undefined, NO_AMOUNT, AMOUNT);
      return false;
    },
  };
}
