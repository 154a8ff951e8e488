import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, compare, type Decimal, decimal, multiply, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { GROUP_KEYS, type GroupKey, groupKeys, memberName } from "../../shared/core/cost/report/group.ts";
import { type SumsAsk, sums } from "../../shared/core/cost/report/sum.ts";
import type { Charge } from "../../shared/core/cost/types.ts";

const of = (amount: string): Decimal => decimal(amount) as Decimal;
const charge = (more: Partial<Charge> = {}): Charge => ({
  day: "2024-09-01",
  billed: of("1.50"),
  currency: "USD",
  ...more,
});
const summed = (charges: readonly Charge[], ask: Partial<SumsAsk> = {}) => {
  const summing = sums({ basis: "billed", groupBy: ["day", "service", "resource_type"], ...ask });
  for (const one of charges) summing.add(one);
  return summing.result();
};
const shown = (charges: readonly Charge[], ask: Partial<SumsAsk> = {}) =>
  summed(charges, ask).rows.map(({ keys, cost }) => [...Object.values(keys), text(cost)]);

const amounts = fc
  .record({ units: fc.bigInt(-(10n ** 20n), 10n ** 20n), scale: fc.integer({ min: 0, max: 20 }) })
  .map(({ units, scale }): Decimal => ({ units, scale }));
const names = fc.option(fc.constantFrom("a", "b", "a1:b", "1", "", "null", "-", "2:aa"), { nil: undefined });
const charges = fc.array(
  fc
    .record({
      day: fc.constantFrom("2024-09-01", "2024-09-02", "2024-10-01"),
      billed: amounts,
      service: names,
      resourceType: names,
      region: names,
    })
    .map(
      (one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as unknown as Charge,
    ),
  { maxLength: 60 },
);
const groupings = fc.uniqueArray(fc.constantFrom<GroupKey>("day", "month", "service", "resource_type", "region"), {
  minLength: 1,
  maxLength: 5,
});

describe("sums of charges", () => {
  it("parts and what is nobody's are the total exactly, for any charges, signs, scales and grouping", () => {
    fc.assert(
      fc.property(charges, groupings, (all, groupBy) => {
        const { rows, unallocated, total } = summed(all, { groupBy });
        const parts = add(sum(rows.map(({ cost }) => cost)), unallocated);
        const wanted = sum(all.map(({ billed }) => billed ?? ZERO));
        expect([compare(parts, total), compare(total, wanted)]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it("each group has exactly the charges that state its values, whatever these contain", () => {
    fc.assert(
      fc.property(charges, groupings, (all, groupBy) => {
        const read = (one: Charge, key: GroupKey) =>
          (key === "month" ? one.day.slice(0, 7) : key === "resource_type" ? one.resourceType : one[key as "day"]) ??
          null;
        for (const { keys, cost } of summed(all, { groupBy }).rows) {
          const own = all.filter((one) => groupBy.every((key) => read(one, key) === keys[memberName(key)]));
          expect(text(sum(own.map(({ billed }) => billed ?? ZERO)))).toBe(text(cost));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the newest day comes first, then the largest; what sums to nothing is there too", () => {
    const all = [
      charge({ service: "a" }),
      charge({ service: "b", billed: of("2") }),
      charge({ service: "c", billed: of("0") }),
      charge({ day: "2024-09-02", service: "a", billed: of("0.10") }),
    ];
    expect(shown(all)).toEqual([
      ["2024-09-02", "a", null, "0.10"],
      ["2024-09-01", "b", null, "2"],
      ["2024-09-01", "a", null, "1.50"],
      ["2024-09-01", "c", null, "0"],
    ]);
  });

  it("charges without any of the keys are unallocated; with days alone everything has a place", () => {
    const { rows, unallocated } = summed([charge(), charge({ service: "a" })]);
    expect([rows.length, text(unallocated)]).toEqual([1, "1.50"]);
    expect(text(summed([charge()], { groupBy: ["day"] }).unallocated)).toBe("0");
  });

  it("an amount that is not there is counted and is not 0; days outside are counted apart", () => {
    const all = [
      charge({ service: "a" }),
      { day: "2024-09-01", effective: of("9"), service: "a" },
      charge({ day: "2024-08-31" }),
    ];
    const { total, charges: count, withoutAmount, outside } = summed(all, { from: "2024-09-01", to: "2024-09-30" });
    expect([text(total), count, withoutAmount, outside]).toEqual(["1.50", 2, 1, 1]);
  });

  it("tags and tenants are keys like others", () => {
    const all = [
      charge({ tags: { team: "a" } }),
      charge({ tags: { team: "b", __proto__: "x" } }),
      charge({ tags: {} }),
    ];
    expect(shown(all, { groupBy: ["tag:team"] })).toEqual([
      ["a", "1.50"],
      ["b", "1.50"],
    ]);
    expect(shown(all, { groupBy: ["tag:constructor"] })).toEqual([]);
    expect(shown(all, { groupBy: ["tenant"], tenantOf: ({ tags }) => tags?.["team"] })).toHaveLength(2);
  });
});

describe("currencies", () => {
  const mixed = [
    charge({ service: "a" }),
    charge({ service: "a", currency: "EUR", billed: of("2") }),
    charge({ service: "b", currency: "EUR" }),
  ];

  it("that are mixed are named and are no sum; charges that name none count as the one that is named", () => {
    expect(summed(mixed).mixed).toEqual(["EUR", "USD"]);
    const { currency: _, ...unnamed } = charge({ service: "a" });
    expect(summed([charge({ service: "a" }), unnamed])).toMatchObject({
      mixed: [],
      currency: "USD",
      total: of("3.00"),
    });
  });

  it("with a rate each is counted by it exactly, and the rate is told", () => {
    const { rows, total, currency, currencies } = summed(mixed, { rates: { EUR: of("1.08") } });
    expect([currency, text(total), rows.map(({ cost }) => text(cost))]).toEqual(["USD", "5.2800", ["3.66", "1.6200"]]);
    const wanted = add(of("1.50"), multiply(of("3.50"), of("1.08")));
    expect(compare(total, wanted)).toBe(0);
    expect(currencies.map(({ currency: one, amount, rate }) => [one, text(amount), rate && text(rate)])).toEqual([
      ["USD", "1.50", undefined],
      ["EUR", "3.50", "1.08"],
    ]);
  });

  it("where one alone is asked for, others are left out and told with their sum", () => {
    const { total, mixed: refused, currencies } = summed(mixed, { currency: "EUR", only: true });
    expect([text(total), refused, currencies.find(({ currency }) => currency === "USD")]).toEqual([
      "3.50",
      [],
      { currency: "USD", amount: of("1.50"), left: true },
    ]);
  });

  it("charges that name none are of the one the bill names, by its rate; among several they are in no sum", () => {
    const { currency: _, ...unnamed } = charge({ service: "a" });
    const euros = charge({ service: "a", currency: "EUR", billed: of("2") });
    const rates = { EUR: of("1.5") };
    expect(text(summed([euros, unnamed], { currency: "USD", only: true, rates }).total)).toBe("5.250");
    expect(summed([...mixed, unnamed], { rates }).mixed).toEqual(["charges that name no currency"]);
    const { total, currencies } = summed([...mixed, unnamed], { currency: "EUR", only: true });
    expect([text(total), currencies.find(({ currency }) => currency === undefined)?.left]).toEqual(["3.50", true]);
    expect(text(summed([...mixed, unnamed], { currency: "USD", rates }).total)).toBe("8.250");
  });
});

describe("keys to group by", () => {
  it("are taken as people write them", () => {
    expect(groupKeys("day, ServiceName,resource-type,tag:team")).toEqual({
      keys: ["day", "service", "resource_type", "tag:team"],
    });
    expect(groupKeys("day,colour")).toEqual({ unknown: "colour" });
    expect(groupKeys(" , ")).toEqual({ unknown: " , " });
  });

  it.each(GROUP_KEYS.filter((key) => key !== "tag:<key>"))("%s is one", (key) =>
    expect(groupKeys(key)).toEqual({ keys: [key] }),
  );
});
