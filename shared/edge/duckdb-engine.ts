import type { DuckDBConnection } from "@duckdb/node-api";
import { statementsOf } from "../core/cost/sql/statements.ts";
import type { GivenTable } from "../core/cost/sql/table.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { TableRows } from "../core/ports/tables.ts";
import { loadTable } from "./duckdb-load.ts";
import type { DuckDb } from "./duckdb-package.ts";
import { cellTextOf } from "./duckdb-text.ts";

/** A database in memory with its tables, closed to everything else. */
export async function openEngine(
  api: DuckDb,
  given: readonly GivenTable[],
  memoryMb: number,
): Promise<{ readonly connection: DuckDBConnection; readonly close: () => void }> {
  const instance = await api.DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    memory_limit: `${memoryMb}MB`,
    threads: "2",
    preserve_insertion_order: "true",
  });
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const table of given) await loadTable(api, connection, table);
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
  } catch (error) {
    close();
    throw error;
  }
  return { connection, close };
}

/** One statement that only reads, and at most `limit` rows of its answer. */
export async function ask(api: DuckDb, connection: DuckDBConnection, sql: string, limit: number): Promise<TableRows> {
  if (statementsOf(sql).length === 0) throw new HeadgateError("query.invalid", "one statement at a time, not 0");
  const cellText = cellTextOf(api);
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1)
    throw new HeadgateError("query.invalid", `one statement at a time, not ${statements.count}`);
  const statement = await statements.prepare(0);
  if (statement.statementType !== api.StatementType.SELECT)
    throw new HeadgateError(
      "query.invalid",
      "only statements that read are carried out: SELECT, WITH, VALUES, DESCRIBE",
    );
  await connection.run("BEGIN TRANSACTION READ ONLY");
  try {
    const result = await statement.stream();
    const types = result.columnTypes().map(String);
    const columns = result.columnNames().map((name, at) => ({ name, type: types[at] ?? "" }));
    const rows: (string | null)[][] = [];
    while (rows.length < limit) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      for (const row of chunk.getRows().slice(0, limit - rows.length)) rows.push(row.map(cellText));
    }
    return { columns, rows };
  } finally {
    await connection.run("ROLLBACK");
  }
}
