import { goLower } from "../../go-template/letters.ts";

/** What may stand within a word between letters, but not twice. */
const WITHIN = /[':.\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a]/u;
/** Digits, marks, connectors and letters without case go on with a word; scripts that do not part words by blanks break it. */
const GOES_ON = /[\p{L}\p{M}\p{Nd}\p{Pc}\p{Cf}]/u;
const BREAKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const CASED = /\p{Cased}/u;

/** Two letters in one character have a form of their own at the start of a word. */
const DOUBLE: Readonly<Record<string, string>> = {
  "\u01c6": "\u01c5",
  "\u01c9": "\u01c8",
  "\u01cc": "\u01cb",
  "\u01f3": "\u01f2",
};

function titleCase(letter: string): string {
  const double = DOUBLE[letter.toLowerCase()];
  if (double !== undefined) return double;
  const [first = "", ...rest] = letter.toUpperCase();
  return first + rest.join("").toLowerCase();
}

/** Upstream's `title` (golang.org/x/text/cases): the first letter of every word a capital, the others small. */
export function titled(text: string): string {
  let out = "";
  let inWord = false;
  let afterWithin = false;
  for (const char of text) {
    const within = WITHIN.test(char);
    if (afterWithin && within) inWord = false;
    afterWithin = within;
    if (CASED.test(char)) {
      out += inWord ? goLower(char) : titleCase(char);
      inWord = true;
      continue;
    }
    out += char;
    if (!within && (!GOES_ON.test(char) || BREAKS.test(char))) inWord = false;
  }
  return out;
}
