/** Decimal digits of a positive number: 0.d1d2d3… × 10^point. No leading zeros; zero has none. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

const trimmed = (digits: string): string => digits.replace(/0+$/, "");

/** The fewest digits that read back as the same number (ECMAScript and Go agree on them). */
function shortest(value: number): Digits {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return { digits: trimmed(mantissa.replace(".", "")), point: Number(exponent) + 1 };
}

/** Every digit of the number as it is held in binary. */
function exact(value: number): Digits {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10_0000_0000_0000n;
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  if (mantissa === 0n) return { digits: "", point: 0 };
  const text =
    exponent >= 0 ? (mantissa << BigInt(exponent)).toString() : (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits: trimmed(text), point: text.length + Math.min(0, exponent) };
}

/** Keeps `count` digits, half to even, as strconv does (ECMAScript's toFixed rounds halves up). */
function rounded({ digits, point }: Digits, count: number): Digits {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point };
  const next = digits.charCodeAt(count) - 48;
  const odd = count > 0 && (digits.charCodeAt(count - 1) - 48) % 2 === 1;
  const up = next > 5 || (next === 5 && (digits.length > count + 1 || odd));
  const kept = digits.slice(0, count);
  if (!up) return { digits: trimmed(kept), point };
  const raised = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
  return { digits: trimmed(raised), point: point + raised.length - kept.length };
}

const scientific = ({ digits, point }: Digits, decimals: number): string => {
  const all = digits.padEnd(decimals + 1, "0");
  const exponent = digits === "" ? 0 : point - 1;
  const sign = exponent < 0 ? "-" : "+";
  const rest = decimals > 0 ? `.${all.slice(1, decimals + 1)}` : "";
  return `${all[0]}${rest}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
};

const plain = ({ digits, point }: Digits, decimals: number): string => {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (decimals === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(Math.min(-point, decimals)) + digits;
  return `${whole}.${fraction.padEnd(decimals, "0").slice(0, decimals)}`;
};

/**
 * A number as Go's strconv.FormatFloat prints it: `e` d.dde±xx, `f` plain, `g` whichever is shorter. `precision` undefined: the
 * fewest digits that read back as the same number. Not finite: NaN, +Inf, -Inf.
 */
export function goFloat(value: number, verb: "e" | "f" | "g", precision?: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (precision === undefined) {
    const short = size === 0 ? { digits: "", point: 0 } : shortest(size);
    if (verb === "e") return sign + scientific(short, Math.max(short.digits.length - 1, 0));
    if (verb === "f") return sign + plain(short, Math.max(short.digits.length - short.point, 0));
    // Go decides the shortest form as if the precision were 6: 100000, but 1e+06.
    return sign + general(short, short.digits.length, 6);
  }
  const full = exact(size);
  if (verb === "e") return sign + scientific(rounded(full, precision + 1), precision);
  if (verb === "f") return sign + plain(rounded(full, full.point + precision), precision);
  const wanted = Math.max(precision, 1);
  const short = rounded(full, wanted);
  const limit = wanted > short.digits.length && short.digits.length >= short.point ? short.digits.length : wanted;
  return sign + general(short, wanted, limit);
}

function general(short: Digits, precision: number, limit: number): string {
  const exponent = short.digits === "" ? -1 : short.point - 1;
  if (exponent < -4 || exponent >= limit) return scientific(short, Math.min(precision, short.digits.length) - 1);
  return plain(short, Math.max(short.digits.length - short.point, 0));
}
