/** A JSON value that was read, or why not, in the words of Go's encoding/json. */
export type GoJson =
  | { readonly ok: true; readonly value: unknown }
  /** `eof`: there was nothing but blanks. */
  | { readonly ok: false; readonly message: string; readonly eof?: boolean };

/** Go's decoder gives up below this depth. */
const MAX_DEPTH = 10_000;

class Refused extends Error {}

/**
 * Reads the first JSON value of a text as a Go decoder does: what follows it is not looked at. Texts that are one JSON value cost what
 * JSON.parse costs; only others are looked at by hand, for the end of the value or for the words.
 */
export function goJson(text: string): GoJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // Looked at below.
  }
  const start = blanks(text, 0);
  if (start === text.length) return { ok: false, message: "EOF", eof: true };
  try {
    const end = value(text, start, 0);
    return { ok: true, value: JSON.parse(text.slice(start, end)) };
  } catch (error) {
    return { ok: false, message: error instanceof Refused ? error.message : "unexpected EOF" };
  }
}

function blanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text[at] as string)) at += 1;
  return at;
}

function shown(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  // Go looks at bytes: of a character of several the first is named.
  const first =
    code < 0x80 ? code : code < 0x800 ? 0xc0 | (code >> 6) : code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
  if (first === 0x27) return "'\\''";
  if (first === 0x22) return "'\"'";
  if (first === 0x5c) return "'\\\\'";
  const short: Readonly<Record<number, string>> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
  };
  if (first < 0x20 || first === 0x7f) return `'${short[first] ?? `\\x${first.toString(16).padStart(2, "0")}`}'`;
  return `'${String.fromCharCode(first)}'`;
}

const refuse = (text: string, at: number, where: string): never => {
  throw new Refused(at >= text.length ? "unexpected EOF" : `invalid character ${shown(text, at)} ${where}`);
};

/** Index after the value that begins at `at`. */
function value(text: string, at: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Refused("exceeded max depth");
  const first = text[at];
  if (first === "{") return members(text, at + 1, depth);
  if (first === "[") return elements(text, at + 1, depth);
  if (first === '"') return string(text, at + 1);
  for (const word of ["true", "false", "null"]) if (first === word[0]) return literal(text, at, word);
  return number(text, at);
}

function members(text: string, from: number, depth: number): number {
  let at = blanks(text, from);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') refuse(text, at, "looking for beginning of object key string");
    at = blanks(text, string(text, at + 1));
    if (text[at] !== ":") refuse(text, at, "after object key");
    at = blanks(text, value(text, blanks(text, at + 1), depth + 1));
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") refuse(text, at, "after object key:value pair");
    at = blanks(text, at + 1);
  }
}

function elements(text: string, from: number, depth: number): number {
  let at = blanks(text, from);
  if (text[at] === "]") return at + 1;
  for (;;) {
    at = blanks(text, value(text, at, depth + 1));
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") refuse(text, at, "after array element");
    at = blanks(text, at + 1);
  }
}

function string(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character === undefined || character < " ") refuse(text, at, "in string literal");
    if (character !== "\\") continue;
    at += 1;
    if (text[at] === "u")
      for (let digit = 0; digit < 4; digit += 1) {
        at += 1;
        if (!/[0-9a-fA-F]/.test(text[at] ?? "")) refuse(text, at, "in \\u hexadecimal character escape");
      }
    else if (!'bfnrt\\/"'.includes(text[at] ?? "x")) refuse(text, at, "in string escape code");
  }
}

function literal(text: string, from: number, word: string): number {
  for (let index = 1; index < word.length; index += 1)
    if (text[from + index] !== word[index])
      refuse(text, from + index, `in literal ${word} (expecting '${word[index]}')`);
  return from + word.length;
}

function number(text: string, from: number): number {
  const digit = (at: number): boolean => /[0-9]/.test(text[at] ?? "");
  let at = from;
  if (text[at] === "-") {
    at += 1;
    if (!digit(at)) refuse(text, at, "in numeric literal");
  }
  if (!digit(at)) refuse(text, at, "looking for beginning of value");
  if (text[at] === "0") at += 1;
  else while (digit(at)) at += 1;
  if (text[at] === ".") {
    at += 1;
    if (!digit(at)) refuse(text, at, "after decimal point in numeric literal");
    while (digit(at)) at += 1;
  }
  if (text[at] === "e" || text[at] === "E") {
    at += 1;
    if (text[at] === "+" || text[at] === "-") at += 1;
    if (!digit(at)) refuse(text, at, "in exponent of numeric literal");
    while (digit(at)) at += 1;
  }
  return at;
}
