import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { cellTextOf } from "../../shared/edge/duckdb-text.ts";
import { jsonWire, type Wire, WireFault } from "./wire.ts";

type Cells = readonly (string | null)[];
interface Execution {
  readonly status: Readonly<Record<string, unknown>>;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Cells[];
  readonly scanned: number;
  looks: number;
}

export interface AthenaWire extends Wire {
  /** Statements in the order in which they were begun. */
  readonly asked: readonly string[];
  /** Writes the answer of a query as a Parquet file of the bucket; gives its bytes. */
  readonly write: (key: string, sql: string) => Promise<Buffer>;
  readonly remove: (key: string) => void;
  /** The next statement fails like this. */
  readonly fail: (message: string, category: number) => void;
}

const TYPES: Readonly<Record<string, string>> = { MAP: "map", DECIMAL: "decimal", INTEGER: "integer", JSON: "varchar" };
const typeOf = (type: string): string => {
  const [, word = type] = /^([A-Za-z]+)/.exec(type) ?? [];
  return TYPES[word] ?? word.toLowerCase();
};
/** Athena writes instants with three digits. */
const athenaText = (cell: string | null, type: string): string | null =>
  cell !== null && type === "timestamp" && !cell.includes(".") ? `${cell}.000` : cell;

/**
 * Athena over one table of a bucket: what it is asked runs on DuckDB over the Parquet files that lie there, with the hidden column `$path` and the
 * partition `billing_period`, and is answered in Amazon's words, a page at a time. What is read are the files that a statement names.
 */
export async function athenaWire(options: {
  readonly dir: string;
  readonly bucket: string;
  /** Where the table's files lie in the bucket. */
  readonly prefix: string;
  readonly table: string;
  readonly workgroup: string;
  readonly database: string;
}): Promise<AthenaWire> {
  const api = await import("@duckdb/node-api");
  const cellText = cellTextOf(api);
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const duckdb = await instance.connect();
  const files = new Map<string, number>();
  const executions = new Map<string, Execution>();
  const asked: string[] = [];
  let failure: { readonly message: string; readonly category: number } | undefined;
  const pathOf = (key: string): string => join(options.dir, key);

  const view = async (): Promise<void> => {
    const inside = [...files.keys()].filter((key) => key.startsWith(options.prefix));
    const list = inside.map((key) => `'${pathOf(key)}'`).join(", ");
    await duckdb.run(
      `CREATE OR REPLACE VIEW "${options.table}" AS SELECT * EXCLUDE (filename), replace(filename, '${options.dir}/', 's3://${options.bucket}/') AS "$path", regexp_extract(filename, 'BILLING_PERIOD=([^/]*)', 1) AS billing_period FROM read_parquet([${list}], filename = true, union_by_name = true, hive_partitioning = false)`,
    );
  };

  const run = async (sql: string): Promise<Execution> => {
    const failed = (message: string, category: number): Execution => ({
      status: {
        State: "FAILED",
        StateChangeReason: message,
        AthenaError: { ErrorCategory: category, Retryable: category === 1, ErrorMessage: message },
      },
      ...{ columns: [], rows: [], scanned: 0, looks: 0 },
    });
    const told = failure;
    failure = undefined;
    if (told) return failed(told.message, told.category);
    try {
      await view();
      const result = await duckdb.runAndReadAll(sql);
      const types = result.columnTypes().map(String);
      // A hidden column is none of "*".
      const shown = result.columnNames().flatMap((name, at) => (name.startsWith("$") ? [] : [at]));
      const columns = shown.map((at) => ({ name: result.columnNames()[at] ?? "", type: types[at] ?? "" }));
      const rows = result
        .getRows()
        .map((row) => shown.map((at) => athenaText(cellText(row[at] ?? null), typeOf(types[at] ?? ""))));
      const named = [...files].filter(([key]) => sql.includes(`'s3://${options.bucket}/${key}'`));
      const scanned = named.reduce((all, [, size]) => all + size, 0);
      return { status: { State: "SUCCEEDED" }, columns, rows, scanned, looks: 0 };
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error), 2);
    }
  };
  const found = (id: unknown): Execution => {
    const execution = executions.get(String(id));
    if (!execution) throw new WireFault("InvalidRequestException", `QueryExecution ${id} was not found`);
    return execution;
  };
  const cell = (value: string | null) => (value === null ? {} : { VarCharValue: value });

  const wire = await jsonWire("1.1", "AmazonAthena", {
    StartQueryExecution: async ({ QueryString: sql, WorkGroup: workgroup, QueryExecutionContext: context }) => {
      if (workgroup !== options.workgroup)
        throw new WireFault("InvalidRequestException", `WorkGroup ${workgroup} is not found.`);
      const { Database: database } = context as { readonly Database?: string };
      if (database !== options.database) throw new WireFault("InvalidRequestException", "another database");
      if (Buffer.byteLength(String(sql)) > 262_144) throw new WireFault("InvalidRequestException", "too long");
      asked.push(String(sql));
      const id = `query-${asked.length}`;
      executions.set(id, await run(String(sql)));
      return { QueryExecutionId: id };
    },
    GetQueryExecution: ({ QueryExecutionId: id }) => {
      const one = found(id);
      one.looks += 1;
      const over = one.looks > 1;
      return {
        QueryExecution: {
          QueryExecutionId: id,
          StatementType: "DML",
          Status: over ? one.status : { State: "RUNNING" },
          Statistics: over ? { DataScannedInBytes: one.scanned } : {},
        },
      };
    },
    GetQueryResults: ({ QueryExecutionId: id, MaxResults: most, NextToken: token }) => {
      const { columns, rows } = found(id);
      const size = Number(most ?? 1000);
      if (!(size >= 1 && size <= 1000)) throw new WireFault("InvalidRequestException", "MaxResults from 1 to 1000");
      const from = Number(token ?? 0);
      const all = [columns.map(({ name }) => name), ...rows];
      const info = columns.map(({ name, type }) => {
        const [, precision, scale] = /\((\d+),\s*(\d+)\)/.exec(type) ?? [];
        return { Name: name, Type: typeOf(type), Precision: Number(precision ?? 0), Scale: Number(scale ?? 0) };
      });
      return {
        ...(from + size < all.length ? { NextToken: String(from + size) } : {}),
        ResultSet: {
          Rows: all.slice(from, from + size).map((row) => ({ Data: row.map(cell) })),
          ResultSetMetadata: { ColumnInfo: info },
        },
      };
    },
  });
  return {
    ...wire,
    asked,
    write: async (key, sql) => {
      mkdirSync(dirname(pathOf(key)), { recursive: true });
      await duckdb.run(`COPY (${sql}) TO '${pathOf(key)}' (FORMAT parquet, COMPRESSION snappy)`);
      const bytes = readFileSync(pathOf(key));
      files.set(key, bytes.byteLength);
      return bytes;
    },
    remove: (key) => {
      files.delete(key);
      rmSync(pathOf(key));
    },
    fail: (message, category) => {
      failure = { message, category };
    },
    close: async () => {
      await wire.close();
      duckdb.closeSync();
      instance.closeSync();
    },
  };
}
