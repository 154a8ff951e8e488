import { type Labels, METRIC_NAME, setLabel } from "../../kernel/labels.ts";
import { unquote } from "../promql/literals.ts";
import type { InputSeries } from "./types.ts";

/** One file may not ask for more samples than this. */
export const MOST_SAMPLES = 1_000_000;

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const NUMBER = String.raw`(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan)`;
const ITEM = new RegExp(`^([+-]?${NUMBER})(?:([+-]${NUMBER})?x(\\d+))?$`, "i");

function numberOf(text: string): number {
  const lower = text.toLowerCase();
  if (lower.endsWith("nan")) return Number.NaN;
  if (lower.endsWith("inf")) return lower.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}

/**
 * Reads the expanding notation of promtool's input series: `1 2 _ stale`, `0+10x3` (0 10 20 30), `5-1x2` (5 4 3), `7x2` (7 7 7), `_x3`
 * (three times nothing). `most` is how many samples there may be.
 */
export function readValues(text: string, most: number = MOST_SAMPLES): Read<InputSeries["values"]> {
  const values: (number | "stale" | undefined)[] = [];
  const fail = (message: string) => ({ ok: false as const, message });
  for (const item of text.split(/\s+/).filter((part) => part !== "")) {
    if (item.startsWith("{{")) return fail("native histograms are not supported");
    const blanks = /^_(?:x(\d+))?$/.exec(item);
    const number = blanks ? undefined : ITEM.exec(item);
    if (!blanks && !number && item !== "stale")
      return fail(`${JSON.stringify(item)} is no value; allowed: 1, 1x4, 0+10x100, 5-1x5, _, _x3, stale`);
    const repeats = blanks ? Number(blanks[1] ?? 1) : Number(number?.[3] ?? 0) + 1;
    if (values.length + repeats > most) return fail(`more than ${most} samples`);
    if (number) {
      let value = numberOf(number[1] ?? "");
      const step = numberOf(number[2] ?? "0");
      // Added up step by step, as Prometheus does: the last bits are the same.
      for (let index = 0; index < repeats; index += 1, value += step) values.push(value);
    } else for (let index = 0; index < repeats; index += 1) values.push(blanks ? undefined : "stale");
  }
  return { ok: true, value: values };
}

const TOKEN = /\s*(?:([a-zA-Z_:][a-zA-Z0-9_:.]*)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`)|([{}=,]))/y;

/** Reads a series' name and labels: `up{job="kafka"}`, `{__name__="up"}`, `{"up", job="kafka"}`, `{}`. */
export function readSeries(text: string): Read<Labels> {
  const tokens: { readonly text: string; readonly quoted: boolean }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match)
      return { ok: false, message: `unexpected ${JSON.stringify(text.slice(at, at + 10))} at character ${at + 1}` };
    const literal = match[2] === undefined ? undefined : unquote(match[2]);
    if (match[2] !== undefined && literal === undefined) return { ok: false, message: `${match[2]} is no quoted text` };
    tokens.push({ text: literal ?? match[1] ?? match[3] ?? "", quoted: literal !== undefined });
  }
  const labels: Record<string, string> = {};
  let at = 0;
  const isMark = (mark: string): boolean => tokens[at]?.text === mark && tokens[at]?.quoted === false;
  const wants = (what: string) => ({
    ok: false as const,
    message: `${what} expected${tokens[at] ? ` before ${JSON.stringify(tokens[at]?.text)}` : " at the end"}`,
  });
  const put = (name: string, value: string) => {
    if (value !== "") setLabel(labels, name, value);
  };
  const first = tokens[0];
  if (first && !first.quoted && !/^[{}=,]$/.test(first.text)) {
    put(METRIC_NAME, first.text);
    at = 1;
    if (tokens.length === 1) return { ok: true, value: labels };
  }
  if (!isMark("{")) return wants('"{"');
  at += 1;
  while (!isMark("}")) {
    const name = tokens[at];
    if (!name || (!name.quoted && /^[{}=,]$/.test(name.text))) return wants('a label or "}"');
    at += 1;
    if (isMark("=")) {
      at += 1;
      const value = tokens[at];
      if (!value?.quoted) return wants("a quoted value");
      put(name.text, value.text);
      at += 1;
    } else if (name.quoted) put(METRIC_NAME, name.text);
    else return wants('"="');
    if (isMark(",")) at += 1;
    else if (!isMark("}")) return wants('"," or "}"');
  }
  at += 1;
  return at === tokens.length ? { ok: true, value: labels } : wants("nothing more");
}
