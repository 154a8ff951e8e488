import type { Basis, Charge } from "../types.ts";
import { type BillColumns, type BillField, FOCUS_COLUMNS, type Header, readHeader } from "./columns.ts";
import { type CsvRow, cellText, csvScanner } from "./csv.ts";
import type { DateOrder } from "./dates.ts";
import type { BillFault, BillRemark } from "./fault.ts";
import { rowReader } from "./row.ts";

export interface BillReaderOptions {
  /** Name of the file or stream, for those who read the faults. */
  readonly source?: string;
  /** Rows that cannot be read are left out and listed; without it the whole bill is refused. */
  readonly skipBad?: boolean;
  /** Money without which a row is of no use; absent: one of the two is enough. */
  readonly basis?: Basis;
  /** Other names of columns than FOCUS has. */
  readonly columns?: BillColumns;
  /** What is needed of a charge beside day, money of `basis` and currency; absent: everything. */
  readonly only?: ReadonlySet<keyof Charge>;
  /** How dates with slashes are written; absent: told from the file as a whole. */
  readonly dates?: DateOrder;
  /** Faults that are kept; further ones are counted. */
  readonly maxFaults?: number;
}

export interface BillReader {
  /** The next piece of text; answers the charges that are whole by now. */
  push(text: string): readonly Charge[];
  end(): readonly Charge[];
  readonly faults: readonly BillFault[];
  /** All, also those that are not kept. */
  readonly faultCount: number;
  readonly remarks: readonly BillRemark[];
  /** Below the header. */
  readonly rowsRead: number;
  /** No more will come of it: what it is no bill, or a quote never ends, or without `skipBad` there are enough faults. */
  readonly stopped: boolean;
  /** What it met is no matter of one row: nothing of the bill may be used, with `skipBad` neither. */
  readonly fatal: boolean;
  readonly header: Header | undefined;
}

const MAX_FAULTS = 100;
/** Without `skipBad` nothing of the bill is used: these are enough to be told at once. */
const ENOUGH = 20;

/**
 * Reads a bill in CSV as FOCUS 1.0–1.2 has it, a piece at a time. Pure: where the text comes from is its caller's affair.
 * `faults` must be looked at after `end`: with any and without `skipBad`, nothing of the bill may be used.
 */
export function billReader(options: BillReaderOptions = {}): BillReader {
  const columns = options.columns ?? FOCUS_COLUMNS;
  const faults: BillFault[] = [];
  const remarks = new Map<string, { -readonly [K in keyof BillRemark]: BillRemark[K] }>();
  const state = { faultCount: 0, rowsRead: 0, fatal: false };
  let header: Header | undefined;
  let out: Charge[] = [];
  let rows: ReturnType<typeof rowReader> | undefined;

  const onFault = (fault: BillFault, fatal = false): void => {
    state.faultCount += 1;
    if (faults.length < (options.maxFaults ?? MAX_FAULTS)) faults.push(fault);
    if (fatal) state.fatal = true;
  };
  const onRemark = (row: number, line: number, column: string | undefined, message: string): void => {
    const key = `${column ?? ""}\n${message}`;
    const known = remarks.get(key);
    if (known) known.times += 1;
    else if (remarks.size < MAX_FAULTS)
      remarks.set(key, { row, line, ...(column === undefined ? {} : { column }), message, times: 1 });
  };

  const begin = (row: CsvRow): boolean => {
    const names = Array.from({ length: row.count }, (_, cell) => cellText(row, cell).trim());
    const read = readHeader(names, columns);
    const at = { row: 0, line: row.line };
    if (read.doubled) {
      const [first, second] = read.doubled.at;
      const message = `is there twice, as columns ${first + 1} and ${second + 1}: which one holds cannot be told`;
      onFault({ ...at, column: read.doubled.name, columnNumber: second + 1, message }, true);
      return false;
    }
    const missing = missingOf(read.header, options, columns);
    for (const fault of missing) onFault({ ...at, ...fault }, true);
    if (missing.length > 0) return false;
    header = read.header;
    rows = rowReader(read.header, options, { onFault, onRemark, onCharge: (charge) => void out.push(charge) });
    return true;
  };

  const scanner = csvScanner(
    (row) => {
      if (rows === undefined) return begin(row);
      state.rowsRead += 1;
      rows.read(row, state.rowsRead);
      return options.skipBad === true ? !state.fatal : state.faultCount < ENOUGH;
    },
    ({ line, cell, message, final }) => {
      if (header !== undefined) state.rowsRead += 1;
      const column = header?.names[cell - 1];
      const fatal = final || header === undefined;
      onFault(
        { row: state.rowsRead, line, ...(column === undefined ? {} : { column }), columnNumber: cell, message },
        fatal,
      );
    },
  );
  const taken = (): readonly Charge[] => {
    const done = out;
    out = [];
    return done;
  };
  return {
    push(text) {
      scanner.push(text);
      return taken();
    },
    end() {
      scanner.end();
      if (header === undefined && !state.fatal)
        onFault({ row: 0, line: 1, message: "is empty: a bill begins with a row of column names" }, true);
      rows?.end();
      return taken();
    },
    faults,
    get faultCount() {
      return state.faultCount;
    },
    get remarks() {
      return [...remarks.values()];
    },
    get rowsRead() {
      return state.rowsRead;
    },
    get stopped() {
      return scanner.stopped();
    },
    get fatal() {
      return state.fatal;
    },
    get header() {
      return header;
    },
  };
}

/** What a bill cannot do without, and what the file has instead. */
function missingOf(
  { at, names }: Header,
  { basis }: BillReaderOptions,
  columns: BillColumns,
): readonly Pick<BillFault, "column" | "message" | "allowed">[] {
  const name = (field: BillField): string => columns[field]?.[0] ?? field;
  const has = (field: BillField) => at.has(field);
  const lacks: Pick<BillFault, "column" | "message" | "allowed">[] = [];
  if (names.some((one) => /^(lineItem\/|line_item_)/i.test(one))) {
    const message =
      "is missing: this is a Cost and Usage Report, not FOCUS; cost.sources of headgate.yaml reads it (cur: PATH)";
    return [{ column: name("start"), message }];
  }
  const seen = `the columns are ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
  if (!has("start")) lacks.push({ column: name("start"), message: `is missing; ${seen}` });
  if (basis !== undefined && !has(basis)) {
    const other = basis === "billed" ? "effective" : "billed";
    const hint = has(other) ? `; it has ${name(other)}: ask for --basis ${other}` : `; ${seen}`;
    lacks.push({ column: name(basis), message: `is missing${hint}` });
  } else if (!has("billed") && !has("effective")) {
    lacks.push({ column: name("billed"), message: `is missing, and ${name("effective")} too; ${seen}` });
  }
  return lacks;
}
