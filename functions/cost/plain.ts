import { type Decimal, text } from "../../shared/core/cost/decimal.ts";

/** The same with every exact decimal as its text: what an answer in JSON carries. */
export type Plain<T> = T extends Decimal
  ? string
  : T extends readonly (infer One)[]
    ? readonly Plain<One>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;

const isDecimal = (value: object): value is Decimal => typeof (value as { units?: unknown }).units === "bigint";

/** Money as exact text wherever it stands: JSON knows no exact decimals, and a number would be a float. */
export function plain<T>(value: T): Plain<T> {
  if (typeof value !== "object" || value === null) return value as Plain<T>;
  if (Array.isArray(value)) return value.map(plain) as Plain<T>;
  if (isDecimal(value)) return text(value) as Plain<T>;
  const entries = Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, plain(one)]]));
  return Object.fromEntries(entries) as Plain<T>;
}
