import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "./harness.ts";

const browser = useBrowser();

/** Opens the dialog of an action on a service's page. */
async function openAct(page: Page, url: string, type: string): Promise<void> {
  await page.goto(`${url}/services/orders`);
  await page.locator(`[data-act=${type}]`).click();
  await page.locator("dialog[open]").waitFor();
}

/** The record the dialog shows when it is done. */
async function recordOf(page: Page): Promise<string> {
  await page.locator("dialog .act-record, dialog .act-status").first().waitFor();
  return (await page.locator("dialog [data-record]").first().getAttribute("data-record")) ?? "";
}

describe("what a person makes Headgate do", () => {
  test("pausing says what will happen, wants a reason, is one request, and shows its decision record", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await openAct(page, site.url, "pause");
    expect(await page.locator(".will-happen").textContent()).toMatch(
      /neither adds nor takes away.*2 instances desired.*Ends by itself at/s,
    );
    await page.locator("dialog [type=submit]").click();
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    expect(site.asked.filter((one) => one.method === "POST")).toEqual([]);
    await page.locator("[name=why]").fill("load test");
    await page.locator("[name=by]").fill("ada");
    await page.locator("[name=direction][value=in]").check();
    expect(await page.locator(".will-happen").textContent()).toContain("takes no instances away");
    await page.locator("dialog [type=submit]").click();
    const id = await recordOf(page);
    const record = await site.world.journal.get("default", id);
    expect(record?.reason).toBe("paused");
    expect(record?.input).toMatchObject({ kind: "pause", by: "ada", why: "load test", direction: "in" });
    expect(site.asked.filter((one) => one.method === "POST")).toEqual([
      { method: "POST", path: "/api/v1/autoscaling/orders/pause", key: expect.any(String) },
    ]);
    await page.locator("dialog [data-record] button").click();
    await page.locator(`[data-drawer="${id}"] .sentence`).waitFor();
    await page.locator(".note", { hasText: "Paused inward by ada" }).waitFor();
  });

  test("resuming ends a pause", async () => {
    const site = await browser.site();
    await site.world.post("/api/v1/autoscaling/orders/pause", { why: "load test" });
    const page = await browser.page();
    await openAct(page, site.url, "resume");
    await page.locator("[name=why]").fill("test is over");
    await page.locator("dialog [type=submit]").click();
    expect((await site.world.journal.get("default", await recordOf(page)))?.reason).toBe("resumed");
    await page.locator("dialog .primary").click();
    await page.locator("[data-act=pause]").waitFor();
    expect(await page.locator(".note").count()).toBe(0);
  });

  test("an override stays inside min and max, wants the name typed, sets the count, and can be ended", async () => {
    const site = await browser.site();
    const page = await browser.page();
    await openAct(page, site.url, "override");
    await page.locator("[name=desired]").fill("99");
    await page.locator("[name=why]").fill("campaign");
    await page.locator("dialog [type=submit]").click();
    await page.locator("dialog .bad", { hasText: "from 2 to 10" }).waitFor();
    await page.locator("[name=desired]").fill("6");
    await page.locator("dialog .bad", { hasText: "Type the name" }).waitFor();
    await page.locator("[name=typedName]").fill("orders");
    expect(await page.locator(".will-happen").textContent()).toContain("Sets desired to 6 from 2");
    await page.locator("dialog [type=submit]").click();
    const record = await site.world.journal.get("default", await recordOf(page));
    expect(record?.reason).toBe("override_set");
    expect(site.world.fleet.desired("orders")).toBe(6);
    await page.locator("dialog .primary").click();
    await page.locator(".note", { hasText: "Held at 6" }).waitFor();
    await page.locator("[data-act=clear_override]").click();
    await page.locator("[name=why]").fill("campaign is over");
    await page.locator("dialog [type=submit]").click();
    expect((await site.world.journal.get("default", await recordOf(page)))?.reason).toBe("override_cleared");
  });

  test("evaluating decides as an alarm would and shows what came out", async () => {
    const site = await browser.site();
    site.world.clock.advance(60_000);
    site.world.measure("orders", { cpu: 91, memory: 40 });
    const page = await browser.page();
    await openAct(page, site.url, "evaluate");
    await page.locator("dialog [type=submit]").click();
    const record = await site.world.journal.get("default", await recordOf(page));
    expect(record?.reason).toBe("scaled_out");
    expect(site.world.fleet.desired("orders")).toBe(3);
    expect(await page.locator("dialog .act-record .sentence").textContent()).toContain("orders");
  });

  test("pressing again after the connection broke carries the same key and is done once", async () => {
    const site = await browser.site();
    const page = await browser.page();
    // The answer is lost on its way back: the work is done, the page cannot know.
    let lost = false;
    await page.route("**/autoscaling/orders/pause", async (route) => {
      if (lost) return route.continue();
      lost = true;
      await route.fetch();
      await route.abort("connectionreset");
    });
    await openAct(page, site.url, "pause");
    await page.locator("[name=why]").fill("load test");
    await page.locator("dialog [type=submit]").click();
    await page.locator("dialog .bad", { hasText: "Pressing again is safe" }).waitFor();
    await page.locator("dialog [type=submit]").click();
    await recordOf(page);
    const sent = site.asked.filter((one) => one.method === "POST");
    expect(sent.length).toBe(2);
    expect(sent[0]?.key).toBe(sent[1]?.key);
    expect((await site.world.journal.list({ tenant: "default", reason: "paused" })).items.length).toBe(1);
  });

  test("where a key is needed the page asks for one, keeps it for the tab, and says who it is and what it may not do", async () => {
    const site = await browser.site({ access: "keys" });
    const key = await site.world.key("read");
    const page = await browser.page();
    await page.goto(`${site.url}/services/orders`);
    await page.locator(".look-denied").first().waitFor();
    await page.locator("[type=password]").first().fill(key);
    await page.locator(".look-denied [type=submit]").first().click();
    await page.locator(".summary-line").waitFor();
    expect(
      await page.evaluate(() => [sessionStorage.getItem("headgate.key"), localStorage.getItem("headgate.key")]),
    ).toEqual([key, null]);
    await page.reload();
    await page.locator("[data-act=pause]:disabled").waitFor();
    expect(await page.locator(".act-denied").textContent()).toMatch(/read-key may look.*scope operate/);
    expect(await page.locator(".who").textContent()).toMatch(/read-key.*default.*read only/);
    await page.locator(".who").click();
    await page.locator(".facts", { hasText: "read: sees everything" }).waitFor();
    expect(await page.locator("main").textContent()).not.toContain(key.slice(-43));
    await page.getByRole("button", { name: "Forget the key" }).click();
    await page.locator(".look-denied").first().waitFor();
    await page.locator(".who").waitFor({ state: "detached" });
  });

  test("what the API refuses although the page thought it could is told, and nothing is done", async () => {
    const site = await browser.site({ access: "keys" });
    const key = await site.world.key("read");
    const page = await browser.page();
    await page.route("**/access/me", async (route) => {
      const view = await (await route.fetch()).json();
      await route.fulfill({ json: { ...view, scope: "operate" } });
    });
    await page.addInitScript((text) => sessionStorage.setItem("headgate.key", text), key);
    await openAct(page, site.url, "pause");
    await page.locator("[name=why]").fill("load test");
    await page.locator("dialog [type=submit]").click();
    await page.locator("dialog .bad", { hasText: "scope operate" }).waitFor();
    expect((await site.world.journal.list({ tenant: "default" })).items).toEqual([]);
  });
});
