import { goQuoted } from "../../kernel/go-quote.ts";
import { formatPromDuration } from "../../kernel/prometheus-duration.ts";
import { DAY_MS } from "../../kernel/time.ts";

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Reads a duration as Go's time.ParseDuration does ("1h30m", "1.5s"), in nanoseconds; undefined where it is none. */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0;
  let total = 0;
  let at = 0;
  while (at < rest.length) {
    PART.lastIndex = at;
    const part = PART.exec(rest);
    if (!part) return undefined;
    total += Math.trunc(Number(part[1]) * (UNITS[part[2] as string] as number));
    at = PART.lastIndex;
  }
  return at === 0 || total > 2 ** 63 ? undefined : sign * total;
}

/** Why a text is no duration of Prometheus's, in the words of prometheus/common. */
export function modelDurationMessage(text: string): string {
  if (text === "") return "empty duration string";
  for (const [part, digits, unit] of text.matchAll(/(\d*)(\D*)/g)) {
    if (part === "" || digits === "" || unit === "") break;
    if (!/^(ms|[smhdwy])$/.test(unit as string))
      return `unknown unit ${goQuoted(unit as string)} in duration ${goQuoted(text)}`;
  }
  return `not a valid duration string: ${goQuoted(text)}`;
}

/** Why a text is no duration, in Go's words. */
export function goDurationMessage(text: string): string {
  const rest = text.replace(/^[-+]/, "").replace(/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+(?=[\d.])/, "");
  const [, unit] = /^(?:\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest) ?? [];
  if (unit === undefined) return `time: invalid duration ${goQuoted(text)}`;
  return unit === ""
    ? `time: missing unit in duration ${goQuoted(text)}`
    : `time: unknown unit ${goQuoted(unit)} in duration ${goQuoted(text)}`;
}

/** A number without the zeros that a division left behind. */
const fraction = (value: number): string => value.toFixed(9).replace(/\.?0+$/, "");

/** Writes nanoseconds as Go's time.Duration does: "1h30m0s", "1.5s", "500ms", "0s". */
export function formatGoDuration(ns: number): string {
  if (ns < 0) return `-${formatGoDuration(-ns)}`;
  if (ns === 0) return "0s";
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${fraction(ns / 1e3)}µs`;
  if (ns < 1e9) return `${fraction(ns / 1e6)}ms`;
  const minutes = Math.floor(ns / 60e9);
  const seconds = fraction((ns - minutes * 60e9) / 1e9);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}s` : `${hours}h${minutes % 60}m${seconds}s`;
}

/** Writes a duration as prometheus/common 0.70 does: as `formatPromDuration`, but 36 hours are "1d12h". */
export function formatModelDuration(ms: number): string {
  const plain = formatPromDuration(ms);
  if (/[ywd]/.test(plain) || ms < DAY_MS) return plain;
  const days = Math.floor(ms / DAY_MS);
  return `${days}d${formatPromDuration(ms - days * DAY_MS)}`;
}
