import { afterEach, describe, expect, test } from "vitest";
import { dailyCostSql } from "../../shared/core/cost/sql/reports.ts";
import { athenaTables } from "../../shared/edge/athena.ts";
import { type JsonMembers, jsonFault, jsonWire, type Wire, WireFault, wireClients } from "../fakes/wire.ts";

const clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

interface World {
  readonly wire: Wire;
  readonly tables: ReturnType<typeof athenaTables>;
  readonly asked: string[];
  readonly waits: number[];
}

const cell = (value: string | null) => (value === null ? {} : { VarCharValue: value });
const rowOf = (values: readonly (string | null)[]) => ({ Data: values.map(cell) });

/** Athena as its API is described: queued, running, then `status`; the first row of the first page names the columns. */
async function world(
  given: {
    readonly status?: JsonMembers;
    readonly looks?: number;
    readonly rows?: readonly (readonly (string | null)[])[];
    readonly page?: number;
    readonly type?: string;
    readonly timeoutMs?: number;
  } = {},
): Promise<World> {
  const asked: string[] = [];
  const waits: number[] = [];
  let looks = 0;
  const all = [...(given.type === undefined ? [["day", "cost"]] : []), ...(given.rows ?? [])].map(rowOf);
  const size = given.page ?? 1000;
  const wire = await jsonWire("1.1", "AmazonAthena", {
    StartQueryExecution: ({ QueryString: sql, WorkGroup: workgroup, QueryExecutionContext: context }) => {
      asked.push(JSON.stringify([sql, workgroup, context]));
      return { QueryExecutionId: "q-1" };
    },
    GetQueryExecution: () => {
      looks += 1;
      const state = looks === 1 ? "QUEUED" : looks <= (given.looks ?? 2) ? "RUNNING" : "SUCCEEDED";
      const status = state === "SUCCEEDED" && given.status ? given.status : { State: state };
      return {
        QueryExecution: {
          Status: status,
          StatementType: given.type ?? "DML",
          Statistics: { DataScannedInBytes: 4096 },
        },
      };
    },
    GetQueryResults: ({ NextToken: token }) => {
      const from = token === undefined ? 0 : Number(token);
      const next = from + size < all.length ? { NextToken: String(from + size) } : {};
      const columns = [
        { Name: "day", Type: "date" },
        { Name: "cost", Type: "decimal", Precision: 38, Scale: 18 },
      ];
      return { ...next, ResultSet: { Rows: all.slice(from, from + size), ResultSetMetadata: { ColumnInfo: columns } } };
    },
    StopQueryExecution: ({ QueryExecutionId: id }) => {
      if (id !== "q-1") throw new WireFault("InvalidRequestException", "no such execution");
      asked.push("stopped");
      return {};
    },
  });
  const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  clean.push(clients.close, wire.close);
  const tables = athenaTables({
    ...{ client: clients.athena, workgroup: "cost", database: "bills" },
    sleep: async (ms) => void waits.push(ms),
    ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }),
  });
  return { wire, tables, asked, waits };
}

describe("Athena", () => {
  test("answers exact text over pages, without the row that names the columns, and says what it read", async () => {
    const rows = Array.from({ length: 7 }, (_, at) => [`2026-11-0${at + 1}`, at === 3 ? null : "0.000000800000000000"]);
    const { tables, asked } = await world({ rows, page: 3 });
    const sql = dailyCostSql({ from: 0 });
    expect(await tables.query(sql)).toEqual({
      columns: [
        { name: "day", type: "date" },
        { name: "cost", type: "decimal(38,18)" },
      ],
      rows,
      scannedBytes: 4096,
    });
    expect(asked).toEqual([JSON.stringify([sql, "cost", { Database: "bills" }])]);
  });

  test("gives no more rows than are wanted, and no row of names where a statement has none", async () => {
    const limited = await world({
      rows: [
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ],
    });
    expect((await limited.tables.query("SELECT 1", { limit: 2 })).rows).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    const shown = await world({ type: "UTILITY", rows: [["cost_export", null]] });
    expect((await shown.tables.query("SHOW TABLES")).rows).toEqual([["cost_export", null]]);
  });

  test("is asked in standard words: an interval of PostgreSQL is made one", async () => {
    const { tables, asked } = await world();
    await tables.query("SELECT 1 WHERE NOW() > NOW() - INTERVAL '30 days';");
    expect(asked[0]).toContain("INTERVAL '30' DAY");
  });

  test("is not asked what is no single statement that reads", async () => {
    const { tables, wire } = await world();
    for (const sql of ["DROP TABLE cost_export", "SELECT 1; SELECT 2", "", "UNLOAD (SELECT 1) TO 's3://elsewhere'"])
      await expect(tables.query(sql)).rejects.toMatchObject({ code: "query.invalid", retryable: false });
    expect(wire.counts()).toEqual({});
  });

  test("tells a statement's fault from its own", async () => {
    const failed = (category: number, retryable: boolean) => ({
      State: "FAILED",
      StateChangeReason: "SYNTAX_ERROR: line 1:8",
      AthenaError: { ErrorCategory: category, Retryable: retryable, ErrorMessage: "SYNTAX_ERROR: line 1:8" },
    });
    const own = await world({ status: failed(2, false) });
    await expect(own.tables.query("SELECT x")).rejects.toMatchObject({
      code: "query.invalid",
      message: "SYNTAX_ERROR: line 1:8",
    });
    const service = await world({ status: failed(1, true) });
    await expect(service.tables.query("SELECT 1")).rejects.toMatchObject({
      code: "query.unavailable",
      retryable: true,
    });
    const refused = await world();
    refused.wire.inject("StartQueryExecution", jsonFault("InvalidRequestException"));
    await expect(refused.tables.query("SELECT 1")).rejects.toMatchObject({ code: "query.invalid" });
    refused.wire.inject("StartQueryExecution", jsonFault("AccessDeniedException"));
    await expect(refused.tables.query("SELECT 1")).rejects.toMatchObject({
      code: "query.unavailable",
      retryable: false,
    });
    refused.wire.inject("StartQueryExecution", jsonFault("TooManyRequestsException"));
    await expect(refused.tables.query("SELECT 1")).rejects.toMatchObject({
      code: "query.unavailable",
      retryable: true,
    });
  });

  test("a statement that never ends is stopped when its time is up, and is asked for ever more seldom until then", async () => {
    const { tables, asked, waits } = await world({ looks: 1000, timeoutMs: 10_000 });
    await expect(tables.query("SELECT 1")).rejects.toMatchObject({ code: "query.unavailable", retryable: true });
    expect(asked.at(-1)).toBe("stopped");
    expect(waits[0]).toBe(200);
    expect(Math.max(...waits)).toBe(2000);
    expect(waits.reduce((all, one) => all + one, 0)).toBeLessThan(12_000);
  });
});
