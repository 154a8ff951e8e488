/** A place in a body while it is read, and what was found wrong there. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  /** What is wrong; the place is `at`. */
  fault: string | undefined;
  /** Whether a label set holds the metric's name as its own quoted part. */
  named: boolean;
}

export const TAB = 9;
export const LF = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const COMMA = 44;
export const MINUS = 45;
const COLON = 58;
export const EQUAL = 61;
const BACKSLASH = 92;
export const OPEN = 123;
export const CLOSE = 125;

/** Bytes of a classic name: 1 may stand first, 2 may follow (a digit), 4 is the colon of metric names. */
const KINDS = new Uint8Array(256);
for (let byte = 0; byte < 26; byte += 1) KINDS[65 + byte] = KINDS[97 + byte] = 1;
KINDS[95] = 1;
for (let byte = 48; byte <= 57; byte += 1) KINDS[byte] = 2;
KINDS[COLON] = 4;

/** Steps over a classic name (metric names may have colons); whether there was one. */
export function skipName(cursor: Cursor, metric: boolean): boolean {
  const { bytes, end } = cursor;
  const inner = metric ? 7 : 3;
  if (cursor.at >= end || ((KINDS[bytes[cursor.at] as number] as number) & (metric ? 5 : 1)) === 0) return false;
  let at = cursor.at + 1;
  while (at < end && ((KINDS[bytes[at] as number] as number) & inner) !== 0) at += 1;
  cursor.at = at;
  return true;
}

/** Steps over blanks and tabs. */
export function skipBlanks(cursor: Cursor): void {
  const { bytes, end } = cursor;
  while (cursor.at < end && (bytes[cursor.at] === SPACE || bytes[cursor.at] === TAB)) cursor.at += 1;
}

/** Steps over `"…"` with backslash escapes; whether it was closed. */
export function skipQuoted(cursor: Cursor, lineBreaks: boolean): boolean {
  const { bytes, end } = cursor;
  if (bytes[cursor.at] !== QUOTE || cursor.at >= end) return false;
  for (let at = cursor.at + 1; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) {
      cursor.at = at + 1;
      return true;
    } else if (byte === LF && !lineBreaks) return false;
  }
  return false;
}

/** Says what is wrong at the cursor; always false. */
export function fail(cursor: Cursor, fault: string): false {
  cursor.fault ??= fault;
  return false;
}

/**
 * Steps over `{…}`. Text allows blanks between parts, OpenMetrics none. A quoted part without a value is the metric's name (UTF-8
 * names); it stands once, and only where no name stands before the braces.
 */
export function skipLabels(cursor: Cursor, strict: boolean): boolean {
  const { bytes, end } = cursor;
  const blanks = () => {
    if (!strict) skipBlanks(cursor);
  };
  cursor.at += 1;
  for (;;) {
    blanks();
    if (cursor.at >= end) return fail(cursor, "label set is not closed");
    if (bytes[cursor.at] === CLOSE) break;
    const quoted = bytes[cursor.at] === QUOTE;
    if (quoted ? !skipQuoted(cursor, !strict) : !skipName(cursor, false)) return fail(cursor, "expected label name");
    blanks();
    const next = bytes[cursor.at];
    if (quoted && (next === COMMA || next === CLOSE)) {
      if (cursor.named) return fail(cursor, "metric name already set");
      cursor.named = true;
      if (next === CLOSE) break;
      cursor.at += 1;
      continue;
    }
    if (next !== EQUAL) return fail(cursor, "expected equal");
    cursor.at += 1;
    blanks();
    if (!skipQuoted(cursor, !strict)) return fail(cursor, "expected label value");
    blanks();
    if (bytes[cursor.at] === COMMA) cursor.at += 1;
    else if (bytes[cursor.at] !== CLOSE || cursor.at >= end) return fail(cursor, "expected comma or brace close");
  }
  cursor.at += 1;
  return true;
}

/** Steps over a series: name, name with labels, or labels that hold the quoted name. */
export function skipSeries(cursor: Cursor, strict: boolean): boolean {
  const { bytes } = cursor;
  cursor.named = false;
  if (bytes[cursor.at] !== OPEN) {
    if (!skipName(cursor, true)) return fail(cursor, "expected a valid start token");
    cursor.named = true;
    const after = cursor.at;
    if (!strict) skipBlanks(cursor);
    if (cursor.at >= cursor.end || bytes[cursor.at] !== OPEN) {
      cursor.at = after;
      return true;
    }
  }
  if (!skipLabels(cursor, strict)) return false;
  return cursor.named || fail(cursor, "metric name is missing");
}
