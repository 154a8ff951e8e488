import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Decimal, decimal, text } from "../../shared/core/cost/decimal.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import { chargesSql, columnsSql } from "../../shared/core/cost/sql/charges.ts";
import { dailyCostSql, exportCostSql, opportunitiesSql } from "../../shared/core/cost/sql/reports.ts";
import { COST_EXPORT, COST_METRICS, exportRow, RESOURCE_UTILIZATION } from "../../shared/core/cost/sql/shapes.ts";
import { readsOnly, standardIntervals, statementsOf } from "../../shared/core/cost/sql/statements.ts";
import type { Cell, ColumnKind, GivenTable } from "../../shared/core/cost/sql/table.ts";
import { DAY_MS, HOUR_MS, iso } from "../../shared/core/kernel/time.ts";
import type { Tables } from "../../shared/core/ports/tables.ts";
import { duckdbTables } from "../../shared/edge/duckdb.ts";
import { missing, partFolder } from "./parts.ts";

const why = missing("trino");
const ROOT = join(import.meta.dirname, "..", "..");
const PLATFORM = join(ROOT, "..", "shared", "platform", "cost-queries.sql");

const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const money = (value: string): Decimal => decimal(value) ?? { units: 0n, scale: 0 };
/** The same numbers on every run. */
const draw = (at: number): number => ((at * 7919 + 104_729) % 1009) / 1009;

const TABLES: readonly (Omit<GivenTable, "rows"> & { readonly rows: readonly (readonly Cell[])[] })[] = [
  {
    shape: COST_METRICS,
    rows: Array.from({ length: 80 }, (_, at) => [
      ...[
        NOW - Math.floor(draw(at) * 40) * DAY_MS - at * 1000,
        ["orders", "search", undefined][at % 3],
        at % 5 === 0 ? undefined : "ecs",
      ],
      ...[
        at % 7 === 0 ? undefined : money(draw(at + 3).toFixed(11)),
        at % 4 === 0 ? undefined : money((draw(at) * 100).toFixed(3)),
      ],
    ]),
  },
  {
    shape: RESOURCE_UTILIZATION,
    rows: [
      ...Array.from({ length: 120 }, (_, at): readonly Cell[] => {
        const used = at % 6 === 0 ? undefined : money((draw(at) * ([30, 130, 60][at % 3] ?? 0)).toFixed(5));
        return [
          NOW - at * 2 * HOUR_MS,
          `r${at % 7}`,
          at % 11 === 0 ? undefined : "ecs",
          at % 9 === 0 ? undefined : money((1 + draw(at)).toFixed(4)),
          used,
          used,
        ];
      }),
      // On the bounds, by values whose floats would not be.
      ...["19.9", "20.1", "19.7", "20.3"].map((one, at): readonly Cell[] => [
        NOW - at * HOUR_MS,
        "even",
        "ecs",
        money("0.5"),
        money(one),
        money(one),
      ]),
      ...["79.9", "80.1", "80"].map((one, at): readonly Cell[] => [
        NOW - at * HOUR_MS,
        "upper",
        "ecs",
        undefined,
        money(one),
        money(one),
      ]),
    ],
  },
  {
    shape: COST_EXPORT,
    rows: ["2026-10-01", "2026-10-02", "2026-10-03"].flatMap((day) => sampleDay({ seed: 3, day })).map(exportRow),
  },
  {
    // As Athena has an export: the files its rows lie in, and the month.
    shape: {
      name: "export_files",
      columns: [...COST_EXPORT.columns, { name: "$path", kind: "text" }, { name: "billing_period", kind: "text" }],
    },
    rows: ["2026-10-01", "2026-10-01", "2026-10-02"]
      .flatMap((day) => sampleDay({ seed: 4, day }))
      .map((charge, at) => [
        ...exportRow(at % 9 === 0 ? { day: charge.day, service: "it's", billed: money("0.125") } : charge),
        ...[at % 4 === 0 ? "s3://bills/old.parquet" : "s3://bills/it's new.parquet", "2026-10"],
      ]),
  },
];

const TYPES: Readonly<Record<ColumnKind, string>> = {
  ...{ text: "VARCHAR", decimal: "DECIMAL(38, 18)", time: "TIMESTAMP(3)", tags: "MAP(VARCHAR, VARCHAR)" },
};
function literal(cell: Cell, kind: ColumnKind): string {
  if (cell === undefined) return `CAST(NULL AS ${TYPES[kind]})`;
  if (kind === "tags") {
    const entries = Object.entries(cell as Readonly<Record<string, string>>);
    const array = (all: readonly string[]) => `ARRAY[${all.map((one) => literal(one, "text")).join(", ")}]`;
    return `MAP(${array(entries.map(([name]) => name))}, ${array(entries.map(([, tag]) => tag))})`;
  }
  if (kind === "decimal") return `CAST('${text(cell as Decimal)}' AS DECIMAL(38, 18))`;
  if (kind === "time")
    return `TIMESTAMP '${iso(cell as number)
      .slice(0, 23)
      .replace("T", " ")}'`;
  return `CAST('${String(cell).replaceAll("'", "''")}' AS VARCHAR)`;
}

/** The statement over the same rows, which Trino is given in front of it. */
function withRows(sql: string): string {
  const used = TABLES.filter(({ shape }) => sql.includes(shape.name));
  const given = used.map(({ shape, rows }) => {
    const columns = shape.columns.map(({ name }) => `"${name.toLowerCase()}"`).join(", ");
    const values = rows.map((row) => `(${shape.columns.map(({ kind }, at) => literal(row[at], kind)).join(", ")})`);
    return `"${shape.name}" (${columns}) AS (VALUES ${values.join(",\n")})`;
  });
  return `WITH ${given.join(", ")}${/^WITH /.test(sql) ? `, ${sql.slice(5)}` : ` ${sql}`}`;
}

const OURS: readonly string[] = [
  dailyCostSql({ from: NOW - 30 * DAY_MS }),
  opportunitiesSql({ from: NOW - 7 * DAY_MS, minimumSamples: 4 }),
  opportunitiesSql({ from: NOW - 7 * DAY_MS, minimumSamples: 1 }),
  chargesSql({
    columns: COST_EXPORT.columns.map(({ name, kind }) => ({
      name: name.toLowerCase(),
      type: { text: "varchar", decimal: "decimal(38,18)", time: "timestamp", tags: "map" }[kind],
    })),
    table: "export_files",
    paths: ["s3://bills/it's new.parquet", "s3://bills/none.parquet"],
    partition: { billing_period: "2026-10" },
    // The order of what is of one day is nobody's: sorted by all, to be compared.
  })?.replace("ORDER BY 1", "ORDER BY 1, 5, 8, 6, 13, 19, 20, 21") ?? "",
  ...(["billed", "effective"] as const).map((basis) => exportCostSql({ basis, from: "2026-10-01", to: "2026-10-02" })),
];
const PLATFORMS = existsSync(PLATFORM) ? statementsOf(readFileSync(PLATFORM, "utf8")) : [];
const READING = [
  "TABLE a",
  "VALUES (1)",
  "(SELECT 1)",
  "WITH a AS (SELECT 1) SELECT * FROM a",
  "SHOW TABLES",
  "DESCRIBE a",
];
const ODD = dailyCostSql({ from: NOW, table: 'odd "name"' });
const SHORTEST =
  "SELECT SUM(CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 18))) FROM (VALUES (CAST(0.1 AS DOUBLE)), (CAST('1E-7' AS DOUBLE)), (CAST('12345678.9' AS DOUBLE)), (CAST('1.2345E-9' AS DOUBLE)), (CAST('-5E10' AS DOUBLE))) t (x)";
const FLOATS = "SELECT SUM(CAST(BilledCost AS DECIMAL(38, 12))) FROM (VALUES 0.1E0, 0.2E0, 0.0000008E0) t (BilledCost)";

/** As values: what is a number on either engine is compared as one. */
const value = (cell: string | null): string | number | null => {
  if (cell === null || cell === "\\N") return null;
  if (/^-?\d+(\.\d+)?(E-?\d+)?$/i.test(cell)) return Number(Number(cell).toPrecision(14));
  // Tags in whatever order.
  if (cell.startsWith("{")) return JSON.stringify(Object.entries(JSON.parse(cell) as object).sort());
  return cell.replace(/ 00:00:00(\.0+)?$/, "");
};

describe.skipIf(why)(`Trino, which Athena follows${why ? ` (${why})` : ""}`, () => {
  let duckdb: Tables;
  let answers: readonly (readonly string[])[];
  beforeAll(async () => {
    duckdb = await duckdbTables(TABLES.map(({ shape, rows }) => ({ shape, rows: [rows] })));
    const run = [...OURS, ...PLATFORMS.map(standardIntervals)].map(withRows);
    const asked = [
      ...run,
      ...READING.map((sql) => `--parse\n${sql}`),
      `--parse\n${ODD}`,
      FLOATS,
      SHORTEST,
      `--parse\n${columnsSql("cost_export")}`,
    ];
    const said = execFileSync(
      "java",
      ["-cp", join(partFolder("trino"), "lib", "*"), join(ROOT, "scripts", "peers", "TrinoRuns.java")],
      {
        ...{ input: asked.join("\0"), encoding: "utf8", stdio: ["pipe", "pipe", "ignore"], timeout: 200_000 },
      },
    );
    // A library of it complains on standard output of what it may not look into.
    answers = said
      .split(/\n\n|^\n/)
      .map((one) => one.split("\n").filter((line) => line !== "" && !line.startsWith("# ")));
  });
  afterAll(() => duckdb.close());

  const same = async (sql: string, answer: readonly string[] | undefined): Promise<number> => {
    const { rows } = await duckdb.query(sql);
    const own = rows.map((row) => row.map(value));
    expect((answer ?? []).map((line) => line.split("\t").map(value))).toEqual(own);
    return own.length;
  };

  test("answers every statement of ours as DuckDB does, row for row and in the same order", async () => {
    for (const [at, sql] of OURS.entries()) expect(await same(sql, answers[at]), sql).toBeGreaterThan(5);
  });

  test.skipIf(PLATFORMS.length === 0)(
    "answers the platform's own file as DuckDB does, once its intervals are standard",
    async () => {
      const sorted = (rows: readonly (readonly unknown[])[]) => rows.map((row) => JSON.stringify(row)).sort();
      for (const [at, sql] of PLATFORMS.entries()) {
        const { rows } = await duckdb.query(sql);
        const lines = (answers[OURS.length + at] ?? []).map((line) => line.split("\t"));
        // The average of a decimal is rounded to its scale here, and a float there.
        const shown = (row: readonly (string | null)[]) =>
          row.map(value).map((one) => (typeof one === "number" ? Number(one.toFixed(9)) : one));
        expect(sorted(lines.map(shown))).toEqual(sorted(rows.map(shown)));
        expect(rows.length).toBeGreaterThan(10);
      }
    },
  );

  test("agrees on what only reads, takes odd names, and sums amounts that were floats without their noise", () => {
    const from = OURS.length + PLATFORMS.length;
    expect(READING.map(readsOnly)).toEqual(READING.map(() => true));
    for (const [said] of answers.slice(from, from + READING.length))
      expect(said).toMatch(/^(Query|Show\w*|Describe\w*)$/);
    expect(answers[from + READING.length]).toEqual(["Query"]);
    expect(answers[from + READING.length + 1]).toEqual(["0.300000800000"]);
    expect(answers[from + READING.length + 2]).toEqual(["-49987654320.999999898765500000"]);
    expect(answers[from + READING.length + 3]).toEqual(["Query"]);
  });
});
