import { afterAll, describe, expect, test } from "vitest";
import { costReport } from "../../functions/cost/report.ts";
import { PLATFORM, seenPrefix, usageKey } from "../../functions/cost/usage-keys.ts";
import { addDays, daysOf } from "../../shared/core/cost/day.ts";
import { decimal, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { CostExplorer } from "../../shared/core/ports/cost-explorer.ts";
import { DAY, NOON, removeWorlds, row, sourcesWorld } from "./sources-kit.ts";

afterAll(removeWorlds);

const explorer = (costAndUsage: CostExplorer["costAndUsage"]): CostExplorer => ({ costAndUsage });
const denied = explorer(async () => {
  throw new HeadgateError("bills.denied", "needed is ce:GetCostAndUsage");
});

describe("the report of all sources", () => {
  test("covers the 30 days before today unless days are asked for, and sums to its total", async () => {
    const world = sourcesWorld();
    world.file("bill.csv", [
      row("2026-09-19", "5"),
      row("2026-09-20", "0.10"),
      row("2026-10-19", "0.20"),
      row("2026-10-20", "7"),
    ]);
    const found = await costReport(world.work("[{ focus: bill.csv }]"));
    expect(found).toMatchObject({
      status: "known",
      from: "2026-09-20",
      to: "2026-10-19",
      total: "0.30",
      basis: "effective",
      currency: "USD",
    });
    const rows = sum(found.rows.map(({ cost }) => decimal(cost) ?? ZERO));
    expect(text(rows)).toBe("0.30");
    expect(found.sources).toMatchObject([{ source: "focus", kind: "focus", status: "read" }]);
    expect(found.days.map(({ day }) => day)).toEqual(expect.arrayContaining(["2026-09-20", "2026-10-19"]));
    await expect(costReport(world.work("[]"), { from: "2026-10-02", to: "2026-10-01" })).rejects.toMatchObject({
      code: "input.invalid",
    });
  });

  test("a source that may not be read is no zero: alone it is the answer, beside another what is missing is told", async () => {
    const world = sourcesWorld({ costExplorer: denied });
    const alone = await costReport(world.work("[{ costExplorer: {} }]"));
    expect(alone).toMatchObject({ status: "denied", total: null, unallocated: null, rows: [], incomplete: true });
    world.file("bill.csv", [row("2026-10-19", "0")]);
    const beside = await costReport(world.work("[{ focus: bill.csv }, { costExplorer: {} }]"));
    expect(beside).toMatchObject({ status: "known", total: "0", incomplete: true });
    expect(beside.sources.map(({ status }) => status)).toEqual(["read", "denied"]);
    expect(await costReport(world.work("[]"))).toMatchObject({ status: "no_sources", total: null });
  });

  test("a bill with one kind of money is told in it where nobody asked for the other, which it does not have", async () => {
    const world = sourcesWorld({
      costExplorer: explorer(async ({ from, toExclusive }) => ({
        requests: 1,
        days: daysOf(from, addDays(toExclusive, -1)).map((day) => ({
          ...{ from: day, toExclusive: addDays(day, 1), estimated: false },
          groups: [{ keys: ["AWS Lambda"], amounts: { UnblendedCost: { amount: "0.1", unit: "USD" } } }],
        })),
      })),
    });
    const work = world.work("[{ costExplorer: {} }]");
    const told = await costReport(work);
    expect(told).toMatchObject({ status: "known", basis: "billed", total: "3.0" });
    expect(told.notes).toEqual(["No charge has an amount of the basis effective: they are told as billed."]);
    expect(await costReport(work, { basis: "effective" })).toMatchObject({ status: "unavailable", total: null });
  });

  test("a bill that ends before the days that are asked for says where it ends", async () => {
    const world = sourcesWorld();
    world.file("old.csv", [row("2024-09-01", "1"), row("2024-09-30", "1")]);
    const found = await costReport(world.work("[{ focus: old.csv }]"));
    expect(found).toMatchObject({ status: "none", total: "0" });
    expect(found.notes).toContain("The newest day of focus is 2024-09-30: earlier days have to be asked for.");
    expect((await costReport(world.work("[{ focus: old.csv }]"), { from: "2024-09-01", to: "2024-09-30" })).total).toBe(
      "2",
    );
  });

  test("what is made up is called so on every figure", async () => {
    const found = await costReport(sourcesWorld().work("[{ sample: {} }]"));
    expect(found.finality).toBe("made_up");
    expect(new Set(found.days.map(({ finality }) => finality))).toEqual(new Set(["made_up"]));
  });

  test("of a tenant has what the rules give to it and nothing else", async () => {
    const world = sourcesWorld();
    world.file("bill.csv", [row("2026-10-18", "1", { service: "Kafka" }), row("2026-10-18", "2", { service: "S3" })]);
    const work = world.work("[{ focus: bill.csv }]");
    const tenants = { ...work.config.tenants, rules: [{ tenant: "core", services: ["Kafka"] }] };
    const ruled = { ...work, config: { ...work.config, tenants } };
    expect(await costReport(ruled, { tenant: "core" })).toMatchObject({ total: "1", tenant: "core" });
    const by = await costReport(ruled, { groupBy: ["tenant"] });
    expect([by.rows, by.unallocated]).toEqual([[{ tenant: "core", cost: "1", utilization: null }], "2"]);
  });

  test("has the utilisation that was observed beside the service it is of, and none where nobody looked", async () => {
    const world = sourcesWorld();
    const day = NOON - 2 * DAY;
    world.file("bill.csv", [
      row("2026-10-18", "1", { service: "orders" }),
      row("2026-10-18", "1", { service: "search" }),
    ]);
    await world.objects.put(`${seenPrefix("default")}${PLATFORM}`, "");
    for (const [at, cpuAvg] of [
      [0, 20],
      [1, 41],
    ] as const) {
      const hour = Math.floor(day / HOUR_MS) * HOUR_MS + at * HOUR_MS;
      const seen: UsageHour = {
        ...{ v: 1, cluster: PLATFORM, hour, seenMs: HOUR_MS, topics: [], groups: [], jobs: [], missing: [] },
        services: [{ service: "orders", taskSeconds: 3600, cpuAvg }],
      };
      await world.objects.put(usageKey("default", PLATFORM, hour), JSON.stringify(seen));
    }
    const found = await costReport(world.work("[{ focus: bill.csv }]"), { groupBy: ["day", "service"] });
    expect(found.rows.map((one) => [one["service"], one.utilization])).toEqual([
      ["orders", 30.5],
      ["search", null],
    ]);
  });
});
