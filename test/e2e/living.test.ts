import { describe, expect, test } from "vitest";
import { useBrowser } from "./harness.ts";
import { LOCAL, liveThreeHours } from "./story.ts";

const browser = useBrowser();
const pause = (why: string) => ["/api/v1/autoscaling/orders/pause", { why }] as const;
const resume = (why: string) => ["/api/v1/autoscaling/orders/resume", { why }] as const;

describe("how the page lives", () => {
  test("a decision appears by itself as it is made, over the stream", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator(".live-live").waitFor();
    await page.locator(".look-empty", { hasText: "Nothing has been decided yet" }).waitFor();
    await site.world.post(...pause("first"));
    await page.locator("tr[data-row]", { hasText: "first" }).waitFor({ timeout: 2500 });
    expect(await page.locator(".live .how").count()).toBe(0);
  });

  test("without a stream it polls, and says so", async () => {
    const site = await browser.site({ stream: false });
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator(".live .how", { hasText: "polling" }).waitFor();
    await site.world.post(...pause("polled"));
    await page.locator("tr[data-row]", { hasText: "polled" }).waitFor();
  });

  test("nothing moves under the pointer: new rows wait behind a pill", async () => {
    const site = await browser.site();
    await site.world.post(...pause("one"));
    const page = await browser.page();
    await page.goto(`${site.url}/decisions`);
    const first = page.locator("tr[data-row]").first();
    await first.hover();
    const before = await first.getAttribute("data-row");
    site.world.clock.advance(1000);
    await site.world.post(...resume("two"));
    await page.locator(".pill-new").waitFor();
    expect(await first.getAttribute("data-row")).toBe(before);
    await page.locator(".pill-new").click();
    await page.locator("tr[data-row]", { hasText: "two" }).first().waitFor();
  });

  test("charts and their marks stand still while the pointer is over them, and catch up when it leaves", async () => {
    const site = await browser.site({ config: LOCAL });
    await liveThreeHours(site.world, "orders", 40);
    const page = await browser.page();
    await page.goto(`${site.url}/services/orders`);
    const plots = page.locator(".chart-plot");
    await page.locator(".chart canvas").first().waitFor();
    await page.locator(".live-live").waitFor();
    const picture = async () => ({
      words: await plots.evaluateAll((all) => all.map((plot) => plot.getAttribute("aria-label"))),
      marks: await page.locator(".mark").evaluateAll((all) => all.map((mark) => mark.getAttribute("style"))),
    });
    await plots.nth(1).hover();
    const before = await picture();
    site.world.clock.advance(60_000);
    site.world.measure("orders", { requests: 500, cpu: 99, memory: 79 });
    // The first news tell the page the new time, the second make it ask for what was measured until then.
    await site.world.post(...pause("while looked at"));
    await page.locator("tr[data-row]", { hasText: "while looked at" }).waitFor();
    const answered = page.waitForResponse("**/series?**");
    await site.world.post(...resume("still looked at"));
    await page.locator("tr[data-row]", { hasText: "still looked at" }).waitFor();
    expect(JSON.stringify(await (await answered).json())).toContain('"value":500');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await picture()).toEqual(before);
    await page.mouse.move(5, 5);
    await page.locator(".chart-plot[aria-label*='500']").waitFor();
    const after = await picture();
    expect(after.words).not.toEqual(before.words);
    expect(after.marks).not.toEqual(before.marks);
  });

  test("paused, the page stands still until it is told to go on", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await page.goto(`${site.url}/decisions`);
    await page.locator(".live-live").waitFor();
    await page.locator(".look-empty").waitFor();
    await page.keyboard.press("p");
    await page.locator(".live-paused").waitFor();
    const asked = site.asked.length;
    await site.world.post(...pause("unseen"));
    // Two heartbeats of the stream later the decision has long arrived.
    await page.waitForFunction((at) => performance.now() > at + 1200, await page.evaluate(() => performance.now()));
    expect(await page.locator("tr[data-row]").count()).toBe(0);
    expect(site.asked.length).toBe(asked);
    await page.keyboard.press("p");
    await page.locator("tr[data-row]", { hasText: "unseen" }).waitFor();
  });

  test("when the API goes away what was known stays, with since when; when it is back the page recovers by itself", async () => {
    const site = await browser.site();
    await site.world.post(...pause("before"));
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator("tr[data-row]", { hasText: "before" }).waitFor();
    await page.locator(".live-live").waitFor();
    await site.goAway();
    const banner = page.locator(".banner-stale");
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(/does not answer since .*\d\d:\d\d:\d\d/);
    expect(await page.locator(".live-stale").count()).toBe(1);
    expect(await page.locator("tr[data-row]", { hasText: "before" }).count()).toBe(1);
    expect(await page.locator(".cell").count()).toBe(3);
    // Pages not seen yet say so, instead of looking empty.
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.locator(".look-error", { hasText: "does not answer" }).waitFor();
    await page.goBack();
    await page.locator(".cell").first().waitFor();
    site.world.clock.advance(1000);
    await site.world.post(...resume("meanwhile"));
    await site.comeBack();
    await banner.waitFor({ state: "detached" });
    await page.locator("tr[data-row]", { hasText: "meanwhile" }).first().waitFor();
    await page.locator(".live-live").waitFor();
  });

  test("times come from the control plane's clock, not the browser's, and a virtual clock is said to be one", async () => {
    const site = await browser.site();
    (site.world.runtime as { speed: number }).speed = 60;
    const page = await browser.page();
    await page.clock.setFixedTime("2031-07-01T12:00:00Z");
    await page.goto(`${site.url}/settings`);
    await page.locator(".virtual", { hasText: "virtual 60×" }).waitFor();
    const year = new Date(site.world.clock.now()).getUTCFullYear();
    expect(
      await page
        .locator(".facts dd", { hasText: `${year}-` })
        .first()
        .textContent(),
    ).toContain(`${year}-01-05T`);
  });

  test("a browser with a language that is none shows the page all the same", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await page.addInitScript(() =>
      Object.defineProperty(navigator, "language", { value: "en-US@posix", configurable: true }),
    );
    await page.goto(site.url);
    await page.locator(".cell").first().waitFor();
  });

  test("everything can be done from the keyboard", async () => {
    const site = await browser.site();
    await liveThreeHours(site.world, "orders", 30);
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator(".cell").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.locator("tr[data-row]").nth(2).waitFor();
    expect(new URL(page.url()).pathname).toBe("/decisions");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const ids = await page
      .locator("tr[data-row]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-row")));
    expect(await page.evaluate(() => document.activeElement?.closest("tr")?.getAttribute("data-row"))).toBe(ids[1]);
    expect(await page.evaluate(() => document.activeElement?.matches(":focus-visible"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.locator(`[data-drawer="${ids[1]}"] .sentence`).waitFor();
    await page.keyboard.press("j");
    await page.locator(`[data-drawer="${ids[2]}"] .sentence`).waitFor();
    await page.keyboard.press("k");
    await page.locator(`[data-drawer="${ids[1]}"] .sentence`).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-drawer]").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.type("orde");
    await page.locator("[role=option]", { hasText: "orders" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/services/orders");
    await page.locator(".chart canvas").first().waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog .keys").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL("**/services");
    await page.locator("tr[data-row]").first().waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/services/search");
  });
});
