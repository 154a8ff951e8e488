import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CostWork } from "../../functions/cost/context.ts";
import { lazyTables } from "../../functions/lazy-tables.ts";
import { type Decimal, text } from "../../shared/core/cost/decimal.ts";
import { chargesSql } from "../../shared/core/cost/sql/charges.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { type AthenaWire, athenaWire } from "../fakes/athena-wire.ts";
import { type S3Wire, s3Wire } from "../fakes/s3-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";
import { readAll, removeWorlds, type SourcesWorld, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

const SOURCE = '[{ focus: "s3://bills/exports" }]';
const AT = { workgroup: "cost", database: "bills", table: "cost_export" };

/** Hours of a month as AWS writes them: amounts are binary floats, tags a map; `cost` is what an hour costs. */
const hours = (from: string, count: number, cost = "0.1"): string => `
  SELECT
    TIMESTAMP '${from} 00:00:00' + INTERVAL 1 HOUR * i AS ChargePeriodStart,
    TIMESTAMP '${from} 01:00:00' + INTERVAL 1 HOUR * i AS ChargePeriodEnd,
    CAST(${cost} + 0.00000012345 * (i % 3) AS DOUBLE) AS BilledCost,
    CASE WHEN i % 5 = 0 THEN NULL ELSE CAST(0.07 AS DOUBLE) END AS EffectiveCost,
    CAST(1e-7 AS DOUBLE) AS ListCost,
    CAST(i % 4 AS DECIMAL(20, 3)) AS ConsumedQuantity,
    'USD' AS BillingCurrency, 'AWS' AS ProviderName, '111122223333' AS BillingAccountId,
    'Service ' || CAST(i % 2 AS VARCHAR) AS ServiceName,
    CASE WHEN i % 7 = 0 THEN NULL ELSE 'it''s a "type"' END AS ResourceType,
    'arn:aws:ecs:eu-central-1:111122223333:task/shop/' || CAST(i % 3 AS VARCHAR) AS ResourceId,
    CASE WHEN i % 11 = 0 THEN 'Credit' ELSE 'Usage' END AS ChargeCategory,
    CASE WHEN i % 2 = 0 THEN MAP {'team': 'orders', 'env': 'a, b=c'} END AS Tags,
    'EUC1-Fargate' AS x_UsageType
  FROM range(${count}) t(i)`;

const plain = (value: Decimal | undefined): string | undefined =>
  value === undefined
    ? undefined
    : text(value)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
/** As values, in one order: digits that say nothing do not count. */
const asValues = (charges: readonly Charge[]): readonly string[] =>
  charges
    .map((charge) => {
      const amounts = (["billed", "effective", "list", "contracted", "quantity"] as const).map((name) => [
        name,
        plain(charge[name]),
      ]);
      const tags = Object.entries(charge.tags ?? {}).sort();
      const all = { ...charge, tags, ...Object.fromEntries(amounts) };
      return JSON.stringify(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
    })
    .sort();

describe("the statement for charges", () => {
  const of = (...columns: readonly (readonly [name: string, type: string])[]) =>
    chargesSql({
      columns: columns.map(([name, type]) => ({ name, type })),
      table: 'odd "name"',
      paths: ["s3://bills/it's.parquet"],
    });

  test("is none where the columns are none of a bill", () => {
    expect(of(["line_item_usage_start_date", "timestamp"], ["line_item_unblended_cost", "double"])).toBeUndefined();
    expect(of(["chargeperiodstart", "timestamp"], ["servicename", "varchar"])).toBeUndefined();
  });

  test("sums decimals as they are and floats by their text, takes tags that are text as they are, and quotes what it names", () => {
    const sql = of(
      ...([
        ["chargeperiodstart", "varchar"],
        ["billedcost", "double"],
        ["effectivecost", "decimal(20,6)"],
        ["tags", "varchar"],
      ] as const),
    );
    expect(sql).toContain('SUM(CAST(CAST("billedcost" AS VARCHAR) AS DECIMAL(38, 18))) AS "BilledCost"');
    expect(sql).toContain('SUM("effectivecost") AS "EffectiveCost"');
    expect(sql).toContain('FROM "odd ""name"""');
    expect(sql).toContain("('s3://bills/it''s.parquet')");
    expect(sql).toMatch(/GROUP BY "chargeperiodstart", "tags", "billedcost" IS NULL, "effectivecost" IS NULL/);
  });
});

describe("Parquet of an export in a bucket, read by Athena", () => {
  let s3: S3Wire;
  let athena: AthenaWire;
  let clients: AwsClients;
  let sql: AwsClients;
  let local: SourcesWorld;
  let w: SourcesWorld;
  const now = Date.UTC(2100, 0, 1);
  const put = async (key: string, query: string) =>
    s3Objects({ client: clients.s3, bucket: "bills" }).put(key, await athena.write(key, query));
  const period = (month: string, execution = "") =>
    `exports/shop/data/BILLING_PERIOD=${month}/${execution === "" ? "" : `${execution}/`}shop-00001.snappy.parquet`;
  const onAthena = (table = AT.table): CostWork => {
    const work = w.work(SOURCE);
    const tables = lazyTables({ clients: sql, sleep: async () => {} });
    return {
      ...work,
      s3: clients.s3,
      config: { ...work.config, athena: { ...AT, table } },
      runtime: { ...work.runtime, tables },
    };
  };
  beforeAll(async () => {
    let later = 0;
    // What is put later is later, however fast it goes.
    s3 = await s3Wire({ bucket: "bills", now: () => Date.now() + (later += 1000) });
    clients = wireClients(s3.endpoint, { maxAttempts: 1 });
    local = sourcesWorld({ now });
    athena = await athenaWire({ ...AT, dir: local.dir, bucket: "bills", prefix: "exports/" });
    sql = wireClients(athena.endpoint, { maxAttempts: 1 });
    await put(period("2026-08"), hours("2026-08-30", 48));
    await put(period("2026-09", "e1"), hours("2026-09-01", 24 * 8));
  });
  afterAll(async () => {
    await Promise.all([clients.close(), sql.close()]);
    await Promise.all([s3.close(), athena.close()]);
  });
  beforeEach(() => {
    w = sourcesWorld({ now });
    athena.resetCounts();
    s3.resetCounts();
  });

  test("gives the very charges that DuckDB reads from the files, and no file is fetched", async () => {
    const read = await readAll(onAthena());
    expect(s3.counts()["GetObject"]).toBeUndefined();
    const files = await readAll({ ...local.work(SOURCE), s3: clients.s3 });
    expect(asValues(read.charges)).toEqual(asValues(files.charges));
    expect(read.byDay).toEqual(files.byDay);
    expect(read.charges.length).toBeGreaterThan(100);
    expect(read.charges.length).toBeLessThan(24 * 10);
    expect(read.charges.find(({ tags }) => tags)?.tags).toEqual({ team: "orders", env: "a, b=c" });
    expect(read.collected.sources).toMatchObject([{ status: "read", finality: "closed", through: "2026-09-30" }]);
  });

  test("a period that did not change costs no statement; one that did is asked for alone, and its newest execution holds", async () => {
    const first = await readAll(onAthena());
    expect(athena.counts()["StartQueryExecution"]).toBe(3);
    const [state] = first.collected.sources;
    expect(state?.scannedBytes).toBeGreaterThan(1000);
    // Two statements that read, ten megabytes each at the least.
    expect(text(state?.paid as Decimal)).toMatch(/^0\.00010*$/);
    athena.resetCounts();
    const again = await readAll(onAthena());
    expect(athena.counts()).toEqual({});
    expect(again.collected.sources[0]).toMatchObject({ requests: 0, status: "read" });
    expect(again.collected.sources[0]?.scannedBytes).toBeUndefined();
    await put(period("2026-09", "e2"), hours("2026-09-01", 24, "2"));
    const { byDay } = await readAll(onAthena());
    const statements = athena.asked.slice(-2);
    expect(athena.counts()["StartQueryExecution"]).toBe(2);
    expect(statements[1]).toContain(
      `"billing_period" = '2026-09' AND "$path" IN ('s3://bills/${period("2026-09", "e2")}')`,
    );
    expect([byDay["2026-09-01"], byDay["2026-09-02"]]).toEqual(["48.0000029628", "0"]);
    expect(byDay["2026-08-30"]).toBe(first.byDay["2026-08-30"]);
  });

  test("a period with a fault is told by its place and paid for once; what was kept stays", async () => {
    const key = "exports/odd/data/BILLING_PERIOD=2026-06/odd-00001.snappy.parquet";
    await put(key, hours("2026-06-01", 3).replace("'USD'", "'dollars'"));
    try {
      const said = async () => (await readAll(onAthena())).collected.sources[0];
      const why = expect.stringContaining(`s3://bills/${key}: row 1, BillingCurrency`);
      expect(await said()).toMatchObject({ status: "unavailable", why });
      athena.resetCounts();
      expect(await said()).toMatchObject({ status: "unavailable", why, requests: 0 });
      expect(athena.counts()).toEqual({});
    } finally {
      await s3Objects({ client: clients.s3, bucket: "bills" }).remove(key);
      athena.remove(key);
    }
  });

  test("denied, not there and 'a table of something else' are told apart, and what was kept stays", async () => {
    const kept = await readAll(onAthena());
    await put("exports/other/data/BILLING_PERIOD=2026-07/other-00001.snappy.parquet", hours("2026-07-01", 24));
    const said = async (work = onAthena()) => (await readAll(work)).collected.sources[0];
    athena.inject("StartQueryExecution", jsonFault("AccessDeniedException"));
    expect(await said()).toMatchObject({ status: "denied", why: expect.stringContaining("glue:GetTable") });
    athena.fail("Access Denied (Service: Amazon S3; Status Code: 403)", 2);
    expect(await said()).toMatchObject({ status: "denied", why: expect.stringContaining("s3://bills/exports/other") });
    athena.fail("Query exhausted resources at this scale factor", 2);
    expect(await said()).toMatchObject({ status: "unavailable", why: expect.stringContaining("exhausted") });
    expect(await said(onAthena("costs"))).toMatchObject({ status: "unavailable" });
    athena.remove("exports/other/data/BILLING_PERIOD=2026-07/other-00001.snappy.parquet");
    const elsewhere = await readAll(onAthena());
    expect(elsewhere.collected.sources[0]).toMatchObject({
      status: "unavailable",
      why: expect.stringContaining("is it a table over this export"),
    });
    expect(elsewhere.byDay).toEqual(kept.byDay);
    expect((await readAll(onAthena())).total).toBe(kept.total);
  });
});
