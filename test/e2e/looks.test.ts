import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";
import { liveThreeHours } from "./story.ts";

const browser = useBrowser();
async function pagesOf(site: Site): Promise<readonly (readonly [path: string, ready: string])[]> {
  const [record] = (await site.world.journal.list({ tenant: "default", reason: "scaled_out", limit: 1 })).items;
  return [
    ["/", ".cell"],
    ["/services", "tr[data-row]"],
    ["/services/orders", ".chart canvas"],
    ["/decisions", "tr[data-row]"],
    [`/decisions/${record?.id}`, ".clause"],
    [`/decisions?decision=${record?.id}`, "[data-drawer] .clause"],
    ["/settings", ".facts"],
    ["/nowhere", ".look-empty"],
  ];
}

async function busySite(): Promise<Site> {
  const site = await browser.site();
  await liveThreeHours(site.world, "orders", 60);
  await site.world.post("/api/v1/autoscaling/search/pause", { why: "load test", by: "ada" });
  site.world.fleet.remove("plain");
  return site;
}

describe("how the pages look", () => {
  for (const theme of ["light", "dark"] as const) {
    test(`axe-core finds nothing serious on any page, ${theme}`, async () => {
      const site = await busySite();
      const page = await browser.page({ theme });
      const rules = theme === "light" ? "all" : "contrast";
      for (const [path, ready] of await pagesOf(site)) {
        await page.goto(site.url + path);
        await page.locator(ready).first().waitFor();
        expect(await findings(page, rules), path).toEqual([]);
      }
      await page.goto(`${site.url}/services/orders`);
      await page.locator("[data-act=override]").click();
      await page.locator("dialog[open]").waitFor();
      expect(await findings(page, rules), "dialog").toEqual([]);
    }, 60_000);
  }

  test("a planted fault is found by the same check", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator(".cell").first().waitFor();
    await page.evaluate(() => {
      const button = document.createElement("button");
      document.querySelector("main")?.append(button);
    });
    expect((await findings(page)).join()).toContain("button-name");
  });

  test("at 360 px nothing scrolls sideways, the bar is at the bottom, and tables are cards", async () => {
    const site = await busySite();
    const page = await browser.page({ width: 360, height: 740 });
    for (const [path, ready] of await pagesOf(site)) {
      await page.goto(site.url + path);
      await page.locator(ready).first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360);
      const bar = await page.locator("nav").boundingBox();
      expect(Math.round((bar?.y ?? 0) + (bar?.height ?? 0)), path).toBe(740);
    }
    await page.goto(`${site.url}/decisions`);
    await page.locator("tr[data-row]").first().waitFor();
    expect(
      await page
        .locator("tr[data-row]")
        .first()
        .evaluate((row) => getComputedStyle(row).display),
    ).toBe("grid");
    // Cards are still a table for those who do not see them.
    expect(await page.getByRole("cell").count()).toBeGreaterThan(5);
  });

  test("light and dark follow the system until the reader chooses, and the choice stays", async () => {
    const site = await browser.site();
    const page = await browser.page({ theme: "dark" });
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.goto(site.url);
    await page.locator(".cell").first().waitFor();
    const dark = await background();
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForFunction((before) => getComputedStyle(document.documentElement).backgroundColor !== before, dark);
    await page.getByRole("button", { name: "Dark theme" }).click();
    expect(await background()).toBe(dark);
    await page.reload();
    await page.locator(".cell").first().waitFor();
    expect(await background()).toBe(dark);
  });

  test("empty, loading, stale, error and denied are five different looks", async () => {
    const seen: string[] = [];
    const look = async (page: Page, selector: string) => {
      await page.locator(selector).first().waitFor();
      seen.push(
        await page
          .locator(selector)
          .first()
          .evaluate((element) => element.className),
      );
    };
    const empty = await browser.site({ config: "" });
    const page = await browser.page();
    await page.goto(empty.url);
    await look(page, ".look-empty");

    const slow = await browser.page();
    await slow.route("**/api/v1/services", () => {});
    await slow.goto(empty.url);
    await look(slow, ".look-loading");

    const broken = await browser.page();
    await broken.route("**/api/v1/services", (route) =>
      route.fulfill({
        status: 503,
        json: {
          title: "Store unavailable",
          status: 503,
          detail: "the store does not answer",
          code: "store.unavailable",
        },
      }),
    );
    await broken.goto(empty.url);
    await look(broken, ".look-error");
    expect(await broken.locator(".look-error").first().textContent()).toMatch(
      /the store does not answer.*Try again.*store\.unavailable/,
    );

    const closed = await browser.site({ access: "keys" });
    const stranger = await browser.page();
    await stranger.goto(closed.url);
    await look(stranger, ".look-denied");

    await empty.goAway();
    await look(page, ".banner-stale");
    expect(new Set(seen).size).toBe(5);
  });

  test("no page takes more than 150 KB of script, compressed, and nothing is inline", () => {
    const dist = browser.dist();
    const assets = readdirSync(join(dist, "assets"));
    const read = (name: string) => readFileSync(join(dist, "assets", name));
    const size = (ending: string) =>
      assets.filter((name) => name.endsWith(ending)).reduce((sum, name) => sum + gzipSync(read(name)).length, 0);
    const scripts = assets.filter((name) => name.endsWith(".js"));
    /** A script with all that it imports before it runs: what is loaded later is not among them. */
    const loaded = (name: string, all = new Set<string>()): ReadonlySet<string> => {
      if (all.has(name)) return all;
      all.add(name);
      for (const [, other = ""] of read(name)
        .toString()
        .matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/gu))
        loaded(other, all);
      return all;
    };
    const main = scripts.filter((name) => readFileSync(join(dist, "index.html"), "utf8").includes(name));
    expect(main.length).toBeGreaterThan(0);
    expect(scripts.length).toBeGreaterThan(2);
    for (const name of scripts) {
      const page = new Set([...main.flatMap((one) => [...loaded(one)]), ...loaded(name)]);
      const bytes = [...page].reduce((sum, one) => sum + gzipSync(read(one)).length, 0);
      expect(bytes).toBeGreaterThan(10_000);
      expect([name, bytes <= 150 * 1024 ? "fits" : bytes]).toEqual([name, "fits"]);
    }
    expect(size(".css")).toBeLessThanOrEqual(20 * 1024);
    const html = readFileSync(join(dist, "index.html"), "utf8");
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)/);
  });
});
