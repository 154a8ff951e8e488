import { goQuoted } from "../kernel/go-quote.ts";
import { CallFault } from "./function-types.ts";
import { goFloat } from "./go-float.ts";
import { typeName, type Value } from "./values.ts";

const GO_FLOAT = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?$/;

/**
 * A number, or a text that is one: label values may be given to the functions that make numbers readable. A duration is its seconds.
 *
 * @throws CallFault
 */
export function floatOf(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value?.kind === "duration")
    return Number(value.nanos / 1_000_000_000n) + Number(value.nanos % 1_000_000_000n) / 1e9;
  if (typeof value !== "string") throw new CallFault(`can't convert ${typeName(value)} to float`);
  const plain = value.toLowerCase();
  if (plain === "nan") return Number.NaN;
  if (/^[+-]?inf(inity)?$/.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  if (!GO_FLOAT.test(value) || value.includes("_"))
    throw new CallFault(`strconv.ParseFloat: parsing ${goQuoted(value)}: invalid syntax`);
  return Number(value);
}

const short = (value: number): string => goFloat(value, "g", 4);
const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

function scaled(value: number, prefixes: readonly string[], step: number): string {
  let [rest, prefix] = [value, ""];
  for (const next of prefixes) {
    if (Math.abs(rest) < step) break;
    prefix = next;
    rest /= step;
  }
  return short(rest) + prefix;
}

const tiny = (value: number): string => {
  let [rest, prefix] = [value, ""];
  for (const next of SMALL) {
    if (Math.abs(rest) >= 1) break;
    prefix = next;
    rest *= 1000;
  }
  return short(rest) + prefix;
};

/** 4 significant digits and a metric prefix: 1234567 is "1.235M", 0.001 "1m". (Prometheus template function) */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return short(value);
  return Math.abs(value) >= 1 ? scaled(value, LARGE, 1000) : tiny(value);
}

/** As {@link humanize}, in steps of 1024: "1.5ki". */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return short(value);
  return scaled(value, BINARY, 1024);
}

/** Seconds as days, hours, minutes and seconds: "1d 2h 3m 4s", "12.35s", "5ms". */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return short(seconds);
  if (seconds === 0) return `${short(seconds)}s`;
  if (Math.abs(seconds) < 1) return `${tiny(seconds)}s`;
  const sign = seconds < 0 ? "-" : "";
  const size = Math.abs(seconds);
  const whole = Math.trunc(size);
  const [days, hours, minutes, rest] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${rest}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${rest}s`;
  return minutes > 0 ? `${sign}${minutes}m ${rest}s` : `${sign}${short(size)}s`;
}

export const humanizePercentage = (ratio: number): string => `${short(ratio * 100)}%`;
