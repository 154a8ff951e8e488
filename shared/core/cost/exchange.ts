import { type Decimal, decimal } from "./decimal.ts";

/** What a figure over several currencies is told in, and by which rates. */
export interface Exchange {
  /** Absent: no charge names one. */
  readonly currency?: string;
  /** Undefined: it is counted as it is. */
  rateOf(currency: string): Decimal | undefined;
  /** Currencies for which there is no rate: a sum over them is no amount. Empty where all is well. */
  readonly mixed: readonly string[];
}

/**
 * Which currency is told of those that occur ("" for charges that name none): the only one, where there is no rate that turns it into the wanted one; else
 * the wanted one. `rates`: { EUR: "1.08" } means one EUR is 1.08 of the wanted one.
 */
export function exchangeOf(
  occurring: Iterable<string>,
  wanted: string,
  rates: Readonly<Record<string, string>> = {},
): Exchange {
  const named = [...new Set(occurring)].filter((one) => one !== "").sort();
  const rate = (one: string) => (Object.hasOwn(rates, one) ? decimal(rates[one] ?? "") : undefined);
  const [only] = named;
  const target = named.length === 1 && only !== undefined && rate(only) === undefined ? only : wanted;
  const mixed = named.filter((one) => one !== target && rate(one) === undefined);
  return {
    ...(only === undefined ? {} : { currency: target }),
    rateOf: (one) => (one === "" || one === target ? undefined : rate(one)),
    mixed: mixed.length === 0 ? [] : [...new Set([target, ...mixed])],
  };
}
