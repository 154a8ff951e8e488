import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { findings } from "./axe.ts";
import { useBrowser } from "./harness.ts";
import { LAB, proposeFor, recordedDays } from "./lab-story.ts";

const browser = useBrowser();

const idle = (page: Page) => page.locator('.lab-verdict[aria-busy="false"]').waitFor();
const verdict = (page: Page) => page.locator(".lab-verdict [role=status]");
const figures = async (page: Page, key: string) => (await page.locator(`[data-figure=${key}]`).textContent()) ?? "";
const number = (page: Page, field: string) => page.locator(`[data-field="${field}"] input[type=number]`);
const slider = (page: Page, field: string) => page.locator(`[data-field="${field}"] input[type=range]`);

test("a policy is tried over the recorded load by sliders and keys: figures beside today's, an address to send, YAML to keep; nothing is changed", async () => {
  const site = await browser.site({ config: LAB });
  recordedDays(site.world, "orders", 1500);
  const page = await browser.page();
  await page.goto(`${site.url}/services/orders`);
  await page.locator(".summary a", { hasText: "Policy lab" }).click();
  await verdict(page).filter({ hasText: "This is today's policy" }).waitFor();
  await page.locator(".lab-charts canvas").first().waitFor();
  expect(await page.locator("main").textContent()).toMatch(/recorded load of orders: 1 d 1 h.*That is little/su);
  expect(await findings(page)).toEqual([]);

  // By keys: one step of the slider, and the address follows.
  await slider(page, "cpu").focus();
  for (let step = 0; step < 15; step += 1) await page.keyboard.press("ArrowLeft");
  await verdict(page).filter({ hasText: "It would have cost" }).waitFor();
  await page.waitForURL(/[?&]cpu=60(&|$)/u);
  expect(await slider(page, "cpu").getAttribute("aria-valuetext")).toBe("60\u00a0%");
  expect(await number(page, "cpu").inputValue()).toBe("60");
  expect(await page.locator('[data-field="cpu"] .lab-back').textContent()).toContain("back to 75");
  expect(await figures(page, "cost")).toMatch(/% (cheaper|dearer)|the same/u);
  // Fifteen steps of a hand are one question, two at the most: it is asked when the hand rests.
  const played = site.asked.filter(({ path }) => path.endsWith("/autoscaling/lab")).length;
  expect(played).toBeLessThanOrEqual(4);

  // What is out of bounds is said, and not played.
  await number(page, "min").fill("99");
  await verdict(page).filter({ hasText: "Fewest tasks must not be above most tasks" }).waitFor();
  await number(page, "min").fill("4");
  await verdict(page).filter({ hasText: "It would have cost" }).waitFor();
  await page.locator(".lab-yaml summary").click();
  expect(parseYaml((await page.locator("[data-lab=yaml]").textContent()) ?? "")).toMatchObject({
    autoscaling: { orders: { min: 4, max: 30, policies: [{ type: "instances", cpu: 60 }] } },
  });

  // The address says the same to whoever it is sent to; back is what was before.
  await page.waitForURL(/min=4/u);
  const other = await browser.page({ width: 360, theme: "dark" });
  await other.goto(page.url());
  await verdict(other).filter({ hasText: "It would have cost" }).waitFor();
  expect([await number(other, "cpu").inputValue(), await number(other, "min").inputValue()]).toEqual(["60", "4"]);
  expect(await other.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await findings(other)).toEqual([]);
  await page.locator("[name=policy]").selectOption("demand");
  await page.waitForURL(/policy=demand/u);
  await number(page, "target").waitFor();
  await page.goBack();
  await number(page, "cpu").waitFor();
  expect(await number(page, "cpu").inputValue()).toBe("60");

  // All of them over the same minutes, and one of them taken over.
  await idle(page);
  await page.locator("[data-lab=compare]").click();
  await page.locator("[data-policy=demand]").waitFor({ timeout: 30_000 });
  const names = await page
    .locator(".lab-compare tbody tr")
    .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset["policy"]));
  expect(names).toEqual(expect.arrayContaining(["as tried above", "today's policy", "predictive", "hpa-cpu70"]));
  expect(await findings(page)).toEqual([]);
  await page.locator("[data-policy=demand] button").click();
  await page.waitForURL(/policy=demand/u);
  expect(page.url()).toContain("min=4");

  expect(
    site.asked.filter(({ method, path }) => method !== "GET" && !/autoscaling\/(lab|compare)$/u.test(path)),
  ).toEqual([]);
}, 60_000);

test("the bounds that are tried are those that are played", async () => {
  const site = await browser.site({ config: LAB });
  recordedDays(site.world, "orders", 600);
  const page = await browser.page();
  await page.goto(`${site.url}/lab?service=orders&policy=demand&max=3`);
  await verdict(page).filter({ hasText: "It would have cost" }).waitFor();
  // More comes than three can do; sixty are never needed.
  expect(await figures(page, "violations")).toMatch(/minutes? more$/u);
  await number(page, "max").fill("60");
  await page.locator("[data-figure=violations]", { hasText: /(the same|fewer)$/u }).waitFor();
}, 60_000);

test("too little, a bad file, no access and no answer each say what they are; a file of one's own is played", async () => {
  const site = await browser.site({ config: LAB });
  recordedDays(site.world, "orders", 20);
  const page = await browser.page();
  await page.goto(`${site.url}/lab?service=orders`);
  await page.locator(".look-empty", { hasText: "20 min of requests were recorded" }).waitFor();
  expect(await page.locator("main").textContent()).not.toContain("0 bad minutes");
  expect(await findings(page)).toEqual([]);
  await page.locator(".look-empty a", { hasText: "A made-up fortnight" }).click();
  await page.waitForURL(/load=synthetic/u);
  await verdict(page).filter({ hasText: "times the cost of perfect foresight" }).waitFor({ timeout: 30_000 });
  await page.locator("[data-lab=worst]").click();
  await page.waitForURL(/days=\d+-\d+/u);
  await page.locator(".lab-key", { hasText: "a point is 1 min" }).waitFor();

  await page.locator("[name=load]").selectOption("file");
  await page.locator(".look-empty", { hasText: "No file has been chosen" }).waitFor();
  const choose = (text: string) =>
    page.locator("[name=file]").setInputFiles({ name: "load.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await choose("timestamp,value\n2026-01-01T00:00:00Z,12\nyesterday,14\n");
  await page.locator(".look-error", { hasText: "row 3" }).waitFor();
  const rows = Array.from({ length: 240 }, (_, at) => `${1_767_225_600 + at * 60},${100 + (at % 60)}`);
  await choose(`timestamp,value\n${rows.join("\n")}\n`);
  await page.locator("main", { hasText: "The load that was given: 4 h" }).waitFor();
  expect(page.url()).not.toContain("1767");

  await page.route("**/api/v1/autoscaling/lab", (route) => route.abort());
  await page.locator("[name=policy]").selectOption("hpa");
  await page.locator(".look-error", { hasText: "does not answer" }).waitFor();
  // What was known stays, and says of what it is not.
  expect(await page.locator(".lab-figures").count()).toBe(1);
  await page.unrouteAll();
  await page.locator(".look-error button").click();
  await verdict(page).filter({ hasText: "times the cost" }).waitFor();
  await page.locator(".look-error").waitFor({ state: "detached" });
}, 60_000);

test("on its page a service says what its forecast expected and what auto proposes: applied with its name typed, one request and a record", async () => {
  const site = await browser.site({ config: LAB });
  const { world } = site;
  recordedDays(world, "search", 2_890);
  await proposeFor(world, "search");
  const page = await browser.page();
  await page.goto(`${site.url}/services/search`);
  await page.locator("[data-forecast=requests] canvas").first().waitFor();
  expect(await page.locator("[data-forecast=requests]").textContent()).toMatch(/trusted.*interval.*ahead\./su);
  await page.locator(".scaling-proposal", { hasText: "demand 60 %" }).waitFor({ timeout: 60_000 });
  // What it cost is played, and comes last.
  await page.locator("[data-scaling=tuning]", { hasText: "Over the last 2 days" }).waitFor({ timeout: 60_000 });
  expect(await page.locator("[data-scaling=tuning]").textContent()).toMatch(
    /auto runs the default forecast.*Played without backlog: nobody measures it.*Over the last 2 days the default forecast cost [\d.]+ .*perfect foresight [\d.]+/su,
  );
  expect(await findings(page)).toEqual([]);

  await page.locator("[data-act=apply-proposal]").click();
  expect(await page.locator(".will-happen").textContent()).toMatch(
    /scaled by demand 60 %.*type: demand.*target: 0\.6/su,
  );
  await page.locator("[name=why]").fill("it held for a week in the lab");
  await page.locator("dialog [type=submit]").click();
  await page.locator("dialog .bad", { hasText: "Type the name" }).waitFor();
  await page.locator("[name=typedName]").fill("search");
  await page.locator("dialog [type=submit]").click();
  const id = await page.locator("dialog [data-record]").getAttribute("data-record");
  expect(await world.journal.get("default", id ?? "")).toMatchObject({ noun: "autoscaling", reason: "applied" });
  expect(site.asked.filter(({ method }) => method !== "GET")).toEqual([
    { method: "POST", path: "/api/v1/autoscaling/search/tuning/apply", key: expect.stringMatching(/.{16}/u) },
  ]);
  await page.locator("dialog .primary").click();
  await page.locator("[data-scaling=tuning]", { hasText: "auto runs demand 60 %" }).waitFor({ timeout: 60_000 });
  expect(await page.locator(".scaling-proposal").count()).toBe(0);
}, 150_000);
