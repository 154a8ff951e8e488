/** Greater than every text of at most 900 bytes. */
const LAST = "\u{10FFFF}".repeat(226);

/** The least text, in the order of UTF-8 bytes, that is greater than everything that begins with the prefix. */
export function prefixEnd(prefix: string): string {
  const points = [...prefix];
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    const code = point.codePointAt(0) as number;
    if (code === 0x10ffff) continue;
    // Halves of pairs are no characters.
    return points.join("") + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
  }
  return LAST;
}
