import { add, type Decimal, ZERO } from "../../shared/core/cost/decimal.ts";
import { billReader } from "../../shared/core/cost/focus/reader.ts";
import type { ExportUnit } from "../../shared/core/cost/sources/export-layout.ts";
import { AMOUNT_TITLES, chargesSql, columnsSql, type SeenColumn } from "../../shared/core/cost/sql/charges.ts";
import { scanPrice } from "../../shared/core/cost/sql/scan-price.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { TableRows } from "../../shared/core/ports/tables.ts";
import { awsErrorName } from "../../shared/edge/aws-errors.ts";
import { parseS3 } from "./bill-folder.ts";
import type { CostWork } from "./context.ts";
import { csvOf, refusal } from "./read-bill.ts";
import "../shared-parts.ts";

/** Parquet of an export in a bucket, read by Athena through the table that the configuration names. */
interface AthenaExport {
  /** Its charges, a page of Athena's answer at a time; undefined where it is no Parquet. Nothing is asked before the first is wanted. */
  readonly charges: (unit: ExportUnit) => AsyncIterable<readonly Charge[]> | undefined;
  /** What was read so far, and what it costs; undefined: Athena was not asked. */
  readonly scanned: () => { readonly bytes: number; readonly paid: Decimal } | undefined;
}

/** A month of a large bill; a worker has fifteen minutes for all of its work. */
const PATIENCE_MS = 600_000;
/** Athena takes statements of 262,144 bytes (Athena User Guide, "Service Quotas"); names of files are most of one. */
const NAMES_BYTES = 200_000;
const PARQUET = /\.parquet(\.(gz|snappy|zstd?))?$/i;
const NEEDED =
  "needed are athena:StartQueryExecution, athena:GetQueryExecution and athena:GetQueryResults on the workgroup, glue:GetTable and glue:GetPartitions on the table, s3:ListBucket and s3:GetObject on the export";

/** Athena's answer in the words of bills. */
function told(error: unknown, what: string): unknown {
  if (!(error instanceof HeadgateError) || !error.code.startsWith("query.")) return error;
  const denied =
    awsErrorName(error.cause) === "AccessDeniedException" ||
    /access ?denied|not authori[sz]ed|permission_denied|insufficient (lake formation )?permission/i.test(error.message);
  if (denied)
    return new HeadgateError("bills.denied", `Athena may not read ${what}: ${error.message} (${NEEDED})`, {
      cause: error,
    });
  return new HeadgateError("bills.unavailable", `Athena could not read ${what}: ${error.message}`, {
    ...{ cause: error, retryable: error.retryable },
  });
}

/** Columns of partitions as folders name them, where all of the paths have the same value: "BILLING_PERIOD=2026-09". */
function partitionOf(paths: readonly string[], columns: readonly SeenColumn[]): Readonly<Record<string, string>> {
  const texts = new Set(columns.filter(({ type }) => /^(varchar|string)/i.test(type)).map(({ name }) => name));
  const foldersOf = (path: string): readonly string[] => path.split("/").slice(0, -1);
  const [first = [], ...others] = paths.map(foldersOf);
  const common = first.filter((folder, at) => others.every((folders) => folders[at] === folder));
  return Object.fromEntries(
    common.flatMap((folder): [string, string][] => {
      const [, key = "", value = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(folder) ?? [];
      return texts.has(key.toLowerCase()) ? [[key.toLowerCase(), value]] : [];
    }),
  );
}

/** Files with faults that were paid for: they are not paid for again by this process while they are the same. */
const faulty = new Map<string, HeadgateError>();
const MOST_FAULTY = 200;
function rememberFaulty(key: string, error: unknown): void {
  if (!(error instanceof HeadgateError) || error.code !== "bill.invalid") return;
  const [oldest] = faulty.keys();
  if (faulty.size >= MOST_FAULTY && oldest !== undefined) faulty.delete(oldest);
  faulty.set(key, error);
}

/** So many paths at a time that a statement may be of them. */
function* inStatements(paths: readonly string[]): Generator<readonly string[]> {
  let held: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const size = Buffer.byteLength(path) + 8;
    if (held.length > 0 && bytes + size > NAMES_BYTES) {
      yield held;
      [held, bytes] = [[], 0];
    }
    held.push(path);
    bytes += size;
  }
  if (held.length > 0) yield held;
}

/** "12.300000000000000000" is 12.3: the digits of a sum's type say nothing. */
const shortest = (amount: string): string =>
  /^-?\d+\.\d+$/.test(amount) ? amount.replace(/0+$/, "").replace(/\.$/, "") : amount;

/** Undefined where Athena is not named, or not there, or the place is no bucket: files are read then. */
export function athenaExport({ runtime, config }: CostWork, address: string): AthenaExport | undefined {
  const { athena } = config;
  if (athena === undefined || runtime.tables === undefined || !address.startsWith("s3://")) return undefined;
  const { workgroup, database, table, region } = athena;
  const tables = runtime.tables({
    ...{ workgroup, database, timeoutMs: PATIENCE_MS },
    ...(region === undefined ? {} : { region }),
  });
  const { bucket } = parseS3(address);
  let asked = false;
  let bytes = 0;
  let paid = ZERO;
  async function* pages(sql: string): AsyncGenerator<TableRows> {
    for await (const page of tables.pages(sql)) {
      asked = true;
      bytes += page.scannedBytes ?? 0;
      paid = add(paid, scanPrice(page.scannedBytes ?? 0));
      yield page;
    }
  }
  let known: Promise<readonly SeenColumn[]> | undefined;
  const columnsOf = async (): Promise<readonly SeenColumn[]> => {
    let columns: readonly SeenColumn[] = [];
    for await (const page of pages(columnsSql(table))) columns = page.columns;
    return columns;
  };

  async function* chargesOf({ name, files }: ExportUnit): AsyncGenerator<readonly Charge[]> {
    const what = `s3://${bucket}/${name}`;
    const key = JSON.stringify([workgroup, database, table, what, files.map(({ path, mark }) => [path, mark])]);
    const before = faulty.get(key);
    if (before) throw before;
    try {
      known ??= columnsOf();
      const columns = await known;
      const paths = files.map(({ path }) => path);
      const partition = partitionOf(paths, columns);
      let any = false;
      for (const some of inStatements(paths.map((path) => `s3://${bucket}/${path}`))) {
        const sql = chargesSql({ columns, table, paths: some, partition });
        if (sql === undefined)
          throw new HeadgateError(
            "bills.unavailable",
            `${database}.${table} of Athena has no columns of a bill: ChargePeriodStart, and BilledCost or EffectiveCost, as FOCUS has them`,
          );
        const reader = billReader({ source: what });
        let begun = false;
        for await (const { columns: titles, rows } of pages(sql)) {
          const names = titles.map((one) => one.name);
          if (!begun) reader.push(csvOf([names]));
          begun = true;
          any ||= rows.length > 0;
          const amounts = names.map((one) => AMOUNT_TITLES.has(one.toLowerCase()));
          const charges = reader.push(
            csvOf(rows.map((row) => row.map((cell, at) => (amounts[at] && cell !== null ? shortest(cell) : cell)))),
          );
          if (reader.stopped) break;
          if (charges.length > 0) yield charges;
        }
        const rest = reader.end();
        if (reader.faultCount > 0) throw refusal(what, reader);
        if (rest.length > 0) yield rest;
      }
      // Files that are there and of which the table has nothing: it is a table of something else, which is not "costs nothing".
      if (!any)
        throw new HeadgateError(
          "bills.unavailable",
          `${database}.${table} of Athena has no row of ${what}: is it a table over this export (cost.athena.table), and does it have the period?`,
        );
    } catch (error) {
      known = undefined;
      rememberFaulty(key, error);
      throw told(error, what);
    }
  }

  return {
    charges: (unit) => (unit.files.every(({ path }) => PARQUET.test(path)) ? chargesOf(unit) : undefined),
    scanned: () => (asked ? { bytes, paid } : undefined),
  };
}
