/** One character by a mapping of JavaScript's, where that is one character again: Go maps rune by rune ("ß" has no capital). */
function single(char: string, mapped: string): string {
  return [...mapped].length === 1 ? mapped : char;
}

/** strings.ToUpper. */
export const goUpper = (text: string): string =>
  text.replace(/\P{ASCII}|[a-z]+/gu, (char) =>
    char < "\u0080" ? char.toUpperCase() : single(char, char.toUpperCase()),
  );

/** strings.ToLower. */
export const goLower = (text: string): string =>
  text.replace(/\P{ASCII}|[A-Z]+/gu, (char) =>
    char === "\u0130" ? "i" : char < "\u0080" ? char.toLowerCase() : single(char, char.toLowerCase()),
  );

const BLANKS = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const AROUND = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "g");

/** strings.TrimSpace. */
export const goTrim = (text: string): string => text.replace(AROUND, "");
