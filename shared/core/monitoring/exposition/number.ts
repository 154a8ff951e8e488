/** Powers of ten that a double holds exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Up to here every digit string is exact in a double. */
const EXACT_DIGITS = 15;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(inity)?$/i;

const slowNumber = (text: string): number | undefined => {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
};

/** The longest text that is still looked at as a number: Go writes at most 24 characters, people a few more. */
const LONGEST = 400;

/**
 * Reads the number in bytes[from, to) as Go's strconv.ParseFloat does (without hexadecimal, as upstream's textparse) into cell[0]; false where it is
 * none. Short decimals take a path without allocation: up to 15 digits times or divided by an exact power of ten is exactly rounded
 * (W. Clinger, 1990).
 */
export function readNumber(bytes: Uint8Array, from: number, to: number, cell: Float64Array): boolean {
  let at = from;
  const sign = bytes[at];
  if (sign === 45 || sign === 43) at += 1;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let seen = 0;
  let dot = false;
  for (; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= 48 && byte <= 57) {
      seen += 1;
      if (digits > 0 || byte !== 48) digits += 1;
      mantissa = mantissa * 10 + (byte - 48);
      if (dot) scale -= 1;
    } else if (byte === 46 && !dot) dot = true;
    else break;
  }
  let plain = seen > 0 && digits <= EXACT_DIGITS;
  if (plain && at < to) {
    const mark = bytes[at] as number;
    plain = false;
    if ((mark === 101 || mark === 69) && at + 1 < to) {
      at += 1;
      const minus = bytes[at] === 45;
      if (minus || bytes[at] === 43) at += 1;
      let exponent = 0;
      const first = at;
      for (; at < to && at - first < 4; at += 1) {
        const byte = bytes[at] as number;
        if (byte < 48 || byte > 57) break;
        exponent = exponent * 10 + (byte - 48);
      }
      plain = at === to && at > first;
      scale += minus ? -exponent : exponent;
    }
  }
  if (plain && scale >= -22 && scale <= 22) {
    const size = scale < 0 ? mantissa / (TENS[-scale] as number) : mantissa * (TENS[scale] as number);
    cell[0] = sign === 45 ? -size : size;
    return true;
  }
  if (to - from > LONGEST || to <= from) return false;
  let text = "";
  for (let index = from; index < to; index += 1) text += String.fromCharCode(bytes[index] as number);
  const value = slowNumber(text);
  if (value === undefined) return false;
  cell[0] = value;
  return true;
}
