import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportCostSql } from "../../shared/core/cost/sql/reports.ts";
import { athenaTables } from "../../shared/edge/athena.ts";
import { type Moto, moto, REGION } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");
const cell = (value: string | null) => (value === null ? {} : { VarCharValue: value });

describe.skipIf(why)(`Athena's API on moto${why ? ` (${why})` : ""}`, () => {
  let world: Moto;
  beforeAll(async () => {
    world = await moto();
  });
  afterAll(() => world.stop());

  test("a statement is begun, looked after and answered through Amazon's own client", async () => {
    const rows = [
      ["day", "cost"],
      ["2026-10-01", "0.000000800000000000"],
      ["2026-10-02", null],
    ];
    const column = { CatalogName: "hive", SchemaName: "", TableName: "", Nullable: "UNKNOWN", CaseSensitive: true };
    const answer = await fetch(`${world.part.endpoint}/moto-api/static/athena/query-results`, {
      method: "POST",
      body: JSON.stringify({
        region: REGION,
        results: [
          {
            rows: rows.map((row) => ({ Data: row.map(cell) })),
            column_info: [
              { ...column, Name: "day", Label: "day", Type: "date", Precision: 0, Scale: 0 },
              { ...column, Name: "cost", Label: "cost", Type: "decimal", Precision: 38, Scale: 18 },
            ],
          },
        ],
      }),
    });
    expect(answer.status).toBe(201);
    const tables = athenaTables({
      ...{ client: world.clients.athena, workgroup: "primary", database: "bills", region: REGION },
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
    });
    const found = await tables.query(
      exportCostSql({ basis: "billed", from: "2026-10-01", to: "2026-10-02", floats: true }),
    );
    expect(found.columns).toEqual([
      { name: "day", type: "date" },
      { name: "cost", type: "decimal(38,18)" },
    ]);
    expect(found.rows).toEqual(rows.slice(1));
  });

  test("where nobody answers it says so, and that it may be tried again", async () => {
    const tables = athenaTables({
      ...{ client: world.nobody.athena, workgroup: "primary", database: "bills", region: REGION },
      sleep: async () => {},
    });
    await expect(tables.query("SELECT 1")).rejects.toMatchObject({ code: "query.unavailable", retryable: true });
  });
});
