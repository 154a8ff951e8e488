import { HeadgateError } from "../core/kernel/errors.ts";

/** The engine's package, as a value: what needs it is given it. */
export type DuckDb = typeof import("@duckdb/node-api");

/** Put together here, so that no bundler follows it: DuckDB is native and large, and no function that is deployed carries it. */
const PACKAGE = ["@duckdb", "node-api"].join("/");

/** @throws HeadgateError `query.unavailable` (final) where it is not installed */
export async function duckdbPackage(): Promise<DuckDb> {
  try {
    return (await import(PACKAGE)) as DuckDb;
  } catch (cause) {
    throw new HeadgateError(
      "query.unavailable",
      `DuckDB is not installed here (package @duckdb/node-api): ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
      { cause },
    );
  }
}
