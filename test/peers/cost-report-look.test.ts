import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daysOf } from "../../shared/core/cost/day.ts";
import { ZERO } from "../../shared/core/cost/decimal.ts";
import { renderHtml } from "../../shared/core/cost/report/render-html.ts";
import { sums } from "../../shared/core/cost/report/sum.ts";
import { type ReportMeta, reportView } from "../../shared/core/cost/report/view.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import { findings } from "../e2e/axe.ts";
import { launchChromium } from "../e2e/chromium.ts";

const dir = mkdtempSync(join(tmpdir(), "headgate-look-"));
const SPAN = daysOf("2026-10-24", "2026-11-22");
const EVIL = `</title><script>document.title = "taken"</script><img src=x onerror="document.title='taken'"> ${"long".repeat(60)}`;

function page(name: string, days: readonly string[], meta: ReportMeta): string {
  const summing = sums({
    basis: "effective",
    groupBy: ["day", "service", "resource_type"],
    currency: "USD",
    from: "2026-10-24",
    to: "2026-11-22",
  });
  for (const day of days)
    for (const charge of sampleDay({ seed: 1, day }))
      summing.add(charge.service === "AWS Lambda" ? { ...charge, service: EVIL } : charge);
  const file = join(dir, `${name}.html`);
  writeFileSync(file, renderHtml(reportView(summing.result(), meta)));
  return `file://${file}`;
}

const denied = { source: "azure", status: "denied", why: "Reader is missing", requests: 0, paid: ZERO } as const;

describe("how a report looks as a page", () => {
  let browser: Browser;
  let pages: readonly string[];
  beforeAll(async () => {
    browser = await launchChromium();
    let at = 0;
    pages = [
      page("full", SPAN, {
        title: EVIL,
        sources: [denied],
        days: SPAN.map((day, place) => ({ day, finality: place > 26 ? "estimated" : "closed" })),
        utilization: () => (at++ % 4 === 0 ? undefined : (at * 13) % 110),
      }),
      page("denied", [], { sources: [denied] }),
    ];
  });
  afterAll(async () => {
    await browser.close();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const theme of ["light", "dark"] as const)
    for (const width of [320, 360, 768, 1440])
      test(`${theme}, ${width} px: nothing scrolls sideways, nothing is refused or taken over, and axe finds nothing`, async () => {
        const context = await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme: theme,
          bypassCSP: false,
        });
        for (const url of pages) {
          const shown = await context.newPage();
          const said: string[] = [];
          shown.on("console", (message) => said.push(message.text()));
          await shown.goto(url);
          expect(await shown.evaluate(() => document.documentElement.scrollWidth), url).toBe(width);
          expect([said, await shown.evaluate(() => document.scripts.length + document.images.length)]).toEqual([[], 0]);
          expect(await shown.title()).not.toBe("taken");
          if (width !== 768) expect(await findings(shown, theme === "light" ? "all" : "contrast"), url).toEqual([]);
          await shown.close();
        }
        await context.close();
      });

  test("printed it is light, whatever the reader prefers, and its bars keep their colours", async () => {
    const context = await browser.newContext({ colorScheme: "dark" });
    const shown = await context.newPage();
    await shown.goto(pages[0] ?? "");
    await shown.emulateMedia({ media: "print" });
    const style = await shown.evaluate(() => {
      const of = (selector: string) => getComputedStyle(document.querySelector(selector) as Element);
      return [of("body").backgroundColor, of("rect").fill, of("rect").printColorAdjust, of("thead").display];
    });
    expect(style).toEqual(["rgb(255, 255, 255)", "rgb(42, 103, 173)", "exact", "table-header-group"]);
    await context.close();
  });
});
