import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { readIndex } from "../../functions/cost/bill-store.ts";
import { importBill } from "../../functions/cost/import.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import { curReader } from "../../shared/core/cost/sources/cur.ts";
import { usageKind, usageRegion } from "../../shared/core/cost/sources/usage-types.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { type S3Wire, s3Wire } from "../fakes/s3-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";
import { HEADER, readAll, removeWorlds, row, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

const V1 = [
  "bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate",
  "lineItem/ProductCode,lineItem/UsageType,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost",
  "product/ProductName,product/region,savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost",
  "savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,resourceTags/user:team",
].join(",");
const PLAN = "arn:aws:savingsplans::1:savingsplan/p";
const line = (type: string, cost: string, plan = ",,,", more = "") =>
  `111122223333,444455556666,${type},2026-09-04T10:00:00Z,2026-09-04T11:00:00Z,AmazonECS,EUC1-Fargate-vCPU-Hours:perCPU,arn:aws:ecs:eu-central-1:444455556666:task/shop/1,2,USD,${cost},Amazon Elastic Container Service,eu-central-1,${plan},${more || "checkout"}`;
const CUR = [
  V1,
  line("SavingsPlanCoveredUsage", "0.10", `${PLAN},0.07,,`),
  line("SavingsPlanNegation", "-0.10", `${PLAN},,,`),
  line("SavingsPlanRecurringFee", "0.09", `${PLAN},,0.09,0.07`),
  line("Usage", "0.05"),
  line("Tax", "0.01"),
  "",
].join("\n");

describe("Cost and Usage Report", () => {
  const read = (csv: string) => {
    const reader = curReader();
    const charges = [...reader.push(csv.slice(0, 700)), ...reader.push(csv.slice(700)), ...reader.end()];
    return { reader, charges };
  };
  const money = (charges: ReturnType<typeof read>["charges"], of: "billed" | "effective") =>
    charges.map((one) => (one[of] === undefined ? undefined : text(one[of])));

  test("billed is the invoice, effective spreads commitments: covered, negated, and what nobody used", () => {
    const { reader, charges } = read(CUR);
    expect(reader.faults).toEqual([]);
    expect(money(charges, "billed")).toEqual(["0.10", "-0.10", "0.09", "0.05", "0.01"]);
    expect(money(charges, "effective")).toEqual(["0.07", "0", "0.02", "0.05", "0.01"]);
    expect(charges.map(({ category }) => category)).toEqual(["Usage", "Usage", "Purchase", "Usage", "Tax"]);
    expect(charges[0]).toMatchObject({
      ...{ day: "2026-09-04", account: "111122223333", subAccount: "444455556666", currency: "USD" },
      ...{ service: "Amazon Elastic Container Service", resourceKind: "ecs:task", region: "eu-central-1" },
      ...{ commitmentId: PLAN, commitmentStatus: "Used", tags: { team: "checkout" } },
    });
  });

  test("version 2.0 names its columns otherwise and has maps; without a column for it effective is unknown, not the list price", () => {
    const csv = [
      "line_item_usage_start_date,line_item_unblended_cost,line_item_line_item_type,line_item_product_code,product,resource_tags",
      `2026-09-04 10:00:00.000,1.5e-7,Usage,AmazonMSK,"{""product_name"":""Amazon MSK"",""region"":""eu-west-1""}","{""user_team"":""data"",""aws_createdBy"":""x""}"`,
      "2026-09-05 10:00:00.000,1,SavingsPlanCoveredUsage,AmazonECS,,",
    ].join("\n");
    const { charges } = read(csv);
    expect(charges).toMatchObject([
      { service: "Amazon MSK", region: "eu-west-1", tags: { team: "data", "aws:createdBy": "x" } },
      { service: "AmazonECS", day: "2026-09-05" },
    ]);
    expect([money(charges, "billed")[0], money(charges, "effective")]).toEqual([
      "0.00000015",
      ["0.00000015", undefined],
    ]);
  });

  test.each([
    ["a,b\n1,2\n", { row: 0, column: "lineItem/UsageStartDate" }],
    [CUR.replace(",0.05,", ",five,"), { row: 4, column: "lineItem/UnblendedCost", found: '"five"' }],
    [CUR.replace(",0.05,", ",,"), { row: 4, message: expect.stringContaining("is not 0") }],
    [CUR.replace("2026-09-04T10:00:00Z,", "2026-02-30,"), { row: 1, column: "lineItem/UsageStartDate" }],
    [`${V1}\n1,2,3\n`, { row: 1, message: expect.stringContaining("3 cells") }],
    ["", { row: 0 }],
  ])("what cannot be read is told with row and column (%#)", (csv, fault) => {
    const { reader } = read(csv);
    expect(reader.faults[0]).toMatchObject(fault);
  });

  test("usage types tell region and kind, and nothing where they are not known", () => {
    expect(usageKind("EUC1-BoxUsage:t3.medium")).toBe("ec2:instance");
    expect(usageKind("USE1-Kafka.Storage.GP2")).toBe("kafka:storage");
    expect([usageKind("SomethingNew"), usageRegion("BoxUsage:m5.large")]).toEqual([undefined, undefined]);
    expect(usageRegion("APN1-TimedStorage-ByteHrs")).toBe("ap-northeast-1");
  });

  test("an import tells it from FOCUS by its header, packed or not", async () => {
    const w = sourcesWorld();
    const path = join(w.dir, "report.csv.gz");
    writeFileSync(path, gzipSync(CUR));
    expect((await importBill(w.work(), { path })).exports).toMatchObject([{ rows: 5, outcome: "added" }]);
    expect((await readAll(w.work())).total).toBe("0.15");
  });
});

describe("exports in a bucket", () => {
  let wire: S3Wire;
  let clients: AwsClients;
  beforeEach(async () => {
    let later = 0;
    // What is put later is later, however fast it goes.
    wire = await s3Wire({ bucket: "bills", now: () => Date.now() + (later += 1000) });
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });
  const SOURCE = '[{ focus: "s3://bills/exports" }]';
  const put = async (key: string, rows: readonly string[]) =>
    s3Objects({ client: clients.s3, bucket: "bills" }).put(key, gzipSync([HEADER, ...rows, ""].join("\n")));
  const period = (execution: string, part: number) =>
    `exports/shop/data/BILLING_PERIOD=2026-09/${execution}/shop-0000${part}.csv.gz`;

  test("a period is its newest execution, in parts; what is unchanged is not read again; others' prefixes are not ours", async () => {
    const w = sourcesWorld({ now: Date.UTC(2100, 0, 1) });
    const read = () => readAll({ ...w.work(SOURCE), s3: clients.s3 });
    await put(period("e1", 1), [row("2026-09-01", "1"), row("2026-09-02", "1")]);
    await put(period("e1", 2), [row("2026-09-03", "1")]);
    await put("exports-of-others/x.csv.gz", [row("2026-09-01", "100")]);
    expect((await read()).total).toBe("3");
    const gets = wire.counts()["GetObject"];
    await read();
    expect(wire.counts()["GetObject"]).toBe(gets);
    await put(period("e2", 1), [row("2026-09-01", "4")]);
    const { byDay } = await read();
    expect([byDay["2026-09-01"], byDay["2026-09-02"], byDay["2026-09-30"]]).toEqual(["4", "0", "0"]);
    const index = await readIndex({ runtime: w.work().runtime, prefix: "cost/default/", source: "focus" });
    expect(index.exports).toHaveLength(1);
  });

  test("denied names the permissions, and a bad file is called by its address there", async () => {
    const w = sourcesWorld();
    wire.inject("ListObjectsV2", {
      ...jsonFault("AccessDenied", 403),
      body: "<Error><Code>AccessDenied</Code></Error>",
    });
    const work = () => ({ ...w.work(SOURCE), s3: clients.s3 });
    const denied = await readAll(work());
    expect(denied.collected.sources).toMatchObject([
      { status: "denied", why: expect.stringContaining("s3:GetObject") },
    ]);
    await put("exports/bad.csv.gz", [row("2026-09-01", "x")]);
    const { collected } = await readAll(work());
    expect(collected.sources).toMatchObject([
      { status: "unavailable", why: expect.stringMatching(/^s3:\/\/bills\/exports\/bad\.csv\.gz: row 1, BilledCost/) },
    ]);
  });
});
