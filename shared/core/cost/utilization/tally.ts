import { compare, type Decimal, divide, toNumber } from "../decimal.ts";

/** Values counted as they come. Sum and average are exact: what is just below a bound stays below it. */
export interface Tally {
  units: bigint;
  scale: number;
  times: number;
}

export const tally = (): Tally => ({ units: 0n, scale: 0, times: 0 });

export function count(into: Tally, value: Decimal): void {
  if (value.scale > into.scale) {
    into.units *= 10n ** BigInt(value.scale - into.scale);
    into.scale = value.scale;
  }
  into.units += value.units * 10n ** BigInt(into.scale - value.scale);
  into.times += 1;
}

/** To 12 digits; undefined where nothing was counted. */
export function average({ units, scale, times }: Tally): number | undefined {
  const exact = divide({ units, scale }, { units: BigInt(times), scale: 0 }, 12);
  return exact === undefined ? undefined : toNumber(exact);
}

/** How the exact average stands to a bound: negative below it, zero at it. */
export const averageAgainst = ({ units, scale, times }: Tally, bound: Decimal): number =>
  compare({ units, scale }, { units: bound.units * BigInt(times), scale: bound.scale });

/** Nearest rank: the smallest value that at least so many percent of all do not exceed. Undefined where there is none. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
