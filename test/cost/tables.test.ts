import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { fileTables } from "../../functions/cost/file-tables.ts";
import { add, decimal, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import { dailyCostSql, exportCostSql, opportunitiesSql } from "../../shared/core/cost/sql/reports.ts";
import { COST_EXPORT, exportRow } from "../../shared/core/cost/sql/shapes.ts";
import { readsOnly, standardIntervals, statementsOf } from "../../shared/core/cost/sql/statements.ts";
import { classifier } from "../../shared/core/cost/utilization/classify.ts";
import { utilizationReader } from "../../shared/core/cost/utilization/read.ts";
import { DAY_MS, HOUR_MS, iso } from "../../shared/core/kernel/time.ts";
import type { Tables } from "../../shared/core/ports/tables.ts";
import { duckdbTables } from "../../shared/edge/duckdb.ts";
import { parquetRows } from "../../shared/edge/duckdb-parquet.ts";

const SHARED = join(import.meta.dirname, "..", "..", "..", "shared");
const dir = mkdtempSync(join(tmpdir(), "headgate-tables-"));
const open: Tables[] = [];
const file = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const opened = async (made: Promise<Tables>): Promise<Tables> => {
  const tables = await made;
  open.push(tables);
  return tables;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const same = (a: string | null | undefined, b: string): boolean => {
  const [left, right] = [decimal(a ?? ""), decimal(b)];
  return left !== undefined && right !== undefined && add(left, { ...right, units: -right.units }).units === 0n;
};

const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
/** Two tables of the platform around now, as a file has them. */
const METRICS = [
  "timestamp,service_name,resource_type,cost_usd,utilization_percent,team",
  ...[0, 1, 2].map((hours) => `${iso(NOW - DAY_MS - hours * 1000)},orders,ecs,0.1,20,core`),
  `${iso(NOW - DAY_MS)},orders,ecs,0.00000080000,NULL,core`,
  `${iso(NOW - 40 * DAY_MS)},orders,ecs,99,50,core`,
].join("\n");
const RESOURCES = [
  "timestamp,resource_id,resource_type,cost_per_hour,avg_utilization",
  ...["19.9", "20.1", "19.7", "20.3"].map((one, at) => `${iso(NOW - at * 1_200_000)},even,ecs,0.5,${one}`),
  ...["3", "", "4", "98"].map((one, at) => `${iso(NOW - at * HOUR_MS)},idle,ec2,${at === 0 ? "0.20" : "0.10"},${one}`),
  `${iso(NOW)},idle,spot,,90`,
  `${iso(NOW - HOUR_MS)},idle,spot,0.03,91`,
  `${iso(NOW)},untold,,1,`,
  `${iso(NOW - 7 * DAY_MS - 1)},old,ec2,1,50`,
].join("\n");

describe("the platform's own SQL", () => {
  const path = join(SHARED, "platform", "cost-queries.sql");
  test.skipIf(!existsSync(path))("runs unchanged over tables of those names", async () => {
    const tables = await opened(fileTables({ utilization: [file("m.csv", METRICS), file("r.csv", RESOURCES)] }));
    const [daily = "", opportunities = ""] = statementsOf(readFileSync(path, "utf8"));
    const first = await tables.query(daily);
    expect(first.columns.map(({ name }) => name)).toEqual([
      "service_name",
      "resource_type",
      "date",
      "daily_cost",
      "avg_utilization",
    ]);
    const sums = first.rows.map(([, , , cost]) => decimal(cost ?? "") ?? ZERO);
    expect(text(sum(sums)).replace(/0+$/, "")).toBe("0.3000008");
    expect(new Set(first.rows.map((row) => row[4]))).toEqual(new Set(["20"]));
    const second = await tables.query(opportunities);
    expect(second.rows.find(([id, type]) => id === "idle" && type === "spot")?.[4]).toBe("Overutilized");
    expect(second.rows.some(([id]) => id === "old")).toBe(false);
  });

  test("runs over a bill too: what it costs by service, type and day", async () => {
    const bill = file(
      "b.csv",
      `ChargePeriodStart,BilledCost,EffectiveCost,ServiceName,ResourceType,BillingCurrency\n${iso(NOW - DAY_MS)},2,0.00000000001,Kafka,broker,USD\n`,
    );
    const tables = await opened(fileTables({ focus: [bill] }));
    const { rows } = await tables.query("SELECT service_name, cost_usd, utilization_percent FROM cost_metrics");
    expect(rows).toEqual([["Kafka", "0.000000000010000000", null]]);
  });
});

describe("the reports as SQL", () => {
  test("say what the code says: cost of an hour, average, percentile, maximum, samples, label and AWS's word", async () => {
    const tables = await opened(fileTables({ utilization: [file("r.csv", RESOURCES)] }));
    const from = NOW - 7 * DAY_MS;
    for (const minimumSamples of [1, 3]) {
      const reader = utilizationReader();
      const counting = classifier({ now: NOW, minimumSamples });
      for (const row of [...reader.push(RESOURCES), ...reader.end()]) counting.add(row);
      const { rows } = await tables.query(opportunitiesSql({ from, minimumSamples }));
      const number = (cell: string | null | undefined) => (cell == null ? undefined : Number(cell));
      expect(
        rows.map(([id, type, cost, average, p95, most, samples, label, aws]) => [
          id,
          type,
          number(cost),
          number(average),
          number(p95),
          number(most),
          Number(samples),
          label,
          aws,
        ]),
      ).toEqual(
        counting
          .result()
          .rows.map((one) => [
            ...[one.resourceId, one.resourceType ?? null, one.costPerHour && Number(text(one.costPerHour))],
            ...[one.average, one.p95, one.maximum, one.samples, one.finding, one.aws ?? null],
          ]),
      );
    }
  });

  test("daily cost is newest first, exact, and has no average where nobody measured", async () => {
    const tables = await opened(fileTables({ utilization: [file("m.csv", METRICS)] }));
    const { rows } = await tables.query(dailyCostSql({ from: NOW - 60 * DAY_MS }));
    expect(rows.map(([, , day]) => day)).toEqual([...rows.map(([, , day]) => day)].sort().reverse());
    expect(rows.at(-1)?.[3]).toBe("99.000000000000000000");
    const { rows: none } = await tables.query(dailyCostSql({ from: NOW + DAY_MS }));
    expect(none).toEqual([]);
  });

  test("of a bill equal the sums of an independent adder, to the last digit", async () => {
    const days = Array.from({ length: 20 }, (_, at) => `2026-10-${String(at + 1).padStart(2, "0")}`);
    const charges = days.flatMap((day) => sampleDay({ seed: 7, day }));
    const tables = await opened(duckdbTables([{ shape: COST_EXPORT, rows: [charges.map(exportRow)] }]));
    for (const basis of ["billed", "effective"] as const) {
      const { rows } = await tables.query(exportCostSql({ basis, from: "2026-10-01", to: "2026-10-19" }));
      // Whole units and digits apart, so that nothing of the code under test adds here.
      const own = new Map<string, bigint>();
      for (const charge of charges.filter(({ day }) => day <= "2026-10-19")) {
        const amount = charge[basis];
        if (amount === undefined) continue;
        const key = JSON.stringify([
          charge.day,
          charge.service ?? null,
          charge.resourceType ?? null,
          charge.currency ?? null,
        ]);
        own.set(key, (own.get(key) ?? 0n) + amount.units * 10n ** BigInt(30 - amount.scale));
      }
      expect(rows.length).toBe(own.size);
      for (const [day, service, type, currency, cost] of rows) {
        const found = decimal(cost ?? "") ?? ZERO;
        expect(found.units * 10n ** BigInt(30 - found.scale)).toBe(
          own.get(JSON.stringify([day, service, type, currency])),
        );
      }
    }
  });

  const sample = join(SHARED, "focus", "focus_1.0_sample_a.csv");
  test.skipIf(!existsSync(sample))("of the sample bill equal its expected sums", async () => {
    const expected = JSON.parse(readFileSync(sample.replace(".csv", ".expected.json"), "utf8"));
    const tables = await opened(fileTables({ focus: [sample] }));
    const { rows } = await tables.query(exportCostSql({ basis: "billed", from: "2024-09-01", to: "2024-09-30" }));
    const own = new Map(rows.map(([day, service, type, , cost]) => [JSON.stringify([day, service, type]), cost]));
    expect(own.size).toBe(expected.billedByDayServiceResourceType.length);
    for (const { day, service, resourceType, billed } of expected.billedByDayServiceResourceType)
      expect(
        same(own.get(JSON.stringify([day, service, resourceType])), billed),
        `${day} ${service} ${resourceType}`,
      ).toBe(true);
  });
});

describe("what a statement may do", () => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await fileTables({});
  });
  afterAll(() => tables.close());
  test.each([
    ["INSERT INTO cost_metrics (cost_usd) VALUES (1)", "only statements that read"],
    ["DELETE FROM cost_metrics", "only statements that read"],
    ["CREATE TABLE t (i INT)", "only statements that read"],
    ["SET threads = 8", "only statements that read"],
    ["INSTALL httpfs", ""],
    ["LOAD httpfs", ""],
    ["ATTACH '/tmp/x.db'", ""],
    ["COPY cost_metrics TO '/tmp/headgate.csv'", ""],
    ["SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"],
    ["SELECT * FROM '/etc/passwd'", ""],
    ["SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"],
    ["SELECT * FROM glob('/*')", "disabled by configuration"],
    ["SELECT * FROM read_parquet('https://127.0.0.1:9/x.parquet')", ""],
    ["SELECT 1; SELECT 2", "one statement at a time"],
    ["  -- nothing", "one statement at a time"],
    ["SELEC 1", "syntax error"],
    ["SELECT nothing FROM cost_metrics", "nothing"],
  ])("%s is refused", async (sql, why) => {
    await expect(tables.query(sql)).rejects.toMatchObject({
      code: "query.invalid",
      message: expect.stringContaining(why),
    });
    expect((await tables.query("SELECT COUNT(*) FROM cost_metrics")).rows).toEqual([["0"]]);
  });

  test("one that takes too long is stopped, the next one is answered, and no answer is longer than it may be", async () => {
    const quick = await opened(duckdbTables([], { timeoutMs: 60 }));
    await expect(quick.query("SELECT COUNT(*) FROM range(1000000) a, range(1000000) b")).rejects.toMatchObject({
      code: "query.invalid",
      message: expect.stringContaining("longer than 60 ms"),
    });
    expect((await quick.query("SELECT * FROM range(100000000)", { limit: 3 })).rows).toEqual([["0"], ["1"], ["2"]]);
  });

  test("a number with more digits than SQL holds is refused, and one with more than usual is kept whole", async () => {
    const load = (billed: string) => {
      const amount = decimal(billed) ?? ZERO;
      return duckdbTables([{ shape: COST_EXPORT, rows: [[exportRow({ day: "2026-10-01", billed: amount })]] }]);
    };
    const wide = await opened(load("1.2345678901234567890123456789"));
    expect((await wide.query("SELECT billedcost FROM cost_export")).rows).toEqual([["1.2345678901234567890123456789"]]);
    await expect(load("123456789012345678901234.5")).rejects.toMatchObject({ code: "bill.invalid" });
    await expect(load(`0.${"1".repeat(40)}`)).rejects.toMatchObject({ code: "bill.invalid" });
  });

  test("statements are parted outside of quotes and comments only", () => {
    expect(statementsOf("SELECT ';' -- a; b\n; /* ; */ ; SELECT \"a;b\"; $$ ; $$")).toEqual([
      "SELECT ';' -- a; b",
      'SELECT "a;b"',
      "$$ ; $$",
    ]);
    expect(
      ["select 1", "(SELECT 1)", "-- x\nWITH a AS (SELECT 1) SELECT * FROM a", "SHOW TABLES"].map(readsOnly),
    ).toEqual([true, true, true, true]);
    expect(
      [
        "INSERT INTO a SELECT 1",
        "/* select */ DROP TABLE a",
        "UNLOAD (SELECT 1) TO 's3://x'",
        "EXPLAIN ANALYZE SELECT 1",
      ].map(readsOnly),
    ).toEqual([false, false, false, false]);
  });

  test("intervals are made standard, and nothing in quotes is touched", () => {
    expect(standardIntervals("NOW() - INTERVAL '30 days' , interval /* x */ '1 hour', 'INTERVAL ''7 days'''")).toBe(
      "NOW() - INTERVAL '30' DAY , interval /* x */ '1' HOUR, 'INTERVAL ''7 days'''",
    );
  });
});

test("Parquet is read as exact text, whatever its columns and its name", async () => {
  const path = join(dir, "a[1]*?.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 0.00000080000::DECIMAL(38,18) AS "BilledCost", 0.1::DOUBLE AS d, 0.1::FLOAT AS f, TIMESTAMPTZ '2026-10-01 02:00:00+02' AS t, MAP {'team': 'a"b'} AS "Tags", NULL::VARCHAR AS n UNION ALL SELECT -1, 1e22, 16777216, NULL, NULL, 'x') TO '${path}' (FORMAT PARQUET)`,
  );
  connection.closeSync();
  instance.closeSync();
  const found: (readonly (string | null)[])[] = [];
  let columns: readonly string[] = [];
  for await (const piece of parquetRows(path)) {
    columns = piece.columns;
    found.push(...piece.rows);
  }
  expect(columns).toEqual(["BilledCost", "d", "f", "t", "Tags", "n"]);
  expect(found).toEqual([
    ["0.000000800000000000", "0.1", "0.1", "2026-10-01 00:00:00+00", '{"team":"a\\"b"}', null],
    ["-1.000000000000000000", "1e+22", "16777216", null, null, "x"],
  ]);
  const broken = file("broken.parquet", "PAR1 and nothing else");
  await expect(parquetRows(broken).next()).rejects.toMatchObject({ code: "bill.invalid" });
});

test("no bundle of a function can carry the engine: its package is named for its types only", () => {
  const root = join(import.meta.dirname, "..", "..");
  const files = globSync(["shared/edge/*.ts", "functions/**/*.ts"], { cwd: root });
  const named = files.filter((path) => readFileSync(join(root, path), "utf8").includes("@duckdb/"));
  expect(named.length).toBeGreaterThan(1);
  for (const path of named)
    for (const line of readFileSync(join(root, path), "utf8").split("\n"))
      if (/(from|import|require)\W.*@duckdb\//.test(line))
        expect([path, line]).toEqual([path, expect.stringMatching(/^(import|export) type /)]);
});
