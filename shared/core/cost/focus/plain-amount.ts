import { type Decimal, decimal, ZERO } from "../decimal.ts";
import type { CsvRow } from "./csv.ts";

const ZEROS: Decimal[] = [];
const [MINUS, POINT, NINE, NOUGHT] = [45, 46, 57, 48];
const MAX_SCALE = 64;
/** Fifteen digits are exact in a float, and an integer of them becomes a bigint faster than a text does. */
const EXACT_TENTH = 99_999_999_999_999;

/** `-12.0050` straight from the row, without a string for it: nearly all amounts of a bill are written so. Undefined: it is to be looked at closer. */
export function plainAmount({ text, starts, ends }: CsvRow, cell: number): Decimal | undefined {
  const from = starts[cell] as number;
  const end = ends[cell] as number;
  const negative = text.charCodeAt(from) === MINUS;
  let scale = -1;
  let digits = 0;
  let value = 0;
  /** Digits beyond the first fifteen that count. */
  let low = 0;
  let lowDigits = 0;
  for (let at = negative ? from + 1 : from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === POINT) {
      if (scale >= 0) return undefined;
      scale = 0;
    } else if (code >= NOUGHT && code <= NINE) {
      digits += 1;
      if (scale >= 0) scale += 1;
      if (value > EXACT_TENTH) {
        low = low * 10 + (code - NOUGHT);
        lowDigits += 1;
      } else value = value * 10 + (code - NOUGHT);
    } else return undefined;
  }
  if (digits === 0 || scale > MAX_SCALE) return undefined;
  if (scale < 0) scale = 0;
  if (value === 0) {
    ZEROS[scale] ??= { units: 0n, scale };
    return ZEROS[scale] ?? ZERO;
  }
  if (lowDigits > 15) return decimal(text.slice(from, end));
  const units = lowDigits === 0 ? BigInt(value) : BigInt(value) * 10n ** BigInt(lowDigits) + BigInt(low);
  return { units: negative ? -units : units, scale };
}
