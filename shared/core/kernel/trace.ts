import { type Cell, csvCells } from "./csv.ts";
import type { Fault } from "./errors.ts";
import { type Instant, type InstantForm, parseInstant } from "./instant.ts";
import type { Point } from "./reading.ts";
import { type DurationMs, iso } from "./time.ts";
import {
  DECIMAL,
  faultList,
  MAX_TRACE_ROWS,
  medianStep,
  shorten,
  TRACE_VALUE,
  valueFault,
  warnOfGaps,
} from "./trace-points.ts";

/** A recorded load: `value` is the work that arrived in the interval which starts at the point. */
export interface Trace {
  /** At least two, strictly ascending, finite, not negative. Gaps are left out, never filled in. */
  readonly points: readonly Point[];
  /** Median distance of neighbouring points. */
  readonly stepMs: DurationMs;
}

export type TraceResult =
  | {
      readonly ok: true;
      readonly trace: Trace;
      readonly warnings: readonly Fault[];
      /** What was done with the input, in sentences: "3 series are summed". */
      readonly notes?: readonly string[];
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface TraceOptions {
  /** Faults (and warnings) that are spelled out; the rest is one line with their count. */
  readonly maxFaults?: number;
  /** More rows than this are refused. Default 2,000,000. */
  readonly maxRows?: number;
  /** Which series of several: `label=value` of Prometheus (more labels after commas), Id or label of CloudWatch. A CSV has one. */
  readonly series?: string;
}

const HEADER = "timestamp,value";
const TIMESTAMP = "ISO 8601 (1998-06-08T00:00:00Z) or epoch seconds or milliseconds";

/**
 * Reads a trace: CSV with the header `timestamp,value` (RFC 4180 quotes, CRLF and a byte order mark are fine). All stamps
 * of a file are of one form, strictly ascending; an ISO stamp without zone is UTC (with a warning). Gaps are allowed and
 * named in `warnings`. Anything else that is wrong is a fault with row (1-based line), column name, value and what is
 * allowed. Nothing is skipped, repaired or read as zero. Never throws.
 */
export function parseTrace(text: string, options: TraceOptions = {}): TraceResult {
  const maxFaults = options.maxFaults ?? 20;
  const faults = faultList(maxFaults, "fault");
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines.at(-1)?.trim() === "") lines.pop();
  checkHeader(lines[0], faults.add);
  const rows = readRows(lines, options.maxRows ?? MAX_TRACE_ROWS, faults.add);
  if (faults.size() === 0 && rows.points.length < 2) {
    faults.add({
      path: "trace",
      message: `the trace has ${rows.points.length} data rows`,
      allowed: "at least 2 rows below the header",
    });
  }
  if (faults.size() > 0) return { ok: false, faults: faults.all() };
  const stepMs = medianStep(rows.points);
  return { ok: true, trace: { points: rows.points, stepMs }, warnings: warnings(rows, stepMs, maxFaults) };
}

interface Rows {
  readonly points: Point[];
  /** 1-based line of each point. */
  readonly lines: number[];
  /** Line of the first ISO stamp that names no zone. */
  readonly unzonedLine?: number;
}

type Report = (fault: Fault) => void;

function checkHeader(line: string | undefined, fault: Report): void {
  const cells = line === undefined ? [] : (csvCells(line) ?? []);
  if (cells.map((cell) => cell.text.toLowerCase()).join(",") === HEADER) return;
  const empty = line === undefined || line.trim() === "";
  fault({
    path: "header",
    message: `row 1: ${empty ? "the header is missing" : "this is not the header"}`,
    line: 1,
    column: 1,
    ...(empty ? {} : { value: shorten(line) }),
    allowed: HEADER,
  });
}

function readRows(lines: readonly string[], maxRows: number, fault: Report): Rows {
  const points: Point[] = [];
  const lineOf: number[] = [];
  let form: InstantForm | undefined;
  let unzonedLine: number | undefined;
  // The newest stamp that was in order: one stray stamp must not fault every row after it.
  let last: { readonly instant: Instant; readonly line: number } | undefined;
  for (let index = 1; index < lines.length; index += 1) {
    const line = index + 1;
    if (index > maxRows) {
      fault({
        path: "trace",
        message: `row ${line}: the trace has ${lines.length - 1} rows`,
        line,
        allowed: `at most ${maxRows} rows`,
      });
      break;
    }
    const cells = readCells(lines[index] as string, line, fault);
    if (!cells) continue;
    const [stamp, cell] = cells;
    const value = readValue(cell, line, fault);
    const instant = readStamp(stamp, line, fault);
    if (!instant) continue;
    form ??= instant.form;
    if (instant.form !== form) {
      fault(
        at(
          "timestamp",
          stamp,
          line,
          `is in ${words(instant.form)}, the rows above are in ${words(form)}`,
          "one form in a whole file",
        ),
      );
      continue;
    }
    if (last && instant.at <= last.instant.at) {
      const how = instant.at === last.instant.at ? "repeats the stamp" : "goes back behind the stamp";
      fault(at("timestamp", stamp, line, `${how} of row ${last.line}`, `later than ${iso(last.instant.at)}`));
      continue;
    }
    last = { instant, line };
    if (!instant.zoned) unzonedLine ??= line;
    if (value === undefined) continue;
    points.push({ at: instant.at, value });
    lineOf.push(line);
  }
  return { points, lines: lineOf, ...(unzonedLine === undefined ? {} : { unzonedLine }) };
}

function readCells(text: string, line: number, fault: Report): readonly [Cell, Cell] | undefined {
  const cells = csvCells(text);
  const path = "row";
  if (text.trim() === "") {
    fault({ path, message: `row ${line}: the row is empty`, line, column: 1, allowed: HEADER });
  } else if (!cells) {
    fault({
      path,
      message: `row ${line}: a quote is not closed`,
      line,
      column: 1,
      value: shorten(text),
      allowed: HEADER,
    });
  } else if (cells.length !== 2) {
    fault({
      path,
      message: `row ${line}: ${cells.length} ${cells.length === 1 ? "column" : "columns"}`,
      line,
      column: 1,
      value: shorten(text),
      allowed: `2 columns: ${HEADER}`,
    });
  } else {
    return cells as unknown as readonly [Cell, Cell];
  }
  return undefined;
}

function readStamp(cell: Cell, line: number, fault: Report): Instant | undefined {
  const instant = parseInstant(cell.text);
  if (!instant) fault(at("timestamp", cell, line, cell.text === "" ? "is empty" : "is not a timestamp", TIMESTAMP));
  return instant;
}

function readValue(cell: Cell, line: number, fault: Report): number | undefined {
  const value = DECIMAL.test(cell.text) ? Number(cell.text) : undefined;
  const wrong = cell.text === "" ? "is empty" : valueFault(value);
  if (wrong === undefined) return value === 0 ? 0 : value;
  fault(at("value", cell, line, wrong, TRACE_VALUE));
  return undefined;
}

function at(name: "timestamp" | "value", cell: Cell, line: number, what: string, allowed: string): Fault {
  const value = shorten(cell.text);
  const shown = value === "" ? "" : ` "${value}"`;
  return {
    path: name,
    message: `row ${line}, column "${name}":${shown} ${what}`,
    line,
    column: cell.column,
    value,
    allowed,
  };
}

function warnings(rows: Rows, stepMs: DurationMs, maxWarnings: number): readonly Fault[] {
  const found = faultList(maxWarnings, "warning");
  if (rows.unzonedLine !== undefined) {
    found.add({
      path: "timestamp",
      message: `row ${rows.unzonedLine}, column "timestamp": names no time zone and is read as UTC`,
      line: rows.unzonedLine,
      allowed: 'a stamp that ends in "Z" or an offset such as +02:00',
    });
  }
  const placeOf = (index: number) => {
    const line = rows.lines[index] as number;
    return { path: "timestamp", said: `row ${line}, column "timestamp"`, line };
  };
  warnOfGaps(rows.points, stepMs, placeOf, found);
  return found.all();
}

const words = (form: InstantForm): string => (form === "iso" ? "ISO 8601" : `epoch ${form}`);
