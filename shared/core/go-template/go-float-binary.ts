/** A finite number as ± mantissa × 2^exponent; a normal one's mantissa has 53 bits. */
function partsOf(value: number): { readonly sign: string; readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  return {
    sign: bits >> 63n === 1n ? "-" : "",
    mantissa: biased === 0 ? fraction : fraction | 0x10_0000_0000_0000n,
    exponent: (biased === 0 ? 1 : biased) - 1075,
  };
}

const signed = (exponent: number, digits: number): string =>
  `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(digits, "0")}`;

/** strconv.FormatFloat's form `b`: "8796093022208000p-43". The number is finite. */
export function floatBinary(value: number): string {
  const { sign, mantissa, exponent } = partsOf(value);
  return `${sign}${mantissa}p${signed(exponent, 1)}`;
}

/** Form `x`: "0x1.8p+00"; `precision` is the count of digits, by default as many as it takes. The number is finite. */
export function floatHex(value: number, precision?: number): string {
  const { sign, mantissa, exponent } = partsOf(value);
  if (mantissa === 0n) return `${sign}0x0${precision ? `.${"0".repeat(precision)}` : ""}p+00`;
  const shift = 53 - mantissa.toString(2).length;
  let bits = mantissa << BigInt(shift);
  let power = exponent - shift + 52;
  if (precision !== undefined && precision < 13) {
    const cut = BigInt(52 - 4 * precision);
    const [rest, half] = [bits & ((1n << cut) - 1n), 1n << (cut - 1n)];
    bits >>= cut;
    if (rest > half || (rest === half && bits % 2n === 1n)) bits += 1n;
    bits <<= cut;
    if (bits >> 53n === 1n) {
      bits >>= 1n;
      power += 1;
    }
  }
  const all = (bits & 0xf_ffff_ffff_ffffn).toString(16).padStart(13, "0");
  const digits = precision === undefined ? all.replace(/0+$/, "") : all.slice(0, precision).padEnd(precision, "0");
  return `${sign}0x1${digits === "" ? "" : `.${digits}`}p${signed(power, 2)}`;
}
