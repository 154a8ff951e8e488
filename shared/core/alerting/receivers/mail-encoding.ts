const LONGEST_LINE = 76;
/** An encoded word has 75 characters at most (RFC 2047), twelve of them around the content. */
const LONGEST_WORD = 63;

/** UTF-8 of a code point; of half a surrogate pair, which is no character, the replacement character's. */
function bytesOf(point: number): readonly number[] {
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 0x3f)];
  const known = point >= 0xd800 && point < 0xe000 ? 0xfffd : point;
  const tail = [0x80 | ((known >> 6) & 0x3f), 0x80 | (known & 0x3f)];
  return known < 0x10000
    ? [0xe0 | (known >> 12), ...tail]
    : [0xf0 | (known >> 18), 0x80 | ((known >> 12) & 0x3f), ...tail];
}

const hex = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
const encoded = (character: string): string =>
  bytesOf(character.codePointAt(0) ?? 0)
    .map(hex)
    .join("");

/**
 * A header's value: as it is when it is plain ASCII, else as encoded words of the Q encoding (RFC 2047), split as Go's mime package
 * does. Line ends are encoded like the rest: nothing in a value can begin another header.
 */
export function encodedWord(value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  const words: string[] = [];
  let word = "";
  for (const character of value) {
    const next = /[!-~]/.test(character) && !"=?_".includes(character) ? character : encoded(character);
    const piece = character === " " ? "_" : next;
    if (word.length + piece.length > LONGEST_WORD) {
      words.push(word);
      word = "";
    }
    word += piece;
  }
  return [...words, word].map((one) => `=?utf-8?q?${one}?=`).join(" ");
}

/** A text as quoted-printable (RFC 2045, 6.7): lines of at most 76 characters that end with CR LF, nothing but ASCII. */
export function quotedPrintable(text: string): string {
  const written: string[] = [];
  let line = "";
  const put = (piece: string): void => {
    // One place is kept for the "=" that says that the line goes on.
    if (line.length + piece.length > LONGEST_LINE - 1) {
      written.push(`${line}=`);
      line = "";
    }
    line += piece;
  };
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    if (index > 0) {
      written.push(line);
      line = "";
    }
    const blank = /[ \t]$/.test(raw) ? raw.slice(-1) : "";
    for (const character of raw.slice(0, raw.length - blank.length)) {
      if (/[\t -~]/.test(character) && character !== "=") put(character);
      // An encoded character may be split between its bytes, as Go's writer does.
      else for (const byte of bytesOf(character.codePointAt(0) ?? 0)) put(hex(byte));
    }
    // White space at the end of a line may get lost on the way.
    if (blank !== "") put(encoded(blank));
  }
  written.push(line);
  return written.join("\r\n");
}
