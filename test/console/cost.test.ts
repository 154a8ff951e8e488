import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { daysBetween, NOT_SAID, OTHERS, restOf, stackOf, ticksOf } from "../../console/src/cost-days.ts";
import { costParts } from "../../console/src/cost-line.ts";
import { applyConsequences, opportunitiesLine, settingText } from "../../console/src/cost-words.ts";
import { money, roundMoney } from "../../console/src/money.ts";
import { subjectName } from "../../console/src/subjects.ts";
import { treemap } from "../../console/src/treemap.ts";
import { costExamples } from "../../functions/api/examples-cost.ts";
import type { CostBudgets, CostForecast, CostOpportunity } from "../../functions/api/views-cost.ts";

const opportunity = costExamples.CostOpportunities.items[0] as unknown as CostOpportunity;

describe("money", () => {
  test.each([
    ["0", "USD", "$0.00"],
    ["412.3", "USD", "$412.30"],
    ["-8", "USD", "\u2212$8.00"],
    ["12400.49", "EUR", "€12,400"],
    ["0.00000080000", "USD", "<$0.01"],
    ["-0.0000008", "USD", ">\u2212$0.01"],
    ["5", "CHF", "5.00\u00a0CHF"],
  ])("%s %s reads %s", (amount, currency, text) => {
    expect(money(amount, currency)).toBe(text);
  });

  test("one line of an overview has whole units, small amounts keep their cents", () => {
    expect(["412.51", "3.20", "0"].map((amount) => roundMoney(amount, "USD"))).toEqual(["$413", "$3.20", "$0"]);
  });
});

test("bars are as high as what was paid: what no row states of a day is its own part, and rounding is none", () => {
  const row = (day: string, of: string | null, cost: string) => ({ day, of, cost });
  const rows = [row("2026-01-01", "a", "0.1"), row("2026-01-01", "b", "0.2"), row("2026-01-02", "a", "5")];
  const sums = [row("2026-01-01", null, "0.3"), row("2026-01-02", null, "3"), row("2026-01-03", null, "7")];
  expect(restOf(rows, sums)).toEqual([row("2026-01-02", null, "-2"), row("2026-01-03", null, "7")]);
});

describe("the treemap", () => {
  const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

  test("areas are as the values are, tiles stay inside and none lies on another", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 8, noNaN: true }), (sizes, aspect) => {
        const tiles = treemap(sizes, (size) => size, aspect);
        const total = sizes.reduce((all, one) => all + one, 0);
        expect(tiles.length).toBe(sizes.length);
        for (const [at, one] of tiles.entries()) {
          expect((one.width * one.height) / 10_000).toBeCloseTo(one.of / total, 6);
          expect(Math.min(one.x, one.y)).toBeGreaterThan(-1e-6);
          expect(Math.max(one.x + one.width, one.y + one.height)).toBeLessThan(100 + 1e-6);
          for (const other of tiles.slice(at + 1)) {
            const wide = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
            const high = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
            expect(Math.min(wide, high)).toBeLessThan(1e-6);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a credit has no area", () => {
    expect(treemap([4, -1, 0], (size) => size, 2).map(({ of }) => of)).toEqual([4]);
    expect(treemap([-1], (size) => size, 2)).toEqual([]);
  });
});

describe("days of cost", () => {
  const row = (day: string, of: string | null, cost: string) => ({ day, of, cost });
  const rows = [row("2026-01-01", "a", "3"), row("2026-01-01", null, "1"), row("2026-01-03", "a", "-2")];

  test("a day without a figure is a gap, and one that is 0 is a column", () => {
    const zero = [...rows, row("2026-01-04", "a", "0")];
    const { columns } = stackOf(zero, new Map([["2026-01-03", "estimated"]]), "2026-01-01", "2026-01-04", 8);
    expect(columns).toEqual([
      { day: "2026-01-01", values: [3, 1], total: 4 },
      { day: "2026-01-02" },
      { day: "2026-01-03", values: [-2, 0], total: -2, finality: "estimated" },
      { day: "2026-01-04", values: [0, 0], total: 0 },
    ]);
  });

  test("credits reach below zero, and what the bill does not say has a name", () => {
    const stack = stackOf(rows, new Map(), "2026-01-01", "2026-01-03", 8);
    expect([stack.series, stack.top, stack.bottom]).toEqual([["a", NOT_SAID], 4, -2]);
  });

  test("more than there are colours for are one: the largest keep their own", () => {
    const many = Array.from({ length: 12 }, (_, index) => row("2026-01-01", `s${index}`, String(index)));
    const { series, columns } = stackOf(many, new Map(), "2026-01-01", "2026-01-01", 4);
    expect(series).toEqual(["s11", "s10", "s9", OTHERS]);
    expect(columns[0]?.total).toBe(66);
    expect(columns[0]?.values).toEqual([11, 10, 9, 36]);
  });

  test("all days of a span, over the end of February", () => {
    expect(daysBetween("2028-02-27", "2028-03-01")).toEqual(["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01"]);
  });

  test("lines of the scale stand at round numbers and hold zero", () => {
    expect(ticksOf(-12, 280)).toEqual([0, 100, 200]);
    expect(ticksOf(0, 0)).toEqual([0]);
    expect(ticksOf(0, 0.4)[1]).toBeCloseTo(0.1);
  });
});

describe("words of cost", () => {
  test("what applying does is said setting by setting, with what it promises and what cannot be had back", () => {
    const text = applyConsequences(opportunity).join("\n");
    expect(text).toContain("retention.ms of topic orders on events: 7 d → 2 d");
    expect(text).toContain("cannot be had back");
    expect(text).toContain("Promised: $38.40 a month");
    const { savingPerMonth: _, ...untold } = opportunity;
    expect(applyConsequences(untold).join("\n")).toContain("cannot be told");
  });

  test("what Headgate does not do itself is said to be done by hand", () => {
    const steps = ["set cpu to 512 in the task definition"];
    const text = applyConsequences({ ...opportunity, action: { type: "by_hand", steps } }).join("\n");
    expect(text).toMatch(/changes nothing itself.*set cpu to 512/s);
  });

  test("a setting that goes is the default of the cluster, and -1 has no limit", () => {
    expect([settingText("retention.ms", undefined), settingText("retention.ms", "-1")]).toEqual([
      "the default of the cluster",
      "without limit",
    ]);
    expect(settingText("retention.bytes", "1073741824")).toBe("1073741824");
  });

  test("savings that cannot be told are counted apart, not as zero", () => {
    const { savingPerMonth: _, ...untold } = opportunity;
    expect(opportunitiesLine([opportunity, untold], "38.40", "USD")).toBe(
      "2 opportunities, $38 a month, of 1 not known",
    );
  });

  test("a change is called by the ends of its id, a budget and a report by their names", () => {
    expect(subjectName("cost", "change:opp_1f0c9d2e7a4b")).toBe("opp_1f0c9d…");
    expect(subjectName("cost", "budget:platform")).toBe("platform, budget");
  });
});

describe("cost in the first sentence of the overview", () => {
  const forecast = costExamples.CostForecast as unknown as CostForecast;
  const budgets = costExamples.CostBudgets as unknown as CostBudgets;
  const { spent: _, expected: __, low: ___, high: ____, ...nothing } = forecast;

  test("so far, foreseen, and of how much", () => {
    expect(costParts(forecast, budgets)).toEqual(["$41 so far this month, forecast $640 of $700"]);
    expect(costParts(forecast, { items: [], notes: [] })).toEqual(["$41 so far this month, forecast $640"]);
  });

  test("a budget of a part is no budget of all of it, and what is made up is said to be", () => {
    const items = budgets.items.map((one) => ({ ...one, whole: false }));
    const sources = [{ ...forecast.sources[0], finality: "made_up" }] as CostForecast["sources"];
    expect(costParts({ ...forecast, sources }, { ...budgets, items })).toEqual([
      "$41 so far this month (made up), forecast $640",
    ]);
  });

  test("too little history leaves the forecast out, and a bill that may not be read is never $0", () => {
    const { expected: _____, ...short } = forecast;
    expect(costParts({ ...short, status: "insufficient" }, budgets)).toEqual(["$41 so far this month, budget $700"]);
    expect(costParts({ ...nothing, status: "denied" }, undefined)).toEqual(["cost not known: bills may not be read"]);
    expect(costParts({ ...nothing, status: "no_sources" }, undefined)).toEqual([]);
  });
});
