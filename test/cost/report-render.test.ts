import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, daysOf } from "../../shared/core/cost/day.ts";
import { decimal, ZERO } from "../../shared/core/cost/decimal.ts";
import { amountText } from "../../shared/core/cost/report/amount.ts";
import { ticks } from "../../shared/core/cost/report/chart-days.ts";
import { renderCsv } from "../../shared/core/cost/report/render-csv.ts";
import { renderHtml } from "../../shared/core/cost/report/render-html.ts";
import { renderMarkdown } from "../../shared/core/cost/report/render-markdown.ts";
import { renderTable } from "../../shared/core/cost/report/render-table.ts";
import { charted } from "../../shared/core/cost/report/series.ts";
import { type SumsAsk, sums } from "../../shared/core/cost/report/sum.ts";
import { treemap } from "../../shared/core/cost/report/treemap.ts";
import { type ReportMeta, reportView } from "../../shared/core/cost/report/view.ts";
import type { Charge } from "../../shared/core/cost/types.ts";

const money = (value: string) => decimal(value) ?? ZERO;
const charge = (billed: string, more: Partial<Charge> = {}): Charge => ({
  ...{ day: "2026-11-01", billed: money(billed), currency: "USD", service: "Kafka" },
  ...more,
});
function view(charges: readonly Charge[], ask: Partial<SumsAsk> = {}, meta: ReportMeta = {}) {
  const summing = sums({ basis: "billed", groupBy: ["day", "service", "resource_type"], ...ask });
  for (const one of charges) summing.add(one);
  return reportView(summing.result(), meta);
}
const EVIL = `</title><script>alert(1)</script><img src=x onerror=alert(2)>"' & [a](http://x) |\`x\` \u001b[31m\u202e`;
const FORMS = { renderTable, renderCsv, renderMarkdown, renderHtml };

describe("amounts as people read them", () => {
  test.each([
    ["1234567.895", 2, "1,234,567.90"],
    ["0.125", 2, "0.12"],
    ["-1234.5", 2, "-1,234.50"],
    ["0", 2, "0.00"],
    ["0.00000080000", 2, "<0.01"],
    ["-0.0001", 2, ">-0.01"],
    ["0.00000080000", 8, "0.00000080"],
  ])("%s to %i digits is %s", (exact, digits, shown) => {
    expect(amountText(exact, digits)).toBe(shown);
  });
});

describe("names that strangers chose", () => {
  const evil = view(
    [charge("5", { service: EVIL, resourceType: EVIL }), charge("3", { service: "b" })],
    {},
    { title: EVIL, notes: [EVIL] },
  );
  test("are text in HTML: no element, no attribute, no turned direction, and nothing that is loaded", () => {
    const page = renderHtml(evil);
    expect(page).not.toMatch(/<script|<img|onerror=alert\(2\)>|\u202e/);
    expect(page).not.toContain("\u001b");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toMatch(/<[a-z][^<>]*\s(src|href)=|url\(|@import/);
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
    const known =
      /^(html|head|meta|title|style|body|main|header|h1|h2|p|div|section|small|strong|em|svg|rect|g|ul|li|i|b|span|table|thead|tbody|tfoot|tr|th|td)$/;
    for (const [, tag = ""] of page.replace(/<style>[\s\S]*<\/style>/, "").matchAll(/<([a-z][a-z0-9]*)/g))
      expect(tag).toMatch(known);
  });
  test("move no cursor on a terminal", () => {
    expect(renderTable(evil)).not.toContain("\u001b");
    expect(renderTable(evil)).not.toContain("\u202e");
  });
  test("are no markup in Markdown", () => {
    const made = renderMarkdown(evil);
    expect(made).not.toMatch(/<script|(?<!\\)\[a\]|http:\/\/x|(?<!\\)`x/);
    for (const line of made.split("\n").filter((one) => one.startsWith("|")))
      expect(line.match(/(?<!\\)\|/g)?.length).toBe(5);
  });
  test("are no formula in CSV, and a credit stays a number", () => {
    const made = renderCsv(view([charge("-5.50", { service: "=1+1", resourceType: "@x" })]));
    expect(made.split("\r\n")[1]).toBe(`"2026-11-01","'=1+1","'@x",-5.50,"USD","billed",`);
  });
});

describe("every form", () => {
  test.each(Object.entries(FORMS))("%s says what has to be known before the figure is believed", (name, render) => {
    const made = render(
      view(
        [charge("1234.5"), charge("1", { billed: undefined } as never)],
        {},
        {
          sources: [
            {
              source: "aws",
              status: "read",
              finality: "estimated",
              through: "2026-11-01",
              requests: 2,
              paid: money("0.02"),
            },
            { source: "azure", status: "denied", why: "Reader is missing", requests: 0, paid: ZERO },
          ],
          rejected: 3,
        },
      ),
    );
    if (name === "renderCsv") expect(made).toContain('1234.5,"USD","billed"');
    else
      for (const said of [
        "1,234.50",
        "billed",
        "2026-11-01",
        "UTC",
        "estimated",
        "azure",
        "Reader is missing",
        "3 rows",
        "0.02 USD",
        "1 charge without an amount",
      ])
        expect(made, said).toContain(said);
  });

  test.each(Object.entries(FORMS))("%s of what is denied shows no zero", (name, render) => {
    const made = render(
      view(
        [],
        { from: "2026-11-01", to: "2026-11-02" },
        { sources: [{ source: "a", status: "denied", why: "no", requests: 0, paid: ZERO }] },
      ),
    );
    if (name === "renderCsv") expect(made.trim().split("\r\n")).toHaveLength(1);
    else expect(made).toContain("denied");
    expect(made).not.toMatch(/\b0\.00\b/);
  });

  test("what is not shown row by row is one row, so that the column still sums", () => {
    const found = view(
      Array.from({ length: 1205 }, (_, at) => charge("1", { service: `s${at}` })),
      { groupBy: ["service"] },
    );
    expect(renderHtml(found)).toMatch(/205 more rows[^<]*<\/td><td[^>]*title="205"/);
    expect(renderMarkdown(found)).toContain("| 1005 more rows | 1,005.00 |");
    expect(
      renderTable(found)
        .split("\n")
        .filter((line) => /^s\d+ /.test(line)),
    ).toHaveLength(1205);
    expect(renderCsv(found).trim().split("\r\n")).toHaveLength(1206);
  });

  test("unallocated is a line of its own, and none where it is zero", () => {
    const made = (charges: readonly Charge[]) =>
      Object.values(FORMS).map((render) => /unallocated/i.test(render(view(charges, { groupBy: ["day", "service"] }))));
    expect(made([charge("1"), charge("2", { service: undefined } as never)])).toEqual([true, true, true, true]);
    expect(made([charge("1")])).toEqual([false, false, false, false]);
  });

  test("a day without a charge is a gap in the chart, an estimated one is pale, a credit hangs below zero", () => {
    const found = view(
      [
        charge("4"),
        charge("-1", { service: "Credit" }),
        charge("2", { day: "2026-11-03" }),
        charge("0.5", { service: "S3" }),
      ],
      {},
      {
        days: [{ day: "2026-11-03", finality: "estimated" }],
      },
    );
    expect(charted(found).steps).toEqual(["2026-11-01", "2026-11-02", "2026-11-03"]);
    const page = renderHtml(found);
    expect(page.match(/<g( class="pale")?>/g)).toEqual(["<g>", '<g class="pale">']);
    const zero = Number(/class="zero" style="top:([\d.]+)%/.exec(page)?.[1]);
    const credit = /<rect class="c1" x="1" y="([\d.]+)"/.exec(page)?.[1];
    expect(Number(credit)).toBeCloseTo(zero, 2);
    expect(page).toContain("Credits have no area: Credit -1");
  });

  test("a span of years is charted by month, and all but the largest are one colour", () => {
    const long = view(
      daysOf("2024-01-01", addDays("2024-01-01", 500)).map((day, at) => charge("1", { day, service: `s${at % 20}` })),
    );
    const { steps, series, step } = charted(long);
    expect([step, steps.length, steps[0], series.length, series.at(-1)?.name]).toEqual([
      "month",
      17,
      "2024-01",
      8,
      "13 others",
    ]);
    expect(series.reduce((all, { cost }) => all + Number(cost), 0)).toBe(501);
  });
});

describe("charts", () => {
  test("a treemap's areas are in proportion, lie within, and do not overlap", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 1000 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const tiles = treemap(weights, 320, 130);
        const total = weights.filter((one) => one > 0).reduce((all, one) => all + one, 0);
        expect(tiles.length).toBe(weights.filter((one) => one > 0).length);
        for (const one of tiles) {
          expect(one.width * one.height).toBeCloseTo(((weights[one.at] ?? 0) / total) * 320 * 130, 4);
          expect(one.x).toBeGreaterThanOrEqual(-1e-6);
          expect(one.x + one.width).toBeLessThan(320 + 1e-6);
          expect(one.y + one.height).toBeLessThan(130 + 1e-6);
          for (const other of tiles)
            if (other !== one) {
              const wide = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
              const high = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
              expect(Math.min(wide, high)).toBeLessThan(1e-6);
            }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("an axis holds zero and both ends in few round steps", () => {
    expect(ticks(0, 0.0000037)).toEqual(
      [0, 0.000001, 0.000002, 0.000003, 0.000004].map((one) => expect.closeTo(one, 12)),
    );
    expect(ticks(-12, 274)).toEqual([-100, 0, 100, 200, 300]);
    expect(ticks(0, 0)).toEqual([0]);
  });
});
