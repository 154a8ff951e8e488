import { HeadgateError } from "../core/kernel/errors.ts";
import { type DuckDb, duckdbPackage } from "./duckdb-package.ts";
import { cellTextOf } from "./duckdb-text.ts";

/** A file's name may hold what DuckDB takes for a pattern. */
const plainPath = (path: string): string => path.replace(/[[*?]/g, (char) => `[${char}]`);

/** A number of 32 bits as it was written, "0.1": as one of 64 bits it would be 0.10000000149011612. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

async function installed(path: string): Promise<DuckDb> {
  try {
    return await duckdbPackage();
  } catch (cause) {
    throw new HeadgateError(
      "bills.unavailable",
      `${path} is Parquet, which needs DuckDB, and that is not installed here; where functions read bills, let them be exported as CSV (gzip)`,
      { cause },
    );
  }
}

/**
 * Rows of a Parquet file as exact text, a chunk of a few thousand at a time: decimals with all their digits, instants of UTC as
 * "2026-01-31 12:00:00", maps and lists as JSON, NULL as null. The first answer has the names of the columns even where there is no row.
 *
 * @throws HeadgateError `bill.invalid` where it is no Parquet file, or a damaged one; `bills.unavailable` (final) where nothing can read Parquet, as in a function
 */
export async function* parquetRows(
  path: string,
): AsyncGenerator<{ readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }> {
  const api = await installed(path);
  const cellText = cellTextOf(api);
  const instance = await api.DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    memory_limit: "512MB",
    threads: "2",
  });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const result = await connection.stream("SELECT * FROM read_parquet([$1])", [plainPath(path)]);
    const columns = result.columnNames();
    const single = result.columnTypes().map(({ typeId }) => typeId === api.DuckDBTypeId.FLOAT);
    const cell = (value: Parameters<typeof cellText>[0], at: number): string | null =>
      single[at] && typeof value === "number" ? shortest(value) : cellText(value);
    yield { columns, rows: [] };
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield { columns, rows: chunk.getRows().map((row) => row.map(cell)) };
    }
  } catch (cause) {
    if (cause instanceof HeadgateError) throw cause;
    throw new HeadgateError("bill.invalid", `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
