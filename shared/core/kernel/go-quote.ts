/** What Go's `%q` prints as it is: letters, marks, numbers, punctuation, symbols and the plain space (unicode.IsPrint). */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const SHORT: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

const hex = (code: number, width: number): string => code.toString(16).padStart(width, "0");

function escaped(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`;
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character;
  if (code >= 0xd800 && code < 0xe000) return "\\ufffd";
  if (PRINTABLE.test(character)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** Nothing in it has to be escaped: by far the usual case. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text in quotes as Go's strconv.Quote prints it; in single ones, as it prints a character. */
export const goQuoted = (text: string, quote: '"' | "'" = '"'): string =>
  quote === '"' && PLAIN.test(text)
    ? `"${text}"`
    : `${quote}${Array.from(text, (character) => escaped(character, quote)).join("")}${quote}`;

const LETTERS: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

const ESCAPE = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/**
 * The value of a text in double quotes, escapes as in Go (strconv.Unquote); undefined where it is none, or where its byte escapes
 * (`\xff`) are no UTF-8.
 */
export function goUnquoted(quoted: string): string | undefined {
  if (quoted.length < 2 || !quoted.startsWith('"') || !quoted.endsWith('"')) return undefined;
  const body = quoted.slice(1, -1);
  if (!/["\\\n]/.test(body)) return body;
  let value = "";
  /** Bytes written one by one, until something else comes. */
  let bytes: number[] = [];
  const flush = (): boolean => {
    const text = utf8(bytes);
    bytes = [];
    value += text ?? "";
    return text !== undefined;
  };
  for (let at = 0; at < body.length; ) {
    const character = body[at] as string;
    if (character === '"' || character === "\n") return undefined;
    if (character !== "\\") {
      if (!flush()) return undefined;
      value += character;
      at += 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(body);
    if (!found) return undefined;
    at = ESCAPE.lastIndex;
    const [, letter, byte, octal, short, long] = found;
    if (byte !== undefined || octal !== undefined) {
      const code = byte === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(byte, 16);
      if (code > 255) return undefined;
      bytes.push(code);
      continue;
    }
    if (!flush()) return undefined;
    if (letter !== undefined) value += LETTERS[letter];
    else {
      const code = Number.parseInt((short ?? long) as string, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      value += String.fromCodePoint(code);
    }
  }
  return flush() ? value : undefined;
}

/** The text of UTF-8 bytes; undefined where they are none. */
function utf8(bytes: readonly number[]): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    let code = length === 1 ? first : first & (0xff >> (length + 1));
    for (const next of bytes.slice(at + 1, at + length)) {
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][length] as number;
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}
