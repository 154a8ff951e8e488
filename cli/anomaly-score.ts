import type { NamedDetector } from "../shared/core/anomaly/detectors.ts";
import { type Row, readRow } from "../shared/core/anomaly/row.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Io, plain } from "./io.ts";
import { linesOf } from "./lines.ts";

/** Rows that cannot be read and are named one by one; the rest is counted. */
const MOST_NAMED = 20;

interface Counts {
  rows: number;
  bad: number;
}

/**
 * Scores a table row by row as it comes: the same timestamp and value, and a score. A row that cannot be read goes through with an
 * empty score and is named on standard error: nothing is lost, and nothing is made up. Blank lines and lines that begin with "#"
 * go through as they are. The output has a header where the input has one.
 *
 * Answers the exit status. With `--json` what goes wrong after the first row ends the one document that has begun, as `error` in it.
 *
 * @throws HeadgateError `input.invalid` where nothing was written yet, or without `--json`; also where not one row can be read
 */
export async function scoreTable(io: Io, path: string | undefined, detector: NamedDetector): Promise<0 | 2> {
  const counts: Counts = { rows: 0, bad: 0 };
  const started = { document: false };
  let fault: HeadgateError | undefined;
  try {
    if (!(await rows(io, path, detector, counts, started))) return 0;
    if (counts.rows === 0 && counts.bad > 0)
      fault = new HeadgateError("input.invalid", "not one row could be read; wanted: timestamp,value");
  } catch (error) {
    if (!(error instanceof HeadgateError) || !started.document) throw error;
    fault = error;
  }
  if (counts.bad > MOST_NAMED) io.note(`and ${counts.bad - MOST_NAMED} more rows that cannot be read`);
  if (fault && !io.json) throw fault;
  if (io.json) {
    const told = fault ? `,"error":${JSON.stringify({ code: fault.code, message: fault.message })}` : "";
    const begun = started.document ? "" : HEAD;
    await io.stream(`${begun}],"scored":${counts.rows},"unreadable":${counts.bad}${told}}\n`);
  }
  if (!fault) return 0;
  io.note(`headgate: ${plain(fault.message)}`);
  return 2;
}

const HEAD = '{"rows":[';

/** False when nobody reads the output any more. */
async function rows(
  io: Io,
  path: string | undefined,
  detector: NamedDetector,
  counts: Counts,
  started: { document: boolean },
): Promise<boolean> {
  const write = io.json ? jsonRow : csvRow;
  let line = 0;
  for await (const lines of linesOf(io, path)) {
    // Not before the input could be opened: what goes wrong there has a document of its own.
    let out = io.json && !started.document ? HEAD : "";
    for (const text of lines) {
      line += 1;
      const row = readRow(line === 1 ? text.replace(/^\uFEFF/, "") : text, line === 1);
      const score = row.kind === "point" ? detector.push(row.at, row.number) : undefined;
      if (row.kind === "point") counts.rows += 1;
      if (row.kind === "bad") name(io, row, line, counts);
      out += write(text, row, score, counts.rows + counts.bad === 1);
    }
    if (io.json) started.document = true;
    if (out !== "" && !(await io.stream(out))) return false;
  }
  return true;
}

function csvRow(text: string, row: Row, score: number | undefined): string {
  switch (row.kind) {
    case "point":
      return `${row.timestamp},${row.value},${score}\n`;
    case "header":
      return "timestamp,value,score\n";
    case "empty":
      return `${text}\n`;
    case "bad": {
      const given = text.replace(/\r$/, "");
      return row.column === "row" && !given.includes(",") ? `${given},,\n` : `${given},\n`;
    }
  }
}

function jsonRow(text: string, row: Row, score: number | undefined, first: boolean): string {
  const comma = first ? "\n" : ",\n";
  if (row.kind === "point") return `${comma}${JSON.stringify({ timestamp: row.timestamp, value: row.number, score })}`;
  return row.kind === "bad" ? `${comma}${JSON.stringify({ row: text.replace(/\r$/, ""), score: null })}` : "";
}

function name(io: Io, row: Extract<Row, { kind: "bad" }>, line: number, counts: Counts): void {
  counts.bad += 1;
  if (counts.bad > MOST_NAMED) return;
  const found = row.found === "" ? "" : ` ${JSON.stringify(plain(row.found))}`;
  io.note(`line ${line}: ${row.column}${found} ${row.why}; passed on without a score`);
}
