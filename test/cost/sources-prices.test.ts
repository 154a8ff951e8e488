import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { seenPrefix, usageKey } from "../../functions/cost/usage-keys.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import { billReader } from "../../shared/core/cost/focus/reader.ts";
import { focusCsv } from "../../shared/core/cost/sources/focus-csv.ts";
import { listBook } from "../../shared/core/cost/sources/price-book.ts";
import { LIST_PRICES } from "../../shared/core/cost/sources/price-list.ts";
import { sampleDay, sampleDays } from "../../shared/core/cost/sources/sample.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { daysFrom, readAll, removeWorlds, row, type SourcesWorld, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 9, 18);

const hour = (at: number): UsageHour => ({
  ...{ v: 1, cluster: "main", hour: at, seenMs: HOUR, groups: [], jobs: [], missing: [] },
  topics: [
    {
      ...{ topic: "orders", partitions: 4, replicationFactor: 3, cleanupPolicy: "delete" },
      ...{ storedBytes: 3 * 730 * 1024 ** 3, inBytes: 2 * 1024 ** 3 },
    },
  ],
  services: [{ service: "orders", taskSeconds: 7200, cpu: 0.5, memoryMb: 1024 }],
});

async function observed(w: SourcesWorld, hours = 24): Promise<void> {
  await w.objects.put(`${seenPrefix("default")}main`, "");
  for (let at = 0; at < hours; at += 1)
    await w.objects.put(usageKey("default", "main", MIDNIGHT + at * HOUR), JSON.stringify(hour(MIDNIGHT + at * HOUR)));
}
const costOf = (charges: readonly Charge[], item: string) =>
  charges.filter(({ usageType }) => usageType === item).map(({ billed }) => billed && Number(text(billed)));

describe("price book", () => {
  test("usage times list prices, exactly; days nobody watched are absent and not free", async () => {
    const w = sourcesWorld();
    await observed(w);
    const { charges, byDay, collected } = await readAll(w.work('[{ prices: "list" }]'));
    expect(Object.keys(byDay)).toEqual(["2026-10-18"]);
    // 24 hours of two tasks of half a vCPU and 1 GB; a cluster of one topic that holds 730 GB once.
    expect(costOf(charges, "task.vcpu_hour")).toEqual([24 * 0.04048]);
    expect(costOf(charges, "task.gb_hour")).toEqual([48 * 0.004445]);
    expect(costOf(charges, "kafka.cluster_hour")).toEqual([18]);
    expect(costOf(charges, "kafka.storage_gb_month")).toEqual([2.4]);
    expect(costOf(charges, "kafka.out_gb")).toEqual([]);
    expect(collected.sources).toMatchObject([{ source: "prices", status: "read", finality: "priced" }]);
    expect(collected.notes[0]?.text).toContain("aws.amazon.com/fargate/pricing of 2025-11");
  });

  test("what has no price is told and left out; where nothing was seen the answer is none", async () => {
    const w = sourcesWorld();
    const source = "[{ prices: list, region: eu-central-1 }]";
    expect((await readAll(w.work(source))).collected.sources).toMatchObject([{ status: "none" }]);
    await observed(w);
    const { charges, collected } = await readAll(w.work(source));
    expect(costOf(charges, "task.vcpu_hour")).toEqual([24 * 0.04656]);
    expect(costOf(charges, "kafka.cluster_hour")).toEqual([]);
    expect(collected.notes.at(-1)?.text).toContain("no price for kafka.cluster_hour");
  });

  test("a price file of one's own has its currency; a wrong one is told with its place", async () => {
    const w = sourcesWorld();
    await observed(w);
    const write = (body: string) => writeFileSync(join(w.dir, "prices.yaml"), body);
    write('currency: EUR\nsource: our racks\nprices: { kafka.cluster_hour: "2", kafka.disk_gb_month: "0.01" }\n');
    const { charges, collected } = await readAll(w.work("[{ prices: prices.yaml }]"));
    expect([costOf(charges, "kafka.cluster_hour"), costOf(charges, "kafka.disk_gb_month")]).toEqual([[48], [0.72]]);
    expect(new Set(charges.map(({ currency }) => currency))).toEqual(new Set(["EUR"]));
    expect(collected.notes.some(({ text: told }) => told.includes("our racks"))).toBe(true);
    write("currency: EUR\nprices: { kafka.broker: 2 }\n");
    const wrong = await readAll(w.work("[{ prices: prices.yaml }]"));
    expect(wrong.collected.sources).toMatchObject([
      { status: "unavailable", why: expect.stringContaining("prices.yaml is no price file: prices.kafka.broker") },
    ]);
  });

  test("beside a bill, what is on the bill is not priced again, whichever is named first", async () => {
    const w = sourcesWorld();
    await observed(w);
    w.file(
      "bill.csv",
      daysFrom("2026-10-18", 1).map((day) => row(day, "5")),
    );
    for (const sources of ["[{ focus: bill.csv }, { prices: list }]", "[{ prices: list }, { focus: bill.csv }]"]) {
      const { pieces } = await readAll(w.work(sources));
      expect(pieces.flatMap(({ source, charges }) => (source === "focus" ? charges.length : []))).toEqual([1]);
      expect(pieces.some(({ source, charges }) => source === "prices" && charges.length > 0)).toBe(true);
    }
  });

  test("every list price says region, page and date, and no item has two prices in a region", () => {
    for (const { page, date, price, regions } of LIST_PRICES) {
      expect([page, date, price]).toEqual([
        expect.stringMatching(/^aws\.amazon\.com\//),
        expect.stringMatching(/^\d{4}-\d{2}$/),
        expect.stringMatching(/^\d+(\.\d+)?$/),
      ]);
      expect(regions.length).toBeGreaterThan(0);
    }
    const keys = LIST_PRICES.flatMap(({ item, regions }) => regions.map((region) => `${item} ${region}`));
    expect(new Set(keys).size).toBe(keys.length);
    expect(listBook("mars-north-1").prices.size).toBe(0);
  });
});

describe("made-up bill", () => {
  test("a commitment's covered use and its unused rest are what was paid for it, to the last digit", () => {
    const sum = (of: readonly (Charge["billed"] | undefined)[]) =>
      of.reduce((all, one) => (one === undefined ? all : all + one.units * 10n ** BigInt(30 - one.scale)), 0n);
    for (const charges of sampleDays({ seed: 7, from: "2026-09-01", to: "2026-09-10" })) {
      const own = charges.filter(({ commitmentId }) => commitmentId !== undefined);
      const used = own.filter(({ category }) => category === "Usage").map(({ effective }) => effective);
      const paid = own.filter(({ category }) => category === "Purchase").map(({ billed }) => billed);
      expect(sum(used)).toBe(sum(paid));
    }
  });

  test("as FOCUS text it reads back as the same charges", () => {
    const charges = sampleDay({ seed: 2, day: "2026-09-03", copies: 3 });
    const reader = billReader();
    const read = [...focusCsv([charges])].flatMap((piece) => [...reader.push(piece)]);
    read.push(...reader.end());
    expect(reader.faults).toEqual([]);
    expect(read).toHaveLength(charges.length);
    for (const [at, one] of charges.entries()) {
      const { billed, effective, service, tags, resourceType, day, start, usageType } = one;
      expect(read[at]).toMatchObject({
        ...{ day, start },
        ...(billed ? { billed: { units: billed.units } } : {}),
        ...(effective ? { effective: { units: effective.units } } : {}),
        ...(service ? { service } : {}),
        ...(tags ? { tags } : {}),
        ...(resourceType ? { resourceType } : {}),
        ...(usageType ? { usageType } : {}),
      });
    }
  });
});
