import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { CircuitDetailView } from "../../functions/api/views-breakers.ts";
import type { TrafficServicesView, TrafficServiceView } from "../../functions/api/views-traffic.ts";
import type { GatewayLook } from "../../shared/shell/gateway-look.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { CONFIG } from "../api/kit.ts";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";

const browser = useBrowser();

/** With slashes, emoji, right-to-left text, and as long as names get. */
const NAME = `checkout/🔌 שלום <b>${"payments-".repeat(20)}`.slice(0, 200);

const submit = (page: Page) => page.locator("dialog [type=submit]").click();
const acts = (site: Site) => site.asked.filter(({ method }) => method !== "GET");

/** The record that the dialog shows when it is done. */
async function recordOf(page: Page, site: Site) {
  const id = await page.locator("dialog [data-record]").first().getAttribute("data-record");
  return site.world.journal.get("default", id ?? "");
}

const circuitOf = async (site: Site, name: string) =>
  (await (await site.world.get(`/api/v1/breakers/${encodeURIComponent(name)}`)).json()) as CircuitDetailView;

describe("circuits", () => {
  test("one is forced open with its name typed and a reason, and released: each is one request and a record", async () => {
    const site = await browser.site();
    const path = `/api/v1/breakers/${encodeURIComponent(NAME)}`;
    await site.world.post(`${path}/outcomes`, { environment: "checkout-1", outcome: "failure" });
    const page = await browser.page();
    await page.goto(`${site.url}/traffic/circuits?prefix=checkout`);
    await page.locator(".circuits [data-row-link]").click();
    await page.locator("[data-counted]", { hasText: "1 of 5 failures that open it" }).waitFor();
    expect(await page.locator("h1").textContent()).toBe(NAME);
    await page.locator("[data-circuit=force]").click();
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    await page.locator("[name=why]").fill("payments is being moved");
    await page.locator("[name=by]").fill("ada");
    await page.locator("dialog .bad", { hasText: "Type the name" }).waitFor();
    await page.locator("[name=typedName]").fill(NAME);
    expect(await page.locator(".will-happen").textContent()).toMatch(/Every call.*refused.*Ends by itself at/s);
    expect(acts(site)).toEqual([]);
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({ reason: "forced_open", subject: `circuit:${NAME}` });
    expect(acts(site)).toEqual([{ method: "POST", path: `${path}/force`, key: expect.stringMatching(/.{16}/) }]);
    expect((await circuitOf(site, NAME)).forced).toMatchObject({ state: "open", by: "ada (local)" });
    await page.locator("dialog .primary").click();
    await page.locator(".standing-failing", { hasText: "forced open" }).waitFor();
    await page.locator("[data-circuit=release]").click();
    await page.locator("[name=why]").fill("moved");
    await submit(page);
    expect((await recordOf(page, site))?.reason).toBe("released");
    expect(acts(site).length).toBe(2);
    await page.locator("dialog .primary").click();
    await page.locator(".summary .standing-ok", { hasText: "closed" }).waitFor();
    await page.locator(".decisions", { hasText: "forced open" }).waitFor();
    expect(await findings(page)).toEqual([]);
  });
});

const backend = (id: string, more: object = {}) => ({ id, host: "10.0.1.17", port: 8080, ...more });

/** A gateway that has sent everything to the first of the backends, which now fails. */
function lookOf(site: Site, view: TrafficServiceView): GatewayLook {
  const at = site.world.clock.now();
  return {
    service: view.summary.service,
    at,
    policy: "least_response_time",
    panic: true,
    windowMs: 60_000,
    levels: [{ priority: 0, healthy: 1, total: 2, share: 100, panic: true }],
    ...{
      arrived: 100,
      completed: 70,
      failed: 30,
      refused: 5,
      abandoned: 0,
      retried: 12,
      inFlight: 3,
      queued: 2,
      shed: 4,
    },
    backends: view.backends.map(({ circuit: _circuit, gateway: _gateway, ...one }, index) => ({
      ...one,
      active: index === 0 ? 3 : 0,
      requests: index === 0 ? 100 : 0,
      failures: index === 0 ? 30 : 0,
      share: index === 0 ? 1 : 0,
      usable: true,
      ...(index === 0 ? { ejection: { times: 2, until: at + 30_000, why: "consecutive_5xx" } } : {}),
    })),
  };
}

describe("backends", () => {
  test("one is drained and removed: what will happen is shown, a reason is asked for, each is one request and a record", async () => {
    const site = await browser.site({ config: `${CONFIG}traffic:\n  orders: { panic: 0 }\n` });
    const base = "/api/v1/traffic/orders";
    const backends = [backend("a", { version: "v1" }), backend("b", { port: 8081, version: "v2" })];
    await site.world.post(`${base}/backends`, { backends, lease: "none" });
    const page = await browser.page();
    await page.goto(`${site.url}/traffic/orders`);
    const row = page.locator('tr[data-row="a"]');
    await row.locator("[data-backend=drain]").click();
    expect(await page.locator(".will-happen").textContent()).toMatch(
      /No new request is sent to a\..*not known how many.*to the 1 other backend that is ok/s,
    );
    await page.locator("[name=why]").fill("its disk is to be replaced");
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({
      reason: "drained_by_hand",
      subject: "backends:orders",
      input: { ids: ["a"], why: "its disk is to be replaced" },
    });
    expect(acts(site)).toEqual([{ method: "POST", path: `${base}/drain`, key: expect.stringMatching(/.{16}/) }]);
    await page.locator("dialog .primary").click();
    await page.locator('tr[data-state=draining][data-row="a"]').waitFor();
    await row.locator("[data-backend=remove]").click();
    await page.locator("[name=why]").fill("gone for good");
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Type the id" }).waitFor();
    await page.locator("[name=typedName]").fill("a");
    await submit(page);
    expect((await recordOf(page, site))?.reason).toBe("removed_by_hand");
    await page.locator("dialog .primary").click();
    await row.waitFor({ state: "detached" });
    await page.locator(".decisions", { hasText: "gone for good" }).waitFor();
    await page.locator("[name=key]").fill("customer-42");
    await page.locator("[data-pick]").click();
    await page.locator("[data-picked=b]").waitFor();
    expect(await findings(page)).toEqual([]);
  });

  test("panic, ejection and what is refused are told in words, and g t leads there", async () => {
    const site = await browser.site({ config: `${CONFIG}traffic:\n  orders: {}\n` });
    await site.world.post("/api/v1/traffic/orders/backends", { backends: [backend("a"), backend("b", { port: 81 })] });
    const view = (await (await site.world.get("/api/v1/traffic/orders")).json()) as TrafficServiceView;
    const look = lookOf(site, view);
    (site.world.runtime as { traffic?: Runtime["traffic"] }).traffic = (service) =>
      service === "orders" ? look : undefined;
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator("h1", { hasText: "orders in panic, 1 backend ejected" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    const first = page.locator(".traffic tr[data-row]").first();
    await first.locator(".standing-failing", { hasText: "panic" }).waitFor();
    expect(await first.textContent()).toMatch(
      /orders.*1 of 2 ok, 1 ejected.*2 queued now, 12 retried, 5 refused, 4 of them shed/s,
    );
    expect(await findings(page)).toEqual([]);
    await first.locator("a").click();
    const row = page.locator('tr[data-row="a"]');
    await row.locator(".standing-degraded", { hasText: "ejected" }).waitFor();
    expect(await row.textContent()).toMatch(
      /it failed too often in a row, until .*used all the same: panic.*100.%.*30 of 100/s,
    );
    expect(await page.locator(".levels").textContent()).toContain("panic");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await findings(page, "contrast")).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    // Of a thousand services only those on the screen are drawn, and all are counted.
    await page.route("**/api/v1/traffic", async (route) => {
      const { items, ...rest } = (await (await route.fetch()).json()) as TrafficServicesView;
      const many = Array.from({ length: 1_000 }, (_, index) => ({ ...items[0], service: `service-${index}` }));
      await route.fulfill({ json: { ...rest, items: many } });
    });
    await page.goto(`${site.url}/traffic`);
    await page.locator("h1", { hasText: "1000 services" }).waitFor();
    expect(await page.locator(".traffic tr[data-row]").count()).toBeLessThan(30);
    expect(await page.locator(".traffic").getAttribute("aria-rowcount")).toBe("1001");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});
