import { type DurationMs, parseDuration } from "../../kernel/time.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

const ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-3][0-7]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/y;

/**
 * The value of a string literal, quoted by ", ' or `; escapes as in Go. A byte escape (\xff, \377) of 128 and more gives the
 * character of that number. Undefined where it is none (no closing quote, line break, unknown escape).
 */
export function unquote(text: string): string | undefined {
  const quote = text[0];
  if (text.length < 2 || quote !== text.at(-1)) return undefined;
  const body = text.slice(1, -1);
  if (quote === "`") return body.includes("`") ? undefined : body;
  if (body.includes("\n")) return undefined;
  let value = "";
  for (let at = 0; at < body.length; ) {
    if (body[at] !== "\\") {
      if (body[at] === quote) return undefined;
      value += body[at];
      at += 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(body)?.[1];
    const character = found === undefined ? undefined : unescaped(found, quote ?? "");
    if (found === undefined || character === undefined) return undefined;
    value += character;
    at += 1 + found.length;
  }
  return value;
}

function unescaped(sequence: string, quote: string): string | undefined {
  if (sequence.length === 1) return sequence === quote ? quote : ESCAPES[sequence];
  const code = /^[0-3]/.test(sequence) ? Number.parseInt(sequence, 8) : Number.parseInt(sequence.slice(1), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
  return String.fromCodePoint(code);
}

/** A string as PromQL writes it. */
export const quoted = (value: string): string =>
  `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}"`;

/**
 * The value of a number literal: decimal, hexadecimal, octal with a leading 0, `Inf`, `NaN`, underscores between digits, or a
 * duration (in seconds).
 */
export function numberOf(text: string): number | undefined {
  if (/^inf$/i.test(text)) return Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/[a-z]$/i.test(text) && !/^0x/i.test(text)) {
    const duration = parseDuration(text);
    return duration === undefined ? undefined : duration / 1000;
  }
  const plain = text.replaceAll("_", "");
  if (/^0[0-7]+$/.test(plain)) return Number.parseInt(plain, 8);
  const value = Number(plain);
  return Number.isNaN(value) ? undefined : value;
}

/** Longest duration: what Prometheus can count in nanoseconds, about 292 years. */
export const LONGEST_MS: DurationMs = 9_223_372_036_854;

/** A duration as PromQL writes it, for any number of milliseconds. */
export function durationText(ms: DurationMs): string {
  if (ms < 0) return `-${durationText(-ms)}`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, name] of [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
    [1_000, "s"],
    [1, "ms"],
  ] as const) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.join("") || "0s";
}

/** Metric names that may stand before the braces. */
export const isMetricName = (name: string): boolean => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
/** Label names that need no quotes. */
export const isLabelName = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
