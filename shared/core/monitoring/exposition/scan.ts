import {
  type Cursor,
  fail,
  HASH,
  LF,
  MINUS,
  OPEN,
  QUOTE,
  SPACE,
  skipBlanks,
  skipLabels,
  skipName,
  skipQuoted,
  skipSeries,
  TAB,
} from "./lex.ts";
import { readNumber } from "./number.ts";

/** `text`: Prometheus text 0.0.4 and 1.0.0. `openmetrics`: OpenMetrics 0.0.1 and 1.0.0. */
export type ExpositionFormat = "text" | "openmetrics";

export type MetadataKind = "HELP" | "TYPE" | "UNIT";

/** Who takes what is read. */
export interface ExpositionSink {
  /** Length of the series at bytes[at] where it is the one expected next, which need not be read again; 0 where it is not. */
  expected?(bytes: Uint8Array, at: number): number;
  /**
   * A sample of the series bytes[start, end): cell[0] is the value, cell[1] its own timestamp in ms, NaN without one. A text
   * ends the reading with that fault.
   */
  sample(bytes: Uint8Array, start: number, end: number, cell: Float64Array): string | undefined;
  /** Name and text as they are written, escapes included. */
  metadata?(kind: MetadataKind, name: Uint8Array, text: Uint8Array): string | undefined;
}

/** Why a body was not read to its end. Everything before the place was given to the sink. */
export interface ExpositionFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

const TYPES: Readonly<Record<ExpositionFormat, readonly string[]>> = {
  text: ["counter", "gauge", "histogram", "summary", "untyped"],
  openmetrics: ["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"],
};

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const KEYWORDS: Readonly<Record<MetadataKind, Uint8Array>> = {
  HELP: ascii("HELP"),
  TYPE: ascii("TYPE"),
  UNIT: ascii("UNIT"),
};
const END = ascii("# EOF");
const EXEMPLAR = ascii(" # {");

function startsWith(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false;
  for (let index = 0; index < word.length; index += 1) if (bytes[at + index] !== word[index]) return false;
  return true;
}

const lineEnd = (cursor: Cursor): number => {
  const found = cursor.bytes.indexOf(LF, cursor.at);
  return found === -1 || found > cursor.end ? cursor.end : found;
};

const plain = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes.subarray(0, 60)) text += String.fromCharCode(byte);
  return text;
};

/** The rest of a line after HELP, TYPE or UNIT: a name, a blank, any text. */
function metadata(cursor: Cursor, kind: MetadataKind, format: ExpositionFormat, sink: ExpositionSink): boolean {
  const { bytes } = cursor;
  const from = cursor.at;
  if (!(bytes[from] === QUOTE ? skipQuoted(cursor, false) : skipName(cursor, true)))
    return fail(cursor, `expected metric name after ${kind}`);
  const name = bytes.subarray(from, cursor.at);
  const to = lineEnd(cursor);
  if (format === "openmetrics" && (cursor.at >= to || bytes[cursor.at] !== SPACE))
    return fail(cursor, `expected text in ${kind}`);
  const text = bytes.subarray(Math.min(cursor.at + 1, to), to);
  if (kind === "TYPE" && !TYPES[format].includes(plain(text)))
    return fail(cursor, `invalid metric type ${JSON.stringify(plain(text))}`);
  const fault = sink.metadata?.(kind, name, text);
  if (fault !== undefined) return fail(cursor, fault);
  cursor.at = to;
  return true;
}

/** Text: everything after a hash that is neither HELP nor TYPE is a comment. */
function textComment(cursor: Cursor, sink: ExpositionSink): boolean {
  const { bytes, end } = cursor;
  cursor.at += 1;
  const blank = bytes[cursor.at] === SPACE || bytes[cursor.at] === TAB;
  skipBlanks(cursor);
  for (const kind of ["HELP", "TYPE"] as const) {
    const after = bytes[cursor.at + 4];
    if (blank && startsWith(bytes, cursor.at, end, KEYWORDS[kind]) && (after === SPACE || after === TAB)) {
      cursor.at += 4;
      skipBlanks(cursor);
      return metadata(cursor, kind, "text", sink);
    }
  }
  cursor.at = lineEnd(cursor);
  return true;
}

function openMetricsComment(cursor: Cursor, sink: ExpositionSink): boolean {
  const { bytes, end } = cursor;
  for (const kind of ["HELP", "TYPE", "UNIT"] as const) {
    const at = cursor.at + 2;
    if (bytes[cursor.at + 1] === SPACE && startsWith(bytes, at, end, KEYWORDS[kind]) && bytes[at + 4] === SPACE) {
      cursor.at = at + 5;
      return metadata(cursor, kind, "openmetrics", sink);
    }
  }
  return fail(cursor, "expected HELP, TYPE, UNIT or EOF after #");
}

/** End of the token that begins at the cursor: blanks, line ends and (in text) braces end it. */
function tokenEnd(cursor: Cursor, strict: boolean): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  for (; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === SPACE || byte === LF || (!strict && (byte === TAB || byte === OPEN))) break;
  }
  return at;
}

/** Value and timestamp of a line of text. */
function textValues(cursor: Cursor, cell: Float64Array): boolean {
  const { bytes, end } = cursor;
  skipBlanks(cursor);
  let to = tokenEnd(cursor, false);
  if (to === cursor.at) return fail(cursor, "expected value after metric");
  if (!readNumber(bytes, cursor.at, to, cell)) return fail(cursor, "the value is no number");
  cell[1] = Number.NaN;
  cursor.at = to;
  skipBlanks(cursor);
  if (cursor.at >= end || bytes[cursor.at] === LF) return true;
  to = cursor.at;
  if (bytes[to] === MINUS) to += 1;
  const first = to;
  let stamp = 0;
  for (; to < end && (bytes[to] as number) >= 48 && (bytes[to] as number) <= 57; to += 1)
    stamp = stamp * 10 + ((bytes[to] as number) - 48);
  if (to === first || stamp >= 2 ** 63) return fail(cursor, "expected timestamp or new record");
  cell[1] = bytes[cursor.at] === MINUS ? -stamp : stamp;
  cursor.at = to;
  skipBlanks(cursor);
  return cursor.at >= end || bytes[cursor.at] === LF || fail(cursor, "expected next entry after timestamp");
}

/** An exemplar is checked and left out: ` # {labels} value [timestamp]`. */
function skipExemplar(cursor: Cursor, spare: Float64Array): boolean {
  const { bytes } = cursor;
  cursor.at += EXEMPLAR.length - 1;
  // Its labels have no metric name among them.
  cursor.named = true;
  if (!skipLabels(cursor, true)) return false;
  for (let part = 0; part < 2; part += 1) {
    if (bytes[cursor.at] !== SPACE) return part === 1 || fail(cursor, "expected value of an exemplar");
    cursor.at += 1;
    const to = tokenEnd(cursor, true);
    if (!readNumber(bytes, cursor.at, to, spare)) return fail(cursor, "no number in an exemplar");
    cursor.at = to;
  }
  return true;
}

/** Value, timestamp (seconds) and exemplar of a line of OpenMetrics: one blank before each. */
function openMetricsValues(cursor: Cursor, cell: Float64Array, spare: Float64Array): boolean {
  const { bytes, end } = cursor;
  if (bytes[cursor.at] !== SPACE || cursor.at >= end) return fail(cursor, "expected value after metric");
  cursor.at += 1;
  let to = tokenEnd(cursor, true);
  if (!readNumber(bytes, cursor.at, to, cell)) return fail(cursor, "the value is no number");
  cell[1] = Number.NaN;
  cursor.at = to;
  if (bytes[cursor.at] === SPACE && cursor.at < end && !startsWith(bytes, cursor.at, end, EXEMPLAR)) {
    cursor.at += 1;
    to = tokenEnd(cursor, true);
    if (!readNumber(bytes, cursor.at, to, spare) || !Number.isFinite(spare[0]))
      return fail(cursor, "invalid timestamp");
    cell[1] = Math.trunc((spare[0] as number) * 1000);
    cursor.at = to;
  }
  if (startsWith(bytes, cursor.at, end, EXEMPLAR) && !skipExemplar(cursor, spare)) return false;
  return bytes[cursor.at] === LF || fail(cursor, "expected next entry");
}

function lineOf(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (let index = bytes.indexOf(LF); index !== -1 && index < at; index = bytes.indexOf(LF, index + 1)) line += 1;
  return line;
}

function scanSeries(cursor: Cursor, strict: boolean, cell: Float64Array, spare: Float64Array, sink: ExpositionSink) {
  const start = cursor.at;
  const known = sink.expected?.(cursor.bytes, start) ?? 0;
  if (known > 0) cursor.at += known;
  else if (!skipSeries(cursor, strict)) return false;
  const end = cursor.at;
  if (!(strict ? openMetricsValues(cursor, cell, spare) : textValues(cursor, cell))) return false;
  const fault = sink.sample(cursor.bytes, start, end, cell);
  if (fault === undefined) return true;
  cursor.at = start;
  return fail(cursor, fault);
}

/** After `# EOF` nothing may follow but the end of its line. */
function ended(cursor: Cursor): boolean {
  cursor.at += END.length;
  if (cursor.bytes[cursor.at] === LF) cursor.at += 1;
  return cursor.at >= cursor.end || fail(cursor, "unexpected data after # EOF");
}

/**
 * Reads an exposition line by line into the sink, with the grammar of prometheus/model/textparse; undefined where all of it was
 * read. Never throws of itself, never looks at a byte more than a fixed number of times, allocates nothing per sample.
 */
export function scanExposition(
  bytes: Uint8Array,
  format: ExpositionFormat,
  sink: ExpositionSink,
): ExpositionFault | undefined {
  const cursor: Cursor = { bytes, end: bytes.length, at: 0, fault: undefined, named: false };
  const strict = format === "openmetrics";
  const cell = new Float64Array(2);
  const spare = new Float64Array(2);
  while (cursor.fault === undefined) {
    if (!strict) skipBlanks(cursor);
    if (cursor.at >= cursor.end) {
      if (strict) fail(cursor, "data does not end with # EOF");
      break;
    }
    const byte = bytes[cursor.at];
    if (byte === LF && !strict) cursor.at += 1;
    else if (byte !== HASH) scanSeries(cursor, strict, cell, spare, sink) && (cursor.at += 1);
    else if (!strict) textComment(cursor, sink) && (cursor.at += 1);
    else if (startsWith(bytes, cursor.at, cursor.end, END)) {
      ended(cursor);
      break;
    } else openMetricsComment(cursor, sink) && (cursor.at += 1);
  }
  if (cursor.fault === undefined) return undefined;
  return { line: lineOf(bytes, cursor.at), message: cursor.fault };
}
