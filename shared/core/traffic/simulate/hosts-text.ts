import { csvCells } from "../../kernel/csv.ts";
import { hostField } from "./host-fields.ts";

/** A document read from text; or what is wrong with the text, by line. */
export type TextRead =
  /** `lines`: where each item of a list stands, from 1, where the format has a line for each. */
  | { readonly ok: true; readonly value: unknown; readonly lines?: readonly number[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/** Lines that say something, with their numbers from 1. */
const linesIn = (text: string): readonly (readonly [number, string])[] =>
  text.split(/\r?\n/).flatMap((line, index) => (/^\s*(#|$)/.test(line) ? [] : [[index + 1, line] as const]));

/** One JSON value a line. Undefined where the first line is none. */
function jsonLines(text: string): TextRead | undefined {
  const lines = linesIn(text);
  const first = lines[0]?.[1].trim() ?? "";
  if (!first.startsWith("{") || !parsed(first)) return undefined;
  const items: unknown[] = [];
  for (const [line, one] of lines) {
    const item = parsed(one);
    if (!item) return { ok: false, line, message: "is no JSON" };
    items.push(item.value);
  }
  return { ok: true, value: items, lines: lines.map(([line]) => line) };
}

/** Whether a line is a row of a table: commas, and nothing that YAML or JSON would begin with. */
const isRow = (line: string): boolean => line.includes(",") && !/^\s*[[{\-&*!|>%@`]/.test(line) && !/:\s/.test(line);

const COLUMNS = ["host", "port", "weight"];

/** A table with a header of field names, or without one: host (or host:port), then port and weight. Undefined where it is no table. */
function csvTable(text: string): TextRead | undefined {
  const lines = linesIn(text);
  const head = lines[0]?.[1];
  if (head === undefined || !isRow(head)) return undefined;
  const names = csvCells(head)?.map((cell) => cell.text);
  const headed = names?.some((name) => hostField(name)) === true;
  const rows = headed ? lines.slice(1) : lines;
  const items: Record<string, string>[] = [];
  for (const [line, row] of rows) {
    const cells = csvCells(row)?.map((cell) => cell.text);
    if (!cells) return { ok: false, line, message: "a quote is not closed" };
    const hasPort = !headed && /:\d+$/.test(cells[0] ?? "");
    const columns = headed ? (names ?? []) : hasPort ? COLUMNS.filter((name) => name !== "port") : COLUMNS;
    if (cells.length > columns.length)
      return { ok: false, line, message: `has ${cells.length} columns of ${columns.length}` };
    items.push(Object.fromEntries(cells.map((cell, index) => [columns[index] as string, cell])));
  }
  return { ok: true, value: items, lines: rows.map(([line]) => line) };
}

/**
 * A document from the text of a file: JSON, JSON lines, CSV, or whatever `readYaml` makes of the rest (a list of lines "host:port" is
 * a text in YAML). What it is, is seen from its content: names of files lie.
 */
export function documentIn(text: string, readYaml: (text: string) => TextRead): TextRead {
  const bare = text.replace(/^\uFEFF/, "");
  if (bare.trim() === "") return { ok: true, value: [] };
  const json = parsed(bare);
  if (json) return { ok: true, value: json.value };
  return jsonLines(bare) ?? csvTable(bare) ?? readYaml(bare);
}
