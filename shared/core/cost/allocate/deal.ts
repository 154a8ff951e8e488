import { add, type Decimal, split, subtract, ZERO } from "../decimal.ts";

/** Digits of a dealt share: a ten-thousandth of a millionth of a dollar. What is finer stays together and goes to the largest share. */
export const DEALT_DIGITS = 10;
/** Below it sums of floored shares are exact too. */
const EXACT = 2n ** 52n;
/** Weights as whole numbers, for amounts past 2^52 units. */
const WEIGHT_STEPS = 2 ** 52;

export interface Dealt {
  /** In units of 10^−{@link DEALT_DIGITS}, one for each weight. */
  readonly units: readonly number[] | readonly bigint[];
  /** Less than one unit, and whose it is. */
  readonly rest: Decimal;
  readonly restTo: number;
}

/**
 * Deals an amount out by weights so that the shares and the rest sum to it exactly: whole units by the largest remainder (Hamilton's method; equal
 * remainders by position). Works in numbers where all of them are exact, since a bill of a month is dealt out to ten thousand topics.
 * Undefined where all weights are zero. Weights are finite and not negative, else RangeError.
 */
export function deal(amount: Decimal, weights: ArrayLike<number>): Dealt | undefined {
  let total = 0;
  let largest = 0;
  for (let at = 0; at < weights.length; at += 1) {
    const weight = weights[at] as number;
    if (!(weight >= 0) || weight === Infinity) throw new RangeError(`no weight: ${weight}`);
    total += weight;
    if (weight > (weights[largest] as number)) largest = at;
  }
  if (!(total > 0)) return undefined;
  const step = amount.scale > DEALT_DIGITS ? 10n ** BigInt(amount.scale - DEALT_DIGITS) : 1n;
  const whole =
    amount.scale > DEALT_DIGITS ? amount.units / step : amount.units * 10n ** BigInt(DEALT_DIGITS - amount.scale);
  const rest = step === 1n ? ZERO : subtract(amount, { units: whole, scale: DEALT_DIGITS });
  const size = whole < 0n ? -whole : whole;
  const units =
    size < EXACT && total < Infinity ? small(Number(whole), weights, total) : large(whole, weights, largest);
  return { units, rest, restTo: largest };
}

function small(whole: number, weights: ArrayLike<number>, total: number): number[] {
  const size = Math.abs(whole);
  const shares = new Array<number>(weights.length);
  const rests = new Float64Array(weights.length);
  let given = 0;
  for (let at = 0; at < weights.length; at += 1) {
    const quota = size * ((weights[at] as number) / total);
    const floor = Math.floor(quota);
    shares[at] = floor;
    rests[at] = quota - floor;
    given += floor;
  }
  const left = size - given;
  if (left > 0) giveTo(shares, weights, rests, left);
  else if (left < 0) takeFrom(shares, rests, -left);
  if (whole < 0)
    for (let at = 0; at < shares.length; at += 1) shares[at] = shares[at] === 0 ? 0 : -(shares[at] as number);
  return shares;
}

/** One unit each to the largest remainders, as often as it takes; which those are is told by where the sorted ones are cut, without sorting positions. */
function giveTo(shares: number[], weights: ArrayLike<number>, rests: Float64Array, units: number): void {
  let having = 0;
  for (let at = 0; at < weights.length; at += 1) {
    if ((weights[at] as number) > 0) having += 1;
    else rests[at] = -1;
  }
  const rounds = Math.floor(units / having);
  const left = units - rounds * having;
  const sorted = Float64Array.from(rests).sort();
  const cut = left === 0 ? 2 : (sorted[sorted.length - left] as number);
  let atCut = left;
  for (let at = 0; at < rests.length; at += 1) if ((rests[at] as number) > cut) atCut -= 1;
  for (let at = 0; at < rests.length; at += 1) {
    const rest = rests[at] as number;
    if (rest < 0) continue;
    const one = rest > cut || (rest === cut && atCut-- > 0) ? 1 : 0;
    shares[at] = (shares[at] as number) + rounds + one;
  }
}

/** Quotas that were rounded up by a hair: one unit back from the smallest remainders. */
function takeFrom(shares: number[], rests: Float64Array, units: number): void {
  const order = [...shares.keys()].sort((a, b) => (rests[a] as number) - (rests[b] as number) || b - a);
  let left = units;
  while (left > 0)
    for (const at of order) {
      if (left === 0) return;
      if ((shares[at] as number) === 0) continue;
      shares[at] = (shares[at] as number) - 1;
      left -= 1;
    }
}

function large(whole: bigint, weights: ArrayLike<number>, largest: number): bigint[] {
  const most = weights[largest] as number;
  const steps = Array.from(weights, (weight) => BigInt(Math.round((weight / most) * WEIGHT_STEPS)));
  return (split({ units: whole, scale: DEALT_DIGITS }, steps) ?? []).map(({ units }) => units);
}

/** Money that is dealt out again and again to the same places. */
export interface Purse {
  add(at: number, units: number | bigint): void;
  rest(at: number, rest: Decimal): void;
  of(at: number): Decimal;
}

/** `size` places, all empty. Sums stay numbers as long as those are exact. */
export function purse(size: number): Purse {
  const units = new Float64Array(size);
  const wide = new Map<number, bigint>();
  const rests = new Map<number, Decimal>();
  return {
    add: (at, given) => {
      const next = typeof given === "number" ? (units[at] as number) + given : Number.NaN;
      if (Number.isSafeInteger(next)) units[at] = next;
      else wide.set(at, (wide.get(at) ?? 0n) + BigInt(given));
    },
    rest: (at, rest) => {
      if (rest.units !== 0n) rests.set(at, add(rests.get(at) ?? ZERO, rest));
    },
    of: (at) => {
      const all = BigInt(units[at] as number) + (wide.get(at) ?? 0n);
      const whole = { units: all, scale: DEALT_DIGITS };
      const rest = rests.get(at);
      return rest === undefined ? whole : add(whole, rest);
    },
  };
}
