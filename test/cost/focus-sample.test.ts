import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSums } from "../../functions/cost/file-report.ts";
import { compare, type Decimal, decimal, text } from "../../shared/core/cost/decimal.ts";
import { type GroupKey, groupKeys } from "../../shared/core/cost/report/group.ts";
import type { Basis } from "../../shared/core/cost/types.ts";

const data = join(import.meta.dirname, "..", "..", "..", "shared", "focus");
const sample = join(data, "focus_1.0_sample_a.csv");
const examples = join(data, "spec-examples");
const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

const sumsOf = (path: string, basis: Basis, by: string) => {
  const read = groupKeys(by) as { keys: readonly GroupKey[] };
  return fileSums({ paths: [path], basis, groupBy: read.keys });
};
const same = (got: Decimal | undefined, wanted: string) =>
  got !== undefined && compare(got, decimal(wanted) as Decimal) === 0 ? wanted : got && text(got);

describe.skipIf(!existsSync(sample))("the sample bill of the FOCUS project", () => {
  const expected = existsSync(sample) ? json(sample.replace(/\.csv$/, ".expected.json")) : {};
  it.each([
    ["billedByDay", "billed", "day"],
    ["billedByService", "billed", "service"],
    ["billedByProvider", "billed", "provider"],
    ["effectiveByService", "effective", "service"],
  ] as const)(
    "%s equals the sums that others computed, each as a decimal, and none more",
    async (member, basis, by) => {
      const { sums, info } = await sumsOf(sample, basis, by);
      const got = Object.fromEntries(
        sums.rows.map(({ keys, cost }) => [keys[by], same(cost, expected[member][keys[by] ?? ""] ?? "0")]),
      );
      expect(got).toEqual(expected[member]);
      expect([info.rowsRead, info.rejected, info.remarks]).toEqual([expected.rows, 0, []]);
    },
  );

  it("by day, service and type too, where a type that the bill does not state is a group of its own", async () => {
    const { sums } = await sumsOf(sample, "billed", "day,service,resource_type");
    const wanted = expected.billedByDayServiceResourceType as { billed: string }[];
    const id = (keys: object) => JSON.stringify(Object.values(keys));
    const got = new Map(sums.rows.map(({ keys, cost }) => [id(keys), cost]));
    for (const { billed, ...keys } of wanted) expect([keys, same(got.get(id(keys)), billed)]).toEqual([keys, billed]);
    expect(got.size).toBe(wanted.length);
    expect([same(sums.total, expected.totals.BilledCost), text(sums.unallocated)]).toEqual([
      expected.totals.BilledCost,
      "0",
    ]);
  });
});

describe.skipIf(!existsSync(examples))("the example bills of the FOCUS specification", () => {
  const expected = existsSync(examples) ? json(join(examples, "expected.json")) : {};
  const files = existsSync(examples) ? readdirSync(examples).filter((name) => name.endsWith(".csv")) : [];
  it.each(files)("%s: money text and US dates are read, sums are exact on both bases", async (file) => {
    for (const [basis, member] of [
      ["billed", "BilledCost"],
      ["effective", "EffectiveCost"],
    ] as const) {
      const { sums, info } = await sumsOf(join(examples, file), basis, "day,service,resource_type");
      expect([same(sums.total, expected[file][member]), info.rowsRead]).toEqual([
        expected[file][member],
        expected[file].rows,
      ]);
    }
  });

  it("a yearly purchase that is written 4/1/25 counts on 1 April", async () => {
    const { sums } = await sumsOf(join(examples, "simple_saas_agreements_a2.csv"), "billed", "day");
    expect(sums.rows.map(({ keys }) => keys["day"])).toEqual(["2025-04-01"]);
  });
});
