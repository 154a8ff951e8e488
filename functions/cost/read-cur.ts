import { cellText, csvScanner } from "../../shared/core/cost/focus/csv.ts";
import { asFault, placeText } from "../../shared/core/cost/focus/fault.ts";
import { type CurReader, curReader } from "../../shared/core/cost/sources/cur.ts";
import { isCur } from "../../shared/core/cost/sources/cur-columns.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { billText } from "./bill-files.ts";
import { parquetText } from "./read-bill.ts";

export interface ReadCur extends AsyncIterable<readonly Charge[]> {
  readonly info: () => { readonly rowsRead: number; readonly rejected: number };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/**
 * Charges of one file of a Cost and Usage Report, a piece at a time.
 *
 * @throws HeadgateError while it is read: `bill.invalid` with every fault that was found, `input.invalid` where there is no such file
 */
export function readCur(path: string, options: { readonly skipBad?: boolean } = {}): ReadCur {
  const reader = curReader(options);
  async function* charges(): AsyncGenerator<readonly Charge[]> {
    const { kind, text } = await billText(path, nothing());
    for await (const piece of kind === "parquet" ? parquetText(path) : text) {
      const made = reader.push(piece);
      if (reader.stopped) break;
      if (made.length > 0) yield made;
    }
    const rest = reader.end();
    if (reader.faultCount > 0 && (options.skipBad !== true || reader.fatal)) throw refusal(path, reader);
    if (rest.length > 0) yield rest;
  }
  return {
    [Symbol.asyncIterator]: charges,
    info: () => ({ rowsRead: reader.rowsRead, rejected: reader.faultCount }),
  };
}

function refusal(path: string, { faults, faultCount }: CurReader): HeadgateError {
  const [first] = faults;
  const where = first ? `${placeText(first)} (line ${first.line}): ${first.found ?? ""} ${first.message}` : "";
  const more = faultCount > 1 ? `, and ${faultCount - 1} more` : "";
  return new HeadgateError("bill.invalid", `${path}: ${where}${more}`, {
    faults: faults.map((fault) => asFault(fault, path)),
  });
}

/** Whether a file begins with the header of a Cost and Usage Report. */
export async function looksLikeCur(path: string): Promise<boolean> {
  const { kind, text } = await billText(path, nothing());
  let found: boolean | undefined;
  const scanner = csvScanner(
    (row) => {
      found ??= isCur(Array.from({ length: row.count }, (_, cell) => cellText(row, cell).trim()));
      return false;
    },
    () => {
      found ??= false;
    },
  );
  for await (const piece of kind === "parquet" ? parquetText(path) : text) {
    scanner.push(piece);
    if (found !== undefined) return found;
  }
  scanner.end();
  return found ?? false;
}
