import { asFault, placeText } from "../../shared/core/cost/focus/fault.ts";
import { type UtilizationReader, utilizationReader } from "../../shared/core/cost/utilization/read.ts";
import type { Measured, UtilizationTable } from "../../shared/core/cost/utilization/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { billText, eachBillOnce } from "./bill-files.ts";
import type { RejectedRow } from "./read-bill.ts";

export interface UtilizationInfo {
  readonly files: readonly { readonly file: string; readonly table: UtilizationTable; readonly rowsRead: number }[];
  readonly rejected: number;
  /** The first of them. */
  readonly faults: readonly RejectedRow[];
}

export interface UtilizationRows extends AsyncIterable<readonly Measured[]> {
  /** What was read so far; whole when all rows were taken. */
  readonly info: () => UtilizationInfo;
}

const MAX_TOLD = 200;

export interface ReadUtilizationOptions {
  readonly skipBad?: boolean;
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Only files of this one; others are not read past their header. */
  readonly table?: UtilizationTable;
}

/**
 * Rows of the platform's tables `cost_metrics` and `resource_utilization`, which of the two told by the header: a CSV file (also .gz, .zst), a
 * folder of them, a pattern, "-" for standard input, or several of these.
 *
 * @throws HeadgateError while it is read: `bill.invalid` with file, row, column; `input.invalid` where there is no such file
 */
export function readUtilization(paths: readonly string[], options: ReadUtilizationOptions = {}): UtilizationRows {
  const files: UtilizationInfo["files"][number][] = [];
  const faults: RejectedRow[] = [];
  let rejected = 0;
  async function* rows(): AsyncGenerator<readonly Measured[]> {
    next: for (const file of await eachBillOnce(paths)) {
      const reader = utilizationReader();
      const { kind, text } = await billText(file, options.stdin ?? nothing());
      if (kind === "parquet") {
        await text.return(undefined);
        throw new HeadgateError("bill.invalid", `${file} is Parquet; tables of utilisation are CSV (also .gz, .zst)`);
      }
      for await (const piece of text) {
        const made = reader.push(piece);
        if (reader.fatal) break;
        if (options.table !== undefined && reader.table !== undefined && reader.table !== options.table) continue next;
        if (made.length > 0) yield made;
      }
      const rest = reader.end();
      if (reader.faultCount > 0 && (options.skipBad !== true || reader.fatal)) throw refusal(file, reader);
      if (rest.length > 0) yield rest;
      rejected += reader.faultCount;
      for (const fault of reader.faults) if (faults.length < MAX_TOLD) faults.push({ ...fault, file });
      files.push({ file, table: reader.table ?? "cost_metrics", rowsRead: reader.rowsRead });
    }
  }
  return { [Symbol.asyncIterator]: rows, info: () => ({ files, rejected, faults }) };
}

/** Which of the two tables the files are, each with the columns that the platform does not name. @throws HeadgateError as {@link readUtilization} */
export async function moreColumns(paths: readonly string[]): Promise<ReadonlyMap<UtilizationTable, readonly string[]>> {
  const found = new Map<UtilizationTable, readonly string[]>();
  for (const file of await eachBillOnce(paths)) {
    const reader = utilizationReader();
    const { text } = await billText(file, nothing());
    for await (const piece of text) {
      reader.push(piece);
      if (reader.fatal || reader.table !== undefined) break;
    }
    if (reader.table === undefined) reader.end();
    if (reader.table === undefined) throw refusal(file, reader);
    found.set(reader.table, [...new Set([...(found.get(reader.table) ?? []), ...reader.more])]);
  }
  return found;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function refusal(file: string, { faults, faultCount }: UtilizationReader): HeadgateError {
  const [first] = faults;
  const name = file === "-" ? "standard input" : file;
  const where = first
    ? `${placeText(first)} (line ${first.line}): ${first.found === undefined ? "" : `${first.found} `}${first.message}`
    : "";
  return new HeadgateError("bill.invalid", `${name}: ${where}${faultCount > 1 ? `, and ${faultCount - 1} more` : ""}`, {
    faults: faults.map((fault) => asFault(fault, name)),
  });
}
