import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, decimal, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import type { GroupKey } from "../../shared/core/cost/report/group.ts";
import { renderCsv } from "../../shared/core/cost/report/render-csv.ts";
import { type SumsAsk, sums } from "../../shared/core/cost/report/sum.ts";
import { type ReportMeta, reportView } from "../../shared/core/cost/report/view.ts";
import type { Charge, SourceState } from "../../shared/core/cost/types.ts";

const money = (value: string) => decimal(value) ?? ZERO;
const charge = (billed: string, more: Partial<Charge> = {}): Charge => ({
  ...{ day: "2026-11-01", billed: money(billed), effective: money(billed), currency: "USD", service: "Kafka" },
  ...more,
});
function view(charges: readonly Charge[], ask: Partial<SumsAsk> = {}, meta: ReportMeta = {}) {
  const summing = sums({ basis: "billed", groupBy: ["day", "service", "resource_type"], ...ask });
  for (const one of charges) summing.add(one);
  return reportView(summing.result(), meta);
}
const read = (source: string, more: object = {}): SourceState =>
  ({ ...{ source, status: "read", finality: "closed", requests: 0, paid: ZERO }, ...more }) as SourceState;

describe("a report", () => {
  test("has the shape it promises: exact text, keys as they are stated, utilisation or null", () => {
    const found = view(
      [charge("0.00000080000"), charge("0.2", { resourceType: "broker" }), charge("-0.2", { resourceType: "broker" })],
      {},
      {
        utilization: ({ resourceType }) => (resourceType === "broker" ? 12.3456789 : undefined),
      },
    );
    expect(found).toMatchObject({
      ...{ status: "known", basis: "billed", currency: "USD", zone: "UTC", from: "2026-11-01", to: "2026-11-01" },
      ...{
        total: "0.00000080000",
        unallocated: "0",
        groupBy: ["day", "service", "resource_type"],
        keys: ["day", "service", "resourceType"],
      },
    });
    expect(found.rows).toEqual([
      { day: "2026-11-01", service: "Kafka", resourceType: null, cost: "0.00000080000", utilization: null },
      { day: "2026-11-01", service: "Kafka", resourceType: "broker", cost: "0", utilization: 12.345679 },
    ]);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test("charges of which none has an amount of the basis are no figure, and no zero", () => {
    const { effective: _, ...billedOnly } = charge("5");
    const [unknown, some] = [
      view([billedOnly], { basis: "effective" }),
      view([billedOnly, charge("1")], { basis: "effective" }),
    ];
    expect([unknown.status, unknown.total, unknown.unallocated, unknown.withoutAmount]).toEqual([
      "unavailable",
      null,
      null,
      1,
    ]);
    expect([some.status, some.total, some.withoutAmount]).toEqual(["known", "1", 1]);
  });

  test("0, no charge and denied are three answers", () => {
    const zero = view([charge("0")], {}, { sources: [read("aws")] });
    expect([zero.status, zero.total]).toEqual(["known", "0"]);
    const none = view([], {}, { sources: [{ source: "aws", status: "none", requests: 0, paid: ZERO }] });
    expect([none.status, none.total]).toEqual(["none", "0"]);
    const refused = {
      source: "aws",
      status: "denied",
      why: "ce:GetCostAndUsage is missing",
      requests: 1,
      paid: money("0.01"),
    } as const;
    const denied = view([], {}, { sources: [refused] });
    expect([denied.status, denied.total, denied.unallocated, denied.paid]).toEqual(["denied", null, null, "0.01"]);
    expect(view([], {}, { sources: [refused, { ...refused, status: "unavailable" }] }).status).toBe("unavailable");
    expect(view([], {}, { sources: [] }).status).toBe("no_sources");
    const half = view([charge("1")], {}, { sources: [read("aws"), refused] });
    expect([half.status, half.total, half.incomplete]).toEqual(["known", "1", true]);
  });

  test("is as sure as its least sure day", () => {
    const days = [
      { day: "2026-11-01", finality: "closed" },
      { day: "2026-11-02", finality: "estimated" },
    ] as const;
    expect(view([charge("1")], {}, { days }).finality).toBe("estimated");
    expect(view([charge("1")], {}, { sources: [read("a"), read("b", { finality: "made_up" })] }).finality).toBe(
      "made_up",
    );
    expect(view([charge("1")]).finality).toBeNull();
  });

  test("of mixed currencies is refused without a rate, and says with one by which it was counted", () => {
    const mixed = [charge("1"), charge("2", { currency: "EUR" })];
    expect(() => view(mixed)).toThrowError(expect.objectContaining({ code: "bill.currency" }));
    const counted = view(mixed, { currency: "USD", rates: { EUR: money("1.08") } });
    expect([counted.total, counted.currencies]).toEqual([
      "3.16",
      [
        { currency: "USD", amount: "1" },
        { currency: "EUR", amount: "2", rate: "1.08" },
      ],
    ]);
    const alone = view(mixed, { currency: "USD", only: true });
    expect([alone.total, alone.currencies[1]]).toEqual(["1", { currency: "EUR", amount: "2", left: true }]);
  });

  test("whatever it is grouped by, rows and what is unallocated sum to the total, in JSON and in CSV", () => {
    const keys: readonly GroupKey[] = ["day", "month", "service", "resource_type", "region", "account", "tag:team"];
    const maybe = (values: readonly string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const one = fc.record({
      units: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
      scale: fc.integer({ min: 0, max: 14 }),
      day: fc.constantFrom("2026-10-31", "2026-11-01", "2026-11-02"),
      service: maybe(["a", "=b", 'c"d', "e,f\ng"]),
      resourceType: maybe(["x", "y"]),
      region: maybe(["eu", "us"]),
      team: maybe(["core", "-1"]),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 25 }), fc.subarray([...keys], { minLength: 1 }), (all, groupBy) => {
        const found = view(
          all.map(({ units, scale, day, team, ...rest }) => {
            const amount = { units, scale };
            const stated = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
            return {
              day,
              billed: amount,
              currency: "USD",
              ...stated,
              ...(team === undefined ? {} : { tags: { team } }),
            };
          }),
          { groupBy },
        );
        const rows = sum(found.rows.map(({ cost }) => money(cost)));
        const whole = money(found.total ?? "");
        expect(text(add(add(rows, money(found.unallocated ?? "")), { ...whole, units: -whole.units }))).toBe("0");
        const lines = renderCsv(found)
          .trimEnd()
          .split(/\r\n(?=")/)
          .slice(1);
        const csv = sum(lines.map((line) => money(/,(-?[\d.]+),"[A-Z]*","billed",/.exec(line)?.[1] ?? "no amount")));
        expect(text(add(csv, { ...whole, units: -whole.units }))).toBe("0");
      }),
      { numRuns: 60 },
    );
  });
});
