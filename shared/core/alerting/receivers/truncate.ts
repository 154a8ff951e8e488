const MARK = "…";

/** UTF-8 bytes of a code point. */
const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** The first characters (code points) of a text; the last of them is an ellipsis when something is missing, but for 3 and fewer. */
export function truncateRunes(text: string, most: number): string {
  // A text has at least as many UTF-16 units as characters.
  if (text.length <= most) return text;
  const keep = most <= 3 ? most : most - 1;
  let kept = 0;
  let cut = 0;
  for (let index = 0; index < text.length; kept += 1) {
    if (kept === keep) cut = index;
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  if (kept <= most) return text;
  return text.slice(0, cut) + (most <= 3 ? "" : MARK);
}

/** The first bytes of a text in UTF-8, whole characters only, without a mark. */
export function cutBytes(text: string, most: number): string {
  if (text.length * 3 <= most) return text;
  let size = 0;
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index) ?? 0;
    size += bytesOf(point);
    if (size > most) return text.slice(0, index);
    index += point > 0xffff ? 2 : 1;
  }
  return text;
}

/** Whether a text has more characters (code points) than that. */
export function longerThanRunes(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count > most;
}
