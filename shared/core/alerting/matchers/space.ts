/** White space as Go's unicode.IsSpace has it. The language's `\s` differs: it has U+FEFF and lacks U+0085. */
const SPACES: ReadonlySet<string> = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);

export const isSpace = (character: string): boolean => SPACES.has(character);

/** What cannot be in a name or value without quotes. */
export const isReserved = (character: string): boolean => isSpace(character) || "{}!=~,\\\"'`".includes(character);

/** Without white space at both ends. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start] as string)) start += 1;
  while (end > start && isSpace(text[end - 1] as string)) end -= 1;
  return text.slice(start, end);
}
