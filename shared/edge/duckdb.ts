import type { GivenTable } from "../core/cost/sql/table.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { TableRows, Tables } from "../core/ports/tables.ts";
import { ask, openEngine } from "./duckdb-engine.ts";
import { duckdbPackage } from "./duckdb-package.ts";

export interface DuckDbOptions {
  /** What the engine may take of memory, in megabytes. Default 512. */
  readonly memoryMb?: number;
  /** Real ms a statement may take. Default 60,000. */
  readonly timeoutMs?: number;
}

/** Rows of an answer, where nobody says how many. */
const ROWS = 10_000;

const invalid = (message: string, cause?: unknown): HeadgateError =>
  new HeadgateError("query.invalid", message, cause === undefined ? {} : { cause });

/** The engine draws below the statement where it stumbled; of that a line of text keeps what and where. */
const said = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^Failed to extract statements: /, "")
    .replaceAll(/\s*\n+\s*(?:\^\s*)?/g, "; ")
    .replace(/[;\s]+$/, "");

/**
 * SQL over given tables in this process, on DuckDB. Statements see these tables and nothing else: no file, no network, no extension, no
 * setting; they may only read. Rows are read once, here; close it when done.
 *
 * @throws HeadgateError `query.unavailable` (final) where the engine is not installed; whatever reading the rows throws
 */
export async function duckdbTables(given: readonly GivenTable[], options: DuckDbOptions = {}): Promise<Tables> {
  const api = await duckdbPackage();
  const timeoutMs = options.timeoutMs ?? 60_000;
  const { connection, close } = await openEngine(api, given, options.memoryMb ?? 512);
  // One connection, one statement at a time: a time-out interrupts its own statement and no other.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  };

  const query = async (sql: string, limit: number): Promise<TableRows> => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      connection.interrupt();
    }, timeoutMs);
    try {
      return await ask(api, connection, sql, limit);
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      if (late) throw invalid(`the statement took longer than ${timeoutMs} ms and was stopped`, error);
      throw invalid(said(error), error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    engine: "duckdb",
    query: (sql, asked) => inTurn(() => query(sql, asked?.limit ?? ROWS)),
    close: () =>
      inTurn(async () => {
        close();
      }),
  };
}
