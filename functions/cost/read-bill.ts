import { asFault, type BillFault, type BillRemark, placeText } from "../../shared/core/cost/focus/fault.ts";
import { type BillReader, type BillReaderOptions, billReader } from "../../shared/core/cost/focus/reader.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { billText, eachBillOnce } from "./bill-files.ts";
import { sameBytes } from "./same-bytes.ts";

export interface ReadBillOptions extends Omit<BillReaderOptions, "source"> {
  /** Where "-" is read from. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

export interface BillFileInfo {
  readonly file: string;
  readonly rowsRead: number;
  readonly rejected: number;
}

/** A row that was left out. */
export interface RejectedRow extends BillFault {
  readonly file: string;
}
export interface FileRemark extends BillRemark {
  readonly file: string;
}

/** What was read so far; whole when all charges were taken. */
export interface BillInfo {
  readonly files: readonly BillFileInfo[];
  readonly rowsRead: number;
  readonly rejected: number;
  /** The first of them. */
  readonly faults: readonly RejectedRow[];
  readonly remarks: readonly FileRemark[];
}

export interface Bill extends AsyncIterable<readonly Charge[]> {
  readonly info: () => BillInfo;
}

/** Rows left out that are named one by one; what a bill has beyond these is counted. */
const MAX_TOLD = 10_000;

/**
 * Charges of a bill: a file (CSV, .gz, .zst, Parquet), a folder of them, a pattern, "-" for standard input, or several of these. Each file once,
 * however often it is named or copied. They come a piece at a time.
 *
 * @throws HeadgateError while it is read: `bill.invalid` with every fault that was found (at the end of its file, before the next is begun),
 * `input.invalid` where there is no such file
 */
export function readBill(paths: string | readonly string[], options: ReadBillOptions = {}): Bill {
  const files: BillFileInfo[] = [];
  const faults: RejectedRow[] = [];
  const remarks: FileRemark[] = [];
  async function* charges(): AsyncGenerator<readonly Charge[]> {
    const all = await eachBillOnce(typeof paths === "string" ? [paths] : paths);
    const copies = await sameBytes(all);
    for (const file of all) {
      const original = copies.get(file);
      if (original !== undefined) {
        remarks.push({ file, row: 0, line: 0, message: `has the very bytes of ${original}: counted once`, times: 1 });
        continue;
      }
      const listed = options.skipBad === true ? { maxFaults: MAX_TOLD } : {};
      const reader = billReader({ ...listed, ...options, source: file });
      yield* chargesOf(file, reader, options);
      files.push({ file, rowsRead: reader.rowsRead, rejected: reader.faultCount });
      for (const fault of reader.faults) if (faults.length < MAX_TOLD) faults.push({ ...fault, file });
      for (const remark of reader.remarks) if (remarks.length < MAX_TOLD) remarks.push({ ...remark, file });
    }
  }
  return {
    [Symbol.asyncIterator]: charges,
    info: () => ({
      files,
      rowsRead: files.reduce((all, one) => all + one.rowsRead, 0),
      rejected: files.reduce((all, one) => all + one.rejected, 0),
      faults,
      remarks,
    }),
  };
}

async function* chargesOf(
  file: string,
  reader: BillReader,
  options: ReadBillOptions,
): AsyncGenerator<readonly Charge[]> {
  const { kind, text } = await billText(file, options.stdin ?? nothing());
  for await (const piece of kind === "parquet" ? parquetText(file) : text) {
    const charges = reader.push(piece);
    if (reader.stopped) break;
    if (charges.length > 0) yield charges;
  }
  const rest = reader.end();
  if (reader.faultCount > 0 && (options.skipBad !== true || reader.fatal)) throw refusal(file, reader);
  if (rest.length > 0) yield rest;
}

/** A cell in quotes, as CSV has it. */
const quoted = (cell: string | null): string => (cell === null ? "" : `"${cell.replaceAll('"', '""')}"`);

/** Rows of a table as CSV, which the one reader of bills takes. */
export const csvOf = (rows: readonly (readonly (string | null)[])[]): string =>
  rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");

/** Rows of Parquet as the reader takes them: columnar files too are read by the one set of rules. */
export async function* parquetText(file: string): AsyncGenerator<string> {
  if (file === "-")
    throw new HeadgateError(
      "input.invalid",
      "standard input is Parquet, which is read from its end: save it as a file",
    );
  const { parquetRows } = await import("../../shared/edge/duckdb-parquet.ts").catch((cause: unknown) => {
    throw new HeadgateError(
      "query.unavailable",
      "Parquet is read by DuckDB, which is not there (deployed functions have none): export as CSV, or ask Athena",
      { cause },
    );
  });
  let begun = false;
  for await (const { columns, rows } of parquetRows(file)) {
    if (!begun) yield csvOf([columns]);
    begun = true;
    if (rows.length > 0) yield csvOf(rows);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** All that was found, so that a bill is mended once and not fault by fault. */
export function refusal(file: string, { faults, faultCount, fatal }: BillReader): HeadgateError {
  const [first] = faults;
  const name = file === "-" ? "standard input" : file;
  const where = first
    ? `${placeText(first)} (line ${first.line}): ${first.found === undefined ? "" : `${first.found} `}${first.message}`
    : "";
  const more = faultCount > 1 ? `, and ${faultCount - 1} more` : "";
  const hint = fatal ? "" : "; --skip-bad leaves such rows out and lists them";
  return new HeadgateError("bill.invalid", `${name}: ${where}${more}${hint}`, {
    faults: faults.map((fault) => asFault(fault, name)),
  });
}
