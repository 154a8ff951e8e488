import { FAILSAFE } from "./html-failsafe.ts";
import { cssDecoded } from "./html-transitions-css.ts";

const SPECIAL = /[\0\t\n\f\r"&'()+/:;<>\\{}]/g;

/** Within a quoted text: specials as hexadecimal escapes, with a blank where the next character would be read into them. */
export const cssEscaped = (text: string): string =>
  text.replace(SPECIAL, (char, at: number) => {
    if (char === "\\") return "\\\\";
    const next = text[at + 1];
    const gap = next === undefined || /[0-9a-fA-F\t\n\f\r ]/.test(next) ? " " : "";
    return `\\${char.charCodeAt(0).toString(16)}${gap}`;
  });

const UNSAFE = /[\0"'()/;@[\\\]`{}<>]|--/;

/** A value that cannot leave its place: sizes, colours, words, names. */
export function cssFiltered(text: string): string {
  const value = cssDecoded(text);
  if (UNSAFE.test(value)) return FAILSAFE;
  const words = value.replace(/[^a-zA-Z0-9_-]/g, "").toLowerCase();
  return /expression|mozbinding/.test(words) ? FAILSAFE : value;
}
