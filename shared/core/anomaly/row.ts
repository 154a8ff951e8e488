import { csvCells } from "../kernel/csv.ts";
import { parseInstant } from "../kernel/instant.ts";
import type { Millis } from "../kernel/time.ts";

/** One line of a CSV with the columns timestamp and value. */
export type Row =
  /** `timestamp` and `value` are the cells as they were given, quotes and all. */
  | {
      readonly kind: "point";
      readonly at: Millis;
      readonly number: number;
      readonly timestamp: string;
      readonly value: string;
    }
  | { readonly kind: "header" }
  /** Blank, or a comment: nothing is wrong with it and nothing is in it. */
  | { readonly kind: "empty" }
  | {
      readonly kind: "bad";
      readonly column: "timestamp" | "value" | "row";
      readonly why: string;
      readonly found: string;
    };

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/**
 * Reads one line (without its end). Values may be negative; a missing value, NaN and infinities are no points. Further columns are
 * passed over. Never throws.
 *
 * @param first the first line of the input may be a header: any text that is no timestamp
 */
export function readRow(line: string, first: boolean): Row {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (text.trim() === "" || text.startsWith("#")) return { kind: "empty" };
  const cells = text.includes('"') ? csvCells(text)?.map((cell) => cell.text) : plainCells(text);
  if (!cells) return bad("row", "a quote is not closed", text);
  const [timestamp = "", value] = cells;
  const instant = parseInstant(timestamp);
  if (first && !instant && /[A-Za-z_]/.test(timestamp) && !/^\d{4}/.test(timestamp)) {
    // Without this a whole file would pass for its header.
    return text.includes("\r")
      ? bad("row", "the lines end with CR alone; LF or CRLF is needed", text)
      : { kind: "header" };
  }
  if (value === undefined) return bad("row", "there is only one column; columns are separated by commas", text);
  if (!instant) return bad("timestamp", "is no ISO 8601 instant and no epoch number", timestamp);
  if (!NUMBER.test(value)) return bad("value", value === "" ? "is empty" : "is no number", value);
  const number = Number(value);
  if (!Number.isFinite(number)) return bad("value", "is too large", value);
  return { kind: "point", at: instant.at, number, timestamp, value };
}

/** The first two columns without the cost of a whole CSV reader: nearly every line is of this kind. */
function plainCells(text: string): readonly string[] {
  const comma = text.indexOf(",");
  if (comma === -1) return [text.trim()];
  const next = text.indexOf(",", comma + 1);
  return [text.slice(0, comma).trim(), text.slice(comma + 1, next === -1 ? undefined : next).trim()];
}

const bad = (column: "timestamp" | "value" | "row", why: string, found: string): Row => ({
  kind: "bad",
  column,
  why,
  found: found.length <= 40 ? found : `${found.slice(0, 39)}…`,
});
