import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { savingWorld } from "../cost/saving-kit.ts";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";

const browser = useBrowser();

const HOSTILE = `<img src=x onerror="document.title='owned'">`;
const submit = (page: Page) => page.locator("dialog [type=submit]").click();
const close = (page: Page) => page.locator("dialog .primary").click();
const acts = (site: Site) => site.asked.filter(({ method }) => method !== "GET");

async function recordOf(page: Page, site: Site) {
  const id = await page.locator("dialog [data-record]").getAttribute("data-record");
  return site.world.journal.get("default", id ?? "");
}

test("a saving is applied with its name typed and taken back, another is dismissed: what will happen is shown, each is one request and a record", async () => {
  const { w, retention } = await savingWorld();
  const site = await browser.siteOf(w);
  const page = await browser.page();
  await page.goto(`${site.url}/cost?span=7d`);
  await page.locator("[data-made-up]").waitFor();
  await page.locator(".cost-days svg .cat").first().waitFor();
  await page.locator(".cost-days svg").focus();
  await page.keyboard.press("End");
  expect(await page.locator(".cost-reading").textContent()).toMatch(/: \$[\d.]+ = /u);
  expect(await findings(page)).toEqual([]);

  await page.locator(".tabs a", { hasText: "Opportunities" }).click();
  await page.locator(".opportunities [data-row-link]").first().click();
  await page.locator("[data-drawer] [data-bounds]", { hasText: "the floor is" }).waitFor();
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  expect(await findings(page)).toEqual([]);
  await page.locator("[data-drawer] [data-act=apply]").click();
  expect(await page.locator(".will-happen").textContent()).toMatch(
    /retention\.ms of topic orders on events: 7 d → .*cannot be had back.*Promised: \$/su,
  );
  await page.locator("[name=why]").fill(`the audit is over ${HOSTILE}`);
  await submit(page);
  await page.locator("dialog .bad", { hasText: "Type the name" }).waitFor();
  expect(acts(site)).toEqual([]);
  await page.locator("[name=typedName]").fill("orders");
  await submit(page);
  expect(await recordOf(page, site)).toMatchObject({ noun: "cost", reason: "applying" });
  const applied = (await retention())?.value;
  expect(applied).not.toBe(String(604_800_000));
  await close(page);

  await page.locator(".tabs a", { hasText: "Changes" }).click();
  await page.locator("[data-change]", { hasText: "applied, guarded" }).waitFor();
  await page.locator("[data-change]", { hasText: "not proven yet" }).waitFor();
  await page.locator("[data-act=revert]").click();
  await page.locator("[name=why]").fill("a new reader needs the week");
  await submit(page);
  expect(await recordOf(page, site)).toMatchObject({ reason: "reverting" });
  expect((await retention())?.value).toBe(String(604_800_000));
  await close(page);
  await page.locator("[data-change]", { hasText: "taken back" }).waitFor();

  await page.locator(".tabs a", { hasText: "Opportunities" }).click();
  await page.locator(".opportunities [data-act=dismiss]").first().click();
  await page.locator("[name=for]").selectOption("90");
  await page.locator("[name=why]").fill("a replay is planned");
  await submit(page);
  expect(await recordOf(page, site)).toMatchObject({ reason: "dismissed" });
  await close(page);
  await page.locator("[data-dismissed]", { hasText: "a replay is planned" }).waitFor();
  expect(acts(site).map(({ path, key }) => [path.replace(/opp_\w+/u, "ID"), key !== null])).toEqual([
    ["/api/v1/cost/opportunities/ID/apply", true],
    ["/api/v1/cost/changes/ID/revert", true],
    ["/api/v1/cost/opportunities/ID/dismiss", true],
  ]);
  expect(await page.title()).not.toBe("owned");
});

test("0, nothing, denied, away and nobody asked look different; a thousand tenants are drawn where the screen is", async () => {
  const { w } = await savingWorld();
  const site = await browser.siteOf(w);
  const page = await browser.page();
  const report = await (await w.get("/api/v1/cost/report?groupBy=service")).json();
  const seen = new Set<string>();
  let now: object = {};
  await page.route("**/api/v1/cost/report*", (route) => route.fulfill({ json: { ...report, ...now } }));
  for (const [status, text] of [
    ["known", "$0.00"],
    ["none", "no charge in this span"],
    ["denied", "may not be read"],
    ["unavailable", "cannot be read now"],
    ["no_sources", "No bill is configured"],
  ] as const) {
    const told = { source: "aws", status, why: "ce:GetCostAndUsage is missing", requests: 1, paid: "0.01" };
    const total = status === "known" ? "0" : null;
    now = { status, total, unallocated: total, rows: [], sources: status === "known" ? [] : [told] };
    await page.goto(`${site.url}/cost?span=${status === "known" ? "30d" : "7d"}&basis=${status}`);
    const look = page.locator("main :is(.look, .cost-total)", { hasText: text });
    await look.waitFor();
    seen.add(`${await look.getAttribute("class")} ${await look.getAttribute("role")}`);
    expect((await page.locator("main").textContent())?.includes("$0.00")).toBe(status === "known" || status === "none");
  }
  expect(seen.size).toBe(4);

  const items = Array.from({ length: 1200 }, (_, index) => ({ tenant: `team-${index}`, cost: String(1200 - index) }));
  const tenants = { ...report, total: "720600", unallocated: "0", items, notes: [] };
  await page.route("**/api/v1/cost/tenants*", (route) => route.fulfill({ json: tenants }));
  await page.goto(`${site.url}/cost/tenants`);
  await page.locator("h1", { hasText: "1200 tenants" }).waitFor();
  expect(await page.locator(".cost-tenants").getAttribute("aria-rowcount")).toBe("1201");
  expect(await page.locator("[data-row]").count()).toBeLessThan(60);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.locator('[data-row="team-1199"]').waitFor();
  await page.locator("[name=q]").fill("team-77");
  await page.locator("[data-row]").nth(10).waitFor();
  expect(await page.locator("[data-row]").count()).toBe(11);
});

test("a report is handed over as a file; what somebody says of an unusual day is one request and a record, and stands there at once", async () => {
  const { w } = await savingWorld();
  const site = await browser.siteOf(w);
  const page = await browser.page();
  await page.goto(`${site.url}/cost?by=region`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("[data-export=csv]").click()]);
  expect(file.suggestedFilename()).toMatch(/^cost-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/u);
  expect(readFileSync(await file.path(), "utf8")).toMatch(/^"day","region","cost","currency","basis"/u);

  const known = await (await w.get("/api/v1/cost/anomalies")).json();
  const one = { id: "orders@2026-01-03", of: "orders", day: "2026-01-03", to: "2026-01-03", open: true, score: 0.9 };
  const item = {
    ...one,
    cost: "34.49",
    expected: "12.32",
    impact: "22.17",
    causes: [],
    text: `orders cost ${HOSTILE}`,
  };
  await page.route("**/api/v1/cost/anomalies", (route) => route.fulfill({ json: { ...known, items: [item] } }));
  await page.goto(`${site.url}/cost/forecast`);
  await page.locator("[data-unusual] [data-act=planned_activity]").click();
  expect(await page.locator(".will-happen").textContent()).toContain("its alert ends");
  await page.locator("[name=why]").fill("the load test");
  await submit(page);
  expect(await recordOf(page, site)).toMatchObject({ noun: "cost", reason: "judged" });
  await close(page);
  await page.locator("[data-unusual]", { hasText: "Somebody said: it was planned." }).waitFor();
  expect(acts(site).map(({ path, key }) => [path, key !== null])).toEqual([
    ["/api/v1/cost/anomalies/orders%402026-01-03/judge", true],
  ]);
  expect(await page.title()).not.toBe("owned");
});
