import fc from "fast-check";
import { expect, test } from "vitest";
import { add, type Decimal, decimal, multiply, subtract, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { drivers } from "../../shared/core/cost/drivers/drivers.ts";
import type { Charge, ChargeCategory } from "../../shared/core/cost/types.ts";

const money = (value: string): Decimal => decimal(value) as Decimal;
const BEFORE = { from: "2026-09-01", to: "2026-09-30" };
const AFTER = { from: "2026-10-01", to: "2026-10-31" };

const charge = (day: string, cost: string, more: Partial<Charge> & { readonly q?: string } = {}): Charge => {
  const { q, ...rest } = more;
  return { day, effective: money(cost), service: "MSK", ...(q === undefined ? {} : { quantity: money(q) }), ...rest };
};

function changed(charges: readonly Charge[], rates: Readonly<Record<string, string>> = {}) {
  const found = drivers(BEFORE, AFTER);
  for (const one of charges) found.add(one, one.effective ?? ZERO);
  const result = found.result((currency) => (rates[currency] === undefined ? undefined : money(rates[currency])));
  return {
    result,
    effects: Object.fromEntries(result.effects.map(({ effect, amount }) => [effect, Number(text(amount))])),
  };
}

test.each<[string, readonly Charge[], Readonly<Record<string, number>>]>([
  [
    "twice the volume at the same price is all volume",
    [charge("2026-09-03", "10", { q: "100" }), charge("2026-10-03", "20", { q: "200" })],
    { volume: 10 },
  ],
  [
    "the same volume at a higher price is all price",
    [charge("2026-09-03", "10", { q: "100" }), charge("2026-10-03", "13", { q: "100" })],
    { price: 3 },
  ],
  [
    "both: more volume at the old price, the rest is price",
    [charge("2026-09-03", "10", { q: "100" }), charge("2026-10-03", "30", { q: "200" })],
    { volume: 10, price: 10 },
  ],
  ["what was not there is new", [charge("2026-10-03", "7", { q: "1" })], { new: 7 }],
  ["what is no more is gone", [charge("2026-09-03", "7", { q: "1" })], { gone: -7 }],
  [
    "without a quantity nobody knows whether it was price or volume",
    [charge("2026-09-03", "10"), charge("2026-10-03", "12", { q: "100" })],
    { mixed: 2 },
  ],
  [
    "credits, tax and purchases are changes of their own kind",
    [
      charge("2026-10-03", "-5", { category: "Credit" }),
      charge("2026-10-03", "2", { category: "Tax" }),
      charge("2026-09-03", "100", { category: "Purchase" }),
    ],
    { purchase: -100, credit: -5, tax: 2 },
  ],
  [
    "quantities of different units are not added up",
    [
      charge("2026-09-03", "10", { q: "100", unit: "GB" }),
      charge("2026-09-03", "10", { q: "5", unit: "Hours" }),
      charge("2026-10-03", "20", { q: "200", unit: "GB" }),
      charge("2026-10-03", "20", { q: "10", unit: "Hours" }),
    ],
    { volume: 20 },
  ],
])("%s", (_name, charges, effects) => {
  expect(changed(charges).effects).toEqual(effects);
});

test("the same usage billed in two currencies is one row in that of the report", () => {
  const { result } = changed(
    [
      charge("2026-09-03", "10", { q: "100", currency: "USD" }),
      charge("2026-10-03", "10", { q: "100", currency: "EUR" }),
    ],
    { EUR: "1.10" },
  );
  expect(result.rows).toHaveLength(1);
  expect(text(result.difference)).toBe("1.00");
  expect(result.effects).toEqual([expect.objectContaining({ effect: "price" })]);
});

test("the percentage is left out where there was nothing before", () => {
  expect(changed([charge("2026-10-03", "7")]).result).not.toHaveProperty("percent");
  expect(changed([charge("2026-09-03", "4"), charge("2026-10-03", "5")]).result.percent).toBe(25);
});

const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]): Decimal => ({ units, scale }));
const anyCharge = fc.record({
  day: fc.constantFrom("2026-09-01", "2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"),
  effective: amount,
  service: fc.constantFrom("MSK", "S3", undefined),
  usageType: fc.constantFrom("a", "b"),
  quantity: fc.option(amount, { nil: undefined }),
  unit: fc.constantFrom("GB", undefined),
  category: fc.constantFrom<(ChargeCategory | undefined)[]>("Usage", "Credit", "Tax", undefined),
});

test("rows and effects sum to the difference of the totals exactly, whatever the bill says", () => {
  fc.assert(
    fc.property(fc.array(anyCharge, { maxLength: 30 }), fc.boolean(), (charges, rated) => {
      const found = drivers(BEFORE, AFTER);
      let [before, after] = [ZERO, ZERO];
      const rate = rated ? money("1.0837") : undefined;
      for (const one of charges) {
        found.add(one as Charge, one.effective);
        const worth = rate ? multiply(one.effective, rate) : one.effective;
        if (one.day < "2026-10-01") before = add(before, worth);
        else if (one.day < "2026-11-01") after = add(after, worth);
      }
      const { difference, rows, effects, before: was, after: is } = found.result(() => rate);
      const sum = (all: readonly Decimal[]) => Number(text(subtract(all.reduce(add, ZERO), difference)));
      expect(Number(text(subtract(was.total, before)))).toBe(0);
      expect(Number(text(subtract(is.total, after)))).toBe(0);
      expect(sum(rows.map((row) => row.difference))).toBe(0);
      expect(sum(effects.map((one) => one.amount))).toBe(0);
      expect(sum(rows.flatMap((row) => row.effects.map((one) => one.amount)))).toBe(0);
    }),
    { numRuns: 60 },
  );
});
