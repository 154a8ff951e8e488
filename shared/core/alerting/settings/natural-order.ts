const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

const code = (character: string): number => character.codePointAt(0) ?? 0;

/** A number from a place on, and where it ends. */
function numberAt(text: readonly string[], at: number, start: number): readonly [value: number, end: number] {
  let [value, end] = [start, at];
  for (; end < text.length && DIGIT.test(text[end] as string); end += 1)
    value = value * 10 + code(text[end] as string) - 48;
  return [value, end];
}

/** Whether the digits before a place have one that is not 0: then a 0 at the place counts. */
function withinNumber(text: readonly string[], at: number): boolean {
  for (let back = at - 1; back >= 0 && DIGIT.test(text[back] as string); back -= 1) if (text[back] !== "0") return true;
  return false;
}

/**
 * The order in which yaml.v2 prints the keys of a map: letters after everything else, numbers within a text by their size ("a2" before
 * "a10"). Source: yaml.v2 sorter.go.
 */
export function naturalOrder(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    const [x, y] = [a[at] as string, b[at] as string];
    if (x === y) continue;
    const [xLetter, yLetter] = [LETTER.test(x), LETTER.test(y)];
    if (xLetter && yLetter) return code(x) - code(y);
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    const start = (x === "0" || y === "0") && withinNumber(a, at) ? 1 : 0;
    const [xNumber, xEnd] = numberAt(a, at, start);
    const [yNumber, yEnd] = numberAt(b, at, start);
    return xNumber - yNumber || xEnd - yEnd || code(x) - code(y);
  }
  return a.length - b.length;
}
