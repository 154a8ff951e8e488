const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

const ESCAPE = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]?))/g;

/** The value of a Go string literal ("…", `…`) or character ('a'); undefined where an escape is wrong. Bytes above 7f (\xff) are read as Latin-1. */
export function goUnquote(literal: string): string | undefined {
  const quote = literal[0];
  const inner = literal.slice(1, -1);
  if (quote === "`") return inner.replace(/\r/g, "");
  let bad = false;
  const value = inner.replace(ESCAPE, (_all, simple, hex, u4, u8, octal) => {
    if (simple !== undefined) {
      // A quote is escaped inside its own kind of quotes only.
      if ((simple === "'" || simple === '"') && simple !== quote) bad = true;
      return SIMPLE[simple] as string;
    }
    const code = octal === undefined ? Number.parseInt(hex ?? u4 ?? u8 ?? "", 16) : Number.parseInt(octal, 8);
    if (!(code <= 0x10ffff) || (octal !== undefined && code > 255)) {
      bad = true;
      return "";
    }
    return String.fromCodePoint(code);
  });
  if (bad || (quote === "'" && [...value].length !== 1)) return undefined;
  return value;
}

/** Whether it may stand in raw quotes. */
export const isBackquotable = (text: string): boolean =>
  !text.includes("`") && /^[\p{L}\p{M}\p{N}\p{P}\p{S} \t]*$/u.test(text);
