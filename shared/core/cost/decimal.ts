/**
 * An exact decimal: `units` × 10^−`scale`. Sums of bills are made of these and never of floats, which drift (FOCUS rows carry eleven
 * fraction digits and more).
 */
export interface Decimal {
  readonly units: bigint;
  /** Fraction digits, 0..64. */
  readonly scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };
const MAX_SCALE = 64;
/** `12`, `-0.00000080000`, `1.5e-7`. Text as people and spreadsheets write it (`$50,000.00 `) is for the reader of the file to make plain. */
const PLAIN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Undefined where the text is no decimal number, or has more than 64 fraction digits. */
export function decimal(text: string): Decimal | undefined {
  const match = PLAIN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent] = match;
  const digits = whole + fraction;
  if (digits === "") return undefined;
  const shift = fraction.length - (exponent === undefined ? 0 : Number(exponent));
  if (shift > MAX_SCALE || shift < -MAX_SCALE) return undefined;
  const magnitude = BigInt(digits) * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  return { units: sign === "-" ? -magnitude : magnitude, scale: Math.max(shift, 0) };
}

/** For constants of the code and numbers that were measured; throws RangeError where `value` is not finite. */
export function fromNumber(value: number): Decimal {
  const made = Number.isFinite(value) ? decimal(String(value)) : undefined;
  if (made === undefined) throw new RangeError(`no decimal: ${value}`);
  return made;
}

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint => units * 10n ** BigInt(wanted - scale);

export function add(a: Decimal, b: Decimal): Decimal {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale };
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export const negate = ({ units, scale }: Decimal): Decimal => ({ units: -units, scale });
export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));
export const sum = (all: Iterable<Decimal>): Decimal => {
  let total = ZERO;
  for (const one of all) total = add(total, one);
  return total;
};
/** Exact; the scales add up. */
export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  units: a.units * b.units,
  scale: a.scale + b.scale,
});

/** Negative, zero or positive, as sorting wants it. */
export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const isZero = ({ units }: Decimal): boolean => units === 0n;

/** To so many fraction digits, half to even: the one place where anything is lost. */
export function round(value: Decimal, scale: number): Decimal {
  if (value.scale <= scale) return { units: unitsAt(value, scale), scale };
  const step = 10n ** BigInt(value.scale - scale);
  const whole = value.units / step;
  const rest = value.units % step;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const away = twice > step || (twice === step && whole % 2n !== 0n);
  return { units: away ? whole + (value.units < 0n ? -1n : 1n) : whole, scale };
}

/** `numerator / denominator` rounded half to even to `scale` fraction digits; undefined where the denominator is zero. */
export function divide(numerator: Decimal, denominator: Decimal, scale: number): Decimal | undefined {
  if (denominator.units === 0n) return undefined;
  const wide = scale + 2;
  const shifted = numerator.units * 10n ** BigInt(wide + denominator.scale);
  const divisor = denominator.units * 10n ** BigInt(numerator.scale);
  const quotient = shifted / divisor;
  // What is cut off must not turn a value just past a half into a half: the last digit is made odd where something is left.
  const left = shifted % divisor !== 0n;
  const sign = shifted < 0n === divisor < 0n ? 1n : -1n;
  const sticky = left ? quotient * 10n + sign : quotient * 10n;
  return round({ units: sticky, scale: wide + 1 }, scale);
}

/**
 * Exact text without an exponent: all digits of the scale are kept ("0.00138888890"), zero is "0" whatever its scale.
 */
export function text({ units, scale }: Decimal): string {
  if (units === 0n) return "0";
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${units < 0n ? "-" : ""}${digits.slice(0, point)}${scale === 0 ? "" : `.${digits.slice(point)}`}`;
}

/** The nearest number, for charts, forecasts and thresholds; never for sums. */
export const toNumber = (value: Decimal): number => Number(text(value));

/**
 * Splits an amount by weights so that the parts sum to it exactly: each part is cut to `scale` digits, and what is left over goes in units of
 * the last digit to the largest remainders (Hamilton's method; equal remainders by position). `scale` is no less than the amount's own.
 * All weights zero or none: undefined, nobody can be given it. Negative weights throw RangeError.
 */
export function split(
  amount: Decimal,
  weights: readonly bigint[],
  scale = amount.scale,
): readonly Decimal[] | undefined {
  const digits = Math.max(scale, amount.scale);
  let total = 0n;
  for (const weight of weights) {
    if (weight < 0n) throw new RangeError("a negative weight");
    total += weight;
  }
  if (total === 0n) return undefined;
  const units = unitsAt(amount, digits);
  const magnitude = units < 0n ? -units : units;
  const parts = weights.map((weight, at) => ({
    at,
    units: (magnitude * weight) / total,
    rest: (magnitude * weight) % total,
  }));
  let left = magnitude - parts.reduce((all, part) => all + part.units, 0n);
  const order = [...parts].sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1));
  const shares = parts.map((part) => part.units);
  for (const { at } of order) {
    if (left === 0n) break;
    shares[at] = (shares[at] ?? 0n) + 1n;
    left -= 1n;
  }
  return shares.map((share) => ({ units: units < 0n ? -share : share, scale: digits }));
}
