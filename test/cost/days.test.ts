import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, daysOf } from "../../shared/core/cost/day.ts";
import { decimal } from "../../shared/core/cost/decimal.ts";
import { type BillIndex, EMPTY_INDEX, type StoredExport } from "../../shared/core/cost/sources/bill-index.ts";
import { type ExportFile, exportUnits, manifestFiles } from "../../shared/core/cost/sources/export-layout.ts";
import { leastSure, lookUp } from "../../shared/core/cost/sources/look-up.ts";
import { chargeHash, fold, merged, mergeKey } from "../../shared/core/cost/sources/merge.ts";
import { nameSources } from "../../shared/core/cost/sources/names.ts";
import { decodePart, encodePart } from "../../shared/core/cost/sources/part.ts";
import { planDays } from "../../shared/core/cost/sources/plan-days.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import { finalityOf, spanOf } from "../../shared/core/cost/sources/span.ts";
import { slotOf, takeIn } from "../../shared/core/cost/sources/take-in.ts";
import type { Charge } from "../../shared/core/cost/types.ts";

const NOON = Date.UTC(2026, 9, 20, 12);
const day = (at: number): string => addDays("2026-09-01", at);

/** An export of some days, each with charges that its revision stands for. */
const exported = (id: number, days: readonly number[], more: Partial<StoredExport> = {}): StoredExport => ({
  ...{ id: `bil_${id}`, name: `${id}`, at: id, digest: `${id}`, claims: ["AWS/1"] },
  days: Object.fromEntries(
    days.map((one) => [
      day(one),
      { lane: "usage", finality: "closed", revision: `${id}`, rows: 1, parts: [`${day(one)}/${id}`] } as const,
    ]),
  ),
  ...more,
});
const all = (exports: readonly StoredExport[]): BillIndex =>
  exports.reduce((index: BillIndex, one) => takeIn(index, one).index, EMPTY_INDEX);

describe("what counts of a day", () => {
  const spans = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 10 }))
      .map(([from, length]) => Array.from({ length }, (_, at) => from + at)),
    { minLength: 1, maxLength: 8 },
  );

  test("law: of exports of one account, each day is the last one's that has it, once, and each object is named or dropped once", () => {
    fc.assert(
      fc.property(spans, (given) => {
        const index = all(given.map((days, at) => exported(at, days)));
        const found = lookUp(index);
        for (const at of new Set(given.flat())) {
          const last = given.findLastIndex((days) => days.includes(at));
          expect(found.get(day(at))?.map(({ stored }) => stored.revision)).toEqual([`${last}`]);
        }
        const named = index.exports.flatMap(({ days }) => Object.values(days).flatMap(({ parts }) => parts));
        const dropped = index.dropped.map(({ part }) => part);
        expect([...named, ...dropped].sort()).toEqual(
          given.flatMap((days, at) => days.map((one) => `${day(one)}/${at}`)).sort(),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("law: taking in again what was taken in changes no day", () => {
    fc.assert(
      fc.property(spans, fc.nat(), (given, pick) => {
        const exports = given.map((days, at) => exported(at, days));
        const index = all(exports);
        const again = takeIn(index, { ...(exports[pick % exports.length] as StoredExport), id: "bil_again" });
        expect([again.outcome, lookUp(again.index)]).toEqual(["same", lookUp(index)]);
      }),
      { numRuns: 40 },
    );
  });

  test("periods of one export never replace each other, and each is replaced by its next version as a whole", () => {
    const period = (id: number, month: string, days: readonly number[]) =>
      exported(id, days, { slot: slotOf("bills", month) });
    const index = all([period(1, "2026-09", [0, 1, 2, 29, 30]), period(2, "2026-10", [30, 31])]);
    expect(lookUp(index).get("2026-10-01")).toHaveLength(2);
    const next = takeIn(index, period(3, "2026-09", [1]));
    expect(next.replaced).toEqual(["2026-09-01", "2026-09-02", "2026-09-03", "2026-09-30", "2026-10-01"]);
    expect([...lookUp(next.index)].map(([one, found]) => [one, found.length])).toEqual([
      ["2026-09-02", 1],
      ["2026-10-01", 1],
      ["2026-10-02", 1],
    ]);
  });

  test("a span has no gaps of less than 45 days; an export of a month says everything about it until it was written", () => {
    expect([...spanOf(["2026-09-03", "2026-09-01"])].sort()).toEqual(daysOf("2026-09-01", "2026-09-03"));
    expect(spanOf(["2026-01-01", "2026-09-01"]).size).toBe(2);
    expect(spanOf([], { month: "2026-09", until: "2026-09-10" }).size).toBe(10);
    expect(spanOf([], { month: "2026-09", until: "2026-11-10" }).size).toBe(30);
  });

  test("three days before it was read and later are estimated; the least sure of several is told", () => {
    const finality = (one: string) => finalityOf(one, NOON);
    expect(["2026-10-16", "2026-10-17", "2026-10-20"].map(finality)).toEqual(["closed", "estimated", "estimated"]);
    expect([leastSure(["closed", "priced", "estimated"]), leastSure([])]).toEqual(["priced", undefined]);
  });
});

describe("what is asked for", () => {
  const known =
    (days: Readonly<Record<string, "closed" | "estimated">>, at = NOON) =>
    (one: string) => {
      const finality = days[one];
      return finality && { at, stored: { lane: "usage", finality, revision: "", rows: 1, parts: [] } as const };
    };
  const spanned = (from: string, to: string, days: Parameters<typeof known>[0] = {}, at = NOON) =>
    planDays({ from, to }, NOON, known(days, at)).spans;

  test("nothing of what is closed or was just read; one span over small gaps; never the future", () => {
    const closed = Object.fromEntries(daysOf("2026-09-01", "2026-09-30").map((one) => [one, "closed" as const]));
    expect(spanned("2026-09-01", "2026-09-30", closed)).toEqual([]);
    expect(spanned("2026-08-31", "2026-10-01", closed)).toEqual([{ from: "2026-08-31", to: "2026-10-01" }]);
    expect(spanned("2026-07-01", "2026-07-01")).toEqual([{ from: "2026-07-01", to: "2026-07-01" }]);
    expect(spanned("2026-10-19", "2026-12-01")).toEqual([{ from: "2026-10-19", to: "2026-10-20" }]);
    expect(spanned("2026-10-19", "2026-10-19", { "2026-10-19": "estimated" })).toEqual([]);
    const hours = NOON - 9 * 3_600_000;
    expect(spanned("2026-10-19", "2026-10-19", { "2026-10-19": "estimated" }, hours)).toHaveLength(1);
  });

  test("what lies before the provider's history is cut off and told", () => {
    expect(planDays({ from: "2024-01-01", to: "2026-10-01" }, NOON, known({}))).toMatchObject({
      spans: [{ from: "2025-09-01", to: "2026-10-01" }],
      tooOld: "2025-09-01",
    });
  });
});

describe("places of exports", () => {
  const at = (path: string, modifiedAt = 1): ExportFile => ({ path, size: 1, modifiedAt, mark: `${modifiedAt}` });
  const data = (period: string, execution: string, name = "bill-00001.csv.gz") =>
    `exports/bill/data/BILLING_PERIOD=${period}/${execution}${name}`;

  test("AWS Data Exports: each billing period is its newest execution that is whole", () => {
    const manifest = (execution: string) =>
      `exports/bill/metadata/BILLING_PERIOD=2026-09/${execution}/bill-Manifest.json`;
    const files = [
      at(data("2026-08", ""), 5),
      at(data("2026-09", "e1/"), 10),
      at(data("2026-09", "e1/", "bill-00002.csv.gz"), 10),
      at(manifest("e1"), 11),
      at(data("2026-09", "e2/"), 20),
      at(manifest("e2"), 21),
      at(data("2026-09", "e3/"), 30),
    ];
    const paths = (listed?: ReadonlyMap<string, readonly string[]>) =>
      exportUnits(files, listed).map(({ files: parts, month }) => [month, parts.map(({ path }) => path)]);
    expect(paths()).toEqual([
      ["2026-08", [data("2026-08", "")]],
      ["2026-09", [data("2026-09", "e2/")]],
    ]);
    // A manifest that lists what is not there yet is of one that is still being written.
    expect(paths(new Map([[manifest("e2"), ["bill-00001.csv.gz", "bill-00002.csv.gz"]]]))[1]).toEqual([
      "2026-09",
      [data("2026-09", "e1/"), data("2026-09", "e1/", "bill-00002.csv.gz")],
    ]);
  });

  test.each([
    ["cur/report/20260901-20261001/7f3c/report-00001.csv.gz", "2026-09"],
    ["cur/report/report/year=2026/month=9/report-00001.snappy.parquet", "2026-09"],
    ["azure/20260901-20260930/202609300101/part_0_0001.csv", "2026-09"],
  ])("%s is of a period", (path, month) => {
    expect(exportUnits([at(path)])).toMatchObject([{ month, files: [{ path }] }]);
  });

  test("elsewhere numbered parts are one export, other files each one, and what is no bill is passed over", () => {
    const names = ["a-00001.csv.gz", "a-00002.csv.gz", "2026-09.csv", "2026-10.csv", "notes.md", ".hidden.csv"];
    expect(exportUnits(names.map((name) => at(name))).map(({ files }) => files.length)).toEqual([1, 1, 2]);
  });

  test("a date is no number of a part, and another packing is the same bill a second time", () => {
    const units = (...names: readonly string[]) => exportUnits(names.map((name) => at(name))).length;
    expect(units("bill-20260901.csv", "bill-20260915.csv")).toBe(2);
    expect(units("bill.csv", "bill.csv.gz")).toBe(2);
    expect(units("bill-000000000000.csv.gz", "bill-000000000001.csv.gz")).toBe(1);
  });

  test("manifests name their files with folders or without; what is none lists nothing", () => {
    expect(manifestFiles('{"reportKeys":["a/b/x-1.csv"]}')).toEqual(["x-1.csv"]);
    expect(manifestFiles('{"dataFiles":["s3://b/x.parquet"]}')).toEqual(["x.parquet"]);
    expect(manifestFiles('{"blobs":[{"blobName":"p/part_0.csv"}]}')).toEqual(["part_0.csv"]);
    expect([manifestFiles("{}"), manifestFiles("not json")]).toEqual([undefined, undefined]);
  });
});

describe("charges as they are kept", () => {
  const charges = sampleDay({ seed: 1, day: "2026-09-03", hourly: true });

  test("a part gives back what was put into it, to the last digit", () => {
    const zero: Charge = { day: "2026-09-03", billed: { units: 0n, scale: 3 }, tags: { "a b": 'c"' } };
    expect(decodePart(encodePart([...charges, zero, { day: "2026-09-03" }]), "2026-09-03")).toEqual([
      ...charges,
      zero,
      { day: "2026-09-03" },
    ]);
  });

  test("law: charges that differ in time alone are one, with the sum of all of them, in whatever order they come", () => {
    const one = (start: number, cost: string): Charge => ({
      ...{ day: "2026-09-01", service: "Kafka", start, end: start + 1 },
      ...{ billed: decimal(cost) ?? { units: 0n, scale: 0 } },
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(23), fc.integer()), { minLength: 1 }), fc.integer(), (given, turn) => {
        const made = given.map(([start, cents]) => one(start, (cents / 100).toFixed(2)));
        expect(new Set(made.map(mergeKey)).size).toBe(1);
        const sum = given.reduce((total, [, cents]) => total + BigInt(cents), 0n);
        expect(made.reduce(merged).billed).toEqual({ units: sum, scale: 2 });
        const digest = (some: readonly Charge[]) => {
          const folded = fold();
          for (const charge of some) folded.add(chargeHash(charge, mergeKey(charge)));
          return folded.result();
        };
        const turned = [...made].sort((a, b) => (((a.start ?? 0) * turn) % 7) - (((b.start ?? 0) * turn) % 7));
        expect(digest(turned)).toBe(digest(made));
        expect(digest([...made, made[0] as Charge])).not.toBe(digest(made));
      }),
      { numRuns: 40 },
    );
  });

  test("what is absent is not merged with what is there, and an unknown amount stays unknown", () => {
    const base: Charge = { day: "2026-09-01", billed: { units: 1n, scale: 0 } };
    const keys = [base, { ...base, service: "undefined" }, { ...base, effective: { units: 1n, scale: 0 } }].map(
      mergeKey,
    );
    expect(new Set(keys).size).toBe(3);
  });

  test("sources have names that stay apart", () => {
    const named = nameSources([
      { focus: "a" },
      { focus: "b" },
      { focus: "c", name: "focus-2" },
      { sample: { seed: 1, days: 2 } },
    ]);
    expect(named.map(({ name }) => name)).toEqual(["focus", "focus-3", "focus-2", "sample"]);
  });
});
