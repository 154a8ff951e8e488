import { csvCells } from "../../kernel/csv.ts";
import type { Fault } from "../../kernel/errors.ts";
import { parseInstant } from "../../kernel/instant.ts";
import type { RecordedCall } from "./what-if.ts";

export type CallsResult =
  | { readonly ok: true; readonly calls: readonly RecordedCall[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

type Fields = Readonly<Record<string, unknown>>;
type Column = "at" | "ok" | "ms";

/** Names that recordings have for the three, in lower case; the first is ours. */
const NAMES: Readonly<Record<Column, readonly string[]>> = {
  at: ["at", "timestamp", "time", "ts", "start"],
  ok: ["ok", "success", "succeeded", "outcome", "result", "status", "status_code", "error", "failed"],
  ms: ["ms", "duration_ms", "durationms", "latency_ms", "latencyms", "duration", "latency", "elapsed"],
};
const YES = new Set(["true", "1", "ok", "success", "succeeded", "yes", "y", "pass", "passed"]);
const NO = new Set(["false", "0", "error", "failure", "failed", "fail", "no", "n", "timeout"]);
const MOST_FAULTS = 20;
const MAX_MS = 86_400_000;

/**
 * Reads recorded calls: CSV with the header `at,ok,ms` (columns in any order, further ones are left alone) or JSON, one object a line or
 * one array. `at`: ISO 8601 or epoch seconds or milliseconds; `ok`: true or false, 1 or 0, or a `status` of HTTP (below 500 succeeds);
 * `ms`: absent is 0. What is wrong is told with its line; nothing is skipped.
 */
export function parseCalls(text: string): CallsResult {
  const clean = text.replace(/^\uFEFF/, "");
  const faults: Fault[] = [];
  let hidden = 0;
  const fault = (one: Fault): void => {
    if (faults.length < MOST_FAULTS) faults.push(one);
    else hidden += 1;
  };
  const calls: RecordedCall[] = [];
  for (const { fields, line } of /^\s*[[{]/.test(clean) ? jsonRows(clean, fault) : csvRows(clean, fault)) {
    const call = callOf(fields, line, fault);
    if (call) calls.push(call);
  }
  if (faults.length === 0 && calls.length === 0)
    fault({ path: "outcomes", message: "there is not one call in it", allowed: "at,ok,ms, one call a line" });
  if (faults.length === 0) return { ok: true, calls };
  const rest = hidden === 0 ? [] : [{ path: "outcomes", message: `and ${hidden} more faults` }];
  return { ok: false, faults: [...faults, ...rest] };
}

interface Row {
  readonly fields: Fields;
  readonly line: number;
}

function* csvRows(text: string, fault: (one: Fault) => void): Generator<Row> {
  const lines = text.split(/\r\n|\n|\r/);
  const first = csvCells(lines[0] ?? "")?.map((cell) => cell.text.toLowerCase()) ?? [];
  const headed = first.some((name) => NAMES.at.includes(name));
  const heads = headed ? first : NAMES.at.slice(0, 1).concat("ok", "ms");
  for (let index = headed ? 1 : 0; index < lines.length; index += 1) {
    const line = lines[index] as string;
    if (line.trim() === "" || line.startsWith("#")) continue;
    const cells = csvCells(line);
    if (cells)
      yield { fields: Object.fromEntries(cells.map(({ text: cell }, at) => [heads[at] ?? "", cell])), line: index + 1 };
    else fault({ path: "row", message: `row ${index + 1}: a quote is not closed`, line: index + 1 });
  }
}

function* jsonRows(text: string, fault: (one: Fault) => void): Generator<Row> {
  const isList = text.trimStart().startsWith("[");
  const pieces = isList ? [text] : text.split(/\r\n|\n|\r/);
  for (const [index, piece] of pieces.entries()) {
    if (piece.trim() === "") continue;
    try {
      const read: unknown = JSON.parse(piece);
      const rows = Array.isArray(read) && isList ? read : [read];
      for (const [at, row] of rows.entries()) yield { fields: lowered(row), line: isList ? at + 1 : index + 1 };
    } catch {
      fault({ path: "row", message: `row ${index + 1} is no JSON`, line: index + 1, value: piece.slice(0, 60) });
    }
  }
}

const lowered = (row: unknown): Fields =>
  typeof row === "object" && row !== null
    ? Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))
    : {};

/** The first column that is there. */
function columnOf(fields: Fields, column: Column): { readonly name: string; readonly value: unknown } | undefined {
  const name = NAMES[column].find((one) => fields[one] !== undefined && fields[one] !== null && fields[one] !== "");
  return name === undefined ? undefined : { name, value: fields[name] };
}

function callOf(fields: Fields, line: number, fault: (one: Fault) => void): RecordedCall | undefined {
  const [at, ok, ms] = (["at", "ok", "ms"] as const).map((column) => columnOf(fields, column));
  const wrong = (path: Column, given: typeof at, allowed: string): undefined => {
    const value = given === undefined ? {} : { value: String(given.value).slice(0, 60) };
    const what =
      given === undefined ? "is missing" : `${JSON.stringify(String(given.value).slice(0, 60))} cannot be read`;
    fault({ path, message: `row ${line}: ${path} ${what}`, line, ...value, allowed });
  };
  const instant = parseInstant(String(at?.value ?? ""));
  const succeeded = ok && verdictOf(ok.name, ok.value);
  const took = ms === undefined ? 0 : Number(ms.value);
  if (!instant) return wrong("at", at, "ISO 8601 (1998-06-08T00:00:00Z) or epoch seconds or milliseconds");
  if (succeeded === undefined) return wrong("ok", ok, "true or false, 1 or 0, or an HTTP status in a column status");
  if (!(took >= 0 && took <= MAX_MS)) return wrong("ms", ms, `milliseconds 0..${MAX_MS}`);
  return { at: instant.at, ok: succeeded, ms: took };
}

function verdictOf(name: string, value: unknown): boolean | undefined {
  const text = String(value).toLowerCase();
  if (name.startsWith("status") && /^[1-5]\d\d$/.test(text)) return Number(text) < 500;
  const says = YES.has(text) ? true : NO.has(text) ? false : undefined;
  // A column "error" or "failed" says the opposite, and any text in "error" is one.
  if (name === "error") return says === undefined ? false : !says;
  return says !== undefined && name === "failed" ? !says : says;
}
