/** Rows of text as the engine prints them exactly (decimals keep their digits); NULL is null. */
export interface TableRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Bytes the engine says it read, where it is paid by them (Athena). */
  readonly scannedBytes?: number;
}

/**
 * SQL over tables of cost: DuckDB on a laptop, Athena when deployed, one dialect (docs/cost-sql.md). Reads only: a statement that would change
 * something is refused. Errors: HeadgateError `query.invalid` (the statement; final), `query.unavailable` (retryable unless it says that the engine is not installed).
 */
export interface Tables {
  /** "duckdb" or "athena". */
  readonly engine: string;
  query(sql: string, options?: { readonly limit?: number }): Promise<TableRows>;
  close(): Promise<void>;
}

/** Tables whose answers may be of any length. */
export interface PagedTables extends Tables {
  /** The answer a page at a time, each with the columns; at least one page comes. `scannedBytes`, on the first, is of the whole statement. Errors as of `query`. */
  pages(sql: string): AsyncIterable<TableRows>;
}
