import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { DeliveryServicesView, DeliveryServiceView } from "../../functions/api/views-delivery.ts";
import { deliveryWorld } from "../delivery/functions-kit.ts";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";

const browser = useBrowser();

const CONFIG = `version: 1
services:
  orders: { run: { command: [node, orders.mjs] } }
delivery:
  orders: { first: 5m, step: 2m, bake: 2m, steps: [10, { percent: 50, approval: true }, 100] }
`;
const HOSTILE = `<img src=x onerror="document.title='owned'">`;
/** With slashes, emoji, right-to-left text, and as long as names get. */
const NAME = `checkout/🚢 שלום <b>${"payments-".repeat(20)}`.slice(0, 200);

const submit = (page: Page) => page.locator("dialog [type=submit]").click();
const acts = (site: Site) => site.asked.filter(({ method }) => method !== "GET");

async function recordOf(page: Page, site: Site) {
  const id = await page.locator("dialog [data-record]").first().getAttribute("data-record");
  return site.world.journal.get("default", id ?? "");
}

const close = (page: Page) => page.locator("dialog .primary").click();

const sized = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

describe("a rollout", () => {
  test("is approved and aborted: what will happen is shown, a reason and the name are asked for, each is one request and a record", async () => {
    const w = await deliveryWorld({ config: CONFIG });
    await w.deploy({ version: "v2", command: "node orders.mjs", why: `release ${HOSTILE}`, by: "ada" });
    await w.play(3_600_000, ({ current }) => current?.phase === "approval");
    const site = await browser.siteOf(w);
    const page = await browser.page();
    await page.goto(`${site.url}/delivery`);
    await page.locator("h1", { hasText: "1 canary running, 1 waiting for a person" }).waitFor();
    await page.locator(".delivery [data-row-link]").click();
    await page.locator(".phase", { hasText: "a person has to approve 50" }).waitFor();
    expect(await page.locator(".steps").textContent()).toMatch(/10.%done.*50.%waits for approval.*100.%to come/s);
    expect(await page.locator('[data-version="v2"]').textContent()).toMatch(/healthy.*10.%/s);
    await page.locator(".evidence canvas").first().waitFor();
    expect(await page.locator(".evidence").textContent()).toContain("Evidence that it is worse");
    expect(await page.locator('[data-metric="errors"]').textContent()).toMatch(/of.*×/s);
    expect(await findings(page)).toEqual([]);

    await page.locator("[data-rollout=approve]").click();
    expect(await page.locator(".will-happen").textContent()).toMatch(/v2 is given 50.% of the traffic, from 10.%/);
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    expect(acts(site)).toEqual([]);
    await page.locator("[name=why]").fill("the dashboards look well");
    await page.locator("[name=by]").fill("ada");
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({ reason: "approved", subject: "rollout:orders" });
    const path = "/api/v1/delivery/orders";
    expect(acts(site)).toEqual([{ method: "POST", path: `${path}/approve`, key: expect.stringMatching(/.{16}/) }]);
    await close(page);

    await w.refresh();
    await w.play(600_000, ({ current }) => current?.phase === "judging" && current.step === 1);
    await page.locator(".phase", { hasText: /v2 has 50.% and is judged/ }).waitFor();
    await page.locator("[data-rollout=abort]").click();
    expect(await page.locator(".will-happen").textContent()).toMatch(/All traffic goes back to v1.*v2 is stopped/s);
    await page.locator("[name=why]").fill("second thoughts");
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Type the name" }).waitFor();
    await page.locator("[name=typedName]").fill("orders");
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({ reason: "rollback_begun", input: { why: "second thoughts" } });
    expect(acts(site).map((one) => one.path)).toEqual([`${path}/approve`, `${path}/abort`]);
    await close(page);

    await w.refresh();
    await w.play();
    await page.locator(".rollout .standing-failing", { hasText: "rolled back" }).waitFor();
    expect(await page.locator(".rollout .note-bad").textContent()).toMatch(/Went back: aborted.*second thoughts/s);
    expect(await page.locator("[data-rollout]").count()).toBe(0);
    const history = page.locator(".rollouts", { hasText: "second thoughts" });
    await history.waitFor();
    expect(await history.textContent()).toContain(HOSTILE);
    expect(await page.title()).not.toBe("owned");
    await page.locator(".decisions [data-row-link]").first().click();
    await page.locator("[data-drawer] .sentence").waitFor();
  });

  test("that is worse shows the evidence above its limit, on a phone and in the dark; a new one is begun by the form", async () => {
    const w = await deliveryWorld({ config: CONFIG });
    w.quality.set("v2", { errors: 0.2 });
    await w.deploy({ version: "v2", command: "node orders.mjs", why: "release", by: "ada" });
    await w.play();
    const site = await browser.siteOf(w);
    const page = await browser.page({ width: 360, height: 740, theme: "dark" });
    await page.goto(site.url);
    await page.locator("h1", { hasText: "1 release rolled back" }).waitFor();
    await page.locator(".need", { hasText: "rolled back" }).locator("a").first().click();
    await page.locator(".verdict-line .standing-failing", { hasText: "worse" }).waitFor();
    const described = page.locator('.evidence [aria-label^="Evidence that it is worse: worse from"]');
    const said = (await described.getAttribute("aria-label")) ?? "";
    expect(Number(/to ([\d.]+)/.exec(said)?.[1])).toBeGreaterThanOrEqual(1);
    expect(await sized(page)).toBe(360);
    expect(await findings(page)).toEqual([]);
    expect(await findings(page, "contrast")).toEqual([]);

    await page.locator("[data-deploy]").click();
    await page.locator(".will-happen", { hasText: "a person approves" }).waitFor();
    await page.locator("[name=version]").fill("v3");
    await page.locator("[name=environment]").fill("MODE=fast lane");
    await page.locator("[name=why]").fill("the fix");
    await page.locator("dialog summary").click();
    expect(await page.locator("dialog pre").textContent()).toBe(
      "headgate deploy orders --version v3 --env 'MODE=fast lane' --why 'the fix'",
    );
    await w.refresh();
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({ reason: "started", subject: "rollout:orders" });
    expect(acts(site)).toEqual([
      { method: "POST", path: "/api/v1/delivery/orders/releases", key: expect.stringMatching(/.{16}/) },
    ]);
    expect((await w.state())?.current?.release).toMatchObject({ version: "v3", environment: { MODE: "fast lane" } });
    await close(page);
    await page.locator(".phase", { hasText: "v3 comes up" }).waitFor();
    expect(await page.locator("[data-deploy]").isDisabled()).toBe(true);
  });

  test("of a thousand services those on the screen are drawn; a failing version shows its logs as text; a gate of Flagger is opened", async () => {
    const w = await deliveryWorld({ config: CONFIG });
    await w.deploy({ version: "v2", command: "node orders.mjs", why: "release" });
    await w.play(600_000, ({ current }) => current?.phase === "judging");
    await w.post("/hooks/flagger/confirm-promotion", {
      ...{ name: "checkout", namespace: "shop", phase: "Progressing", checksum: "1", metadata: { service: "orders" } },
    });
    const site = await browser.siteOf(w);
    const page = await browser.page({ width: 360, height: 740 });
    await page.route("**/api/v1/delivery", async (route) => {
      const { items, ...rest } = (await (await route.fetch()).json()) as DeliveryServicesView;
      const many = Array.from({ length: 1_000 }, (_, index) => ({ ...items[0], service: `${index} ${NAME}` }));
      await route.fulfill({ json: { ...rest, items: many } });
    });
    await page.route("**/api/v1/delivery/orders", async (route) => {
      const view = (await (await route.fetch()).json()) as DeliveryServiceView;
      const versions = view.versions?.map((one) => ({
        ...one,
        ...(one.stable ? {} : { ready: 0, failures: 2, trouble: `exited with code 1: ${HOSTILE}`, logs: [HOSTILE] }),
      }));
      await route.fulfill({ json: { ...view, versions } });
    });
    await page.goto(`${site.url}/delivery`);
    await page.locator("h1", { hasText: "1000 services" }).waitFor();
    expect(await page.locator(".delivery tr[data-row]").count()).toBeLessThan(30);
    expect(await page.locator(".delivery").getAttribute("aria-rowcount")).toBe("1001");
    expect(await sized(page)).toBe(360);
    await page.locator("[data-gate=open]").click();
    expect(await page.locator(".will-happen").textContent()).toMatch(/Flagger is told to go on the next time it asks/);
    await submit(page);
    await page.locator("dialog .act-status", { hasText: "it is open" }).waitFor();
    await close(page);
    await page.locator("[data-gate=close]").waitFor();
    expect(acts(site)).toEqual([
      { method: "POST", path: "/api/v1/gates/flagger/shop%2Fcheckout/open", key: expect.stringMatching(/.{16}/) },
    ]);
    expect(await findings(page)).toEqual([]);
    await page.goto(`${site.url}/delivery/orders`);
    await page.locator("details[open] pre", { hasText: HOSTILE }).waitFor();
    expect(await page.locator('[data-version="v2"] .standing-failing').textContent()).toBe("not healthy");
    expect(await sized(page)).toBe(360);
  });
});

const FLAGS = `${CONFIG}flags:
  new-checkout:
    description: The checkout in one page
    rules: [{ name: staff, if: [{ attribute: email, op: ends_with, value: "@shop.example" }], serve: on }]
    rollout: { to: on, percent: 25 }
    killWhen: { breakers: ["payments/*"] }
  banner: { variants: { calm: "${HOSTILE.replaceAll('"', '\\"')}", loud: "b", none: "" }, default: calm }
`;

describe("a flag", () => {
  test("is tried, killed and restored, and its percentages are set: each is one request and a record", async () => {
    const w = await deliveryWorld({ config: FLAGS });
    const items = [{ flag: "new-checkout", variant: "on", exposed: 12, requests: 10, errors: 1 }];
    await w.post("/api/v1/flags/exposures", { source: "shop-1", seq: 1, items });
    const site = await browser.siteOf(w);
    const page = await browser.page();
    await page.goto(site.url);
    await page.locator("h1.state").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.locator("h1", { hasText: "2 flags" }).waitFor();
    expect(await page.locator('.flags tr[data-row="new-checkout"]').textContent()).toMatch(
      /on.*on 25.%.*off 75.%.*1 rule/s,
    );
    expect(await findings(page)).toEqual([]);
    await page.locator('.flags tr[data-row="new-checkout"] [data-row-link]').click();
    expect(await page.locator(".rule-texts").textContent()).toMatch(
      /staff Whose email ends with @shop.example gets on/,
    );
    await page.locator(".exposures", { hasText: "12, 100" }).waitFor();
    expect(await page.locator(".exposures").textContent()).toMatch(/on12, 100.%101, 10.%.*offnot reported/s);

    await page.locator("[name=context]").fill('{"targetingKey":"u1","email":"ada@shop.example"}');
    await page.locator("[data-evaluate]").click();
    await page.locator("[data-evaluated=on]").waitFor();
    expect(await page.locator(".why-steps").textContent()).toMatch(/new-checkout serves on \(TARGETING_MATCH\)/);
    expect(acts(site).length).toBe(1);
    expect(await findings(page)).toEqual([]);

    await page.locator("[data-flag-act=kill]").click();
    expect(await page.locator(".will-happen").textContent()).toMatch(/Everybody gets off/);
    await submit(page);
    await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
    await page.locator("[name=why]").fill("payments fail");
    await submit(page);
    expect(await recordOf(page, site)).toMatchObject({ reason: "killed", subject: "flag:new-checkout" });
    await close(page);
    await page.locator(".summary .standing-failing", { hasText: "killed" }).waitFor();
    await page.locator("[data-evaluate]").click();
    await page.locator("[data-evaluated=off]").waitFor();

    await page.locator("[data-flag-act=restore]").click();
    await page.locator("[name=why]").fill("fixed");
    await submit(page);
    expect((await recordOf(page, site))?.reason).toBe("restored");
    await close(page);
    await page.locator(".summary .standing-ok").waitFor();
    await page.locator("[data-flag-act=shares]").click();
    await page.locator("[name=share-on]").fill("60");
    await page.locator("[name=why]").fill("second week");
    await submit(page);
    await page.locator("dialog .bad", { hasText: "100 together" }).waitFor();
    await page.locator("[name=share-off]").fill("40");
    await submit(page);
    expect((await recordOf(page, site))?.reason).toBe("shares_set");
    await close(page);
    await page.locator(".summary .strip-names", { hasText: /on 60.%/ }).waitFor();
    const path = "/api/v1/flags/new-checkout";
    const done = acts(site).filter((one) => !one.path.endsWith("/evaluate"));
    expect(done.map((one) => one.path)).toEqual([`${path}/kill`, `${path}/restore`, `${path}/rollout`]);
    expect(new Set(done.map(({ key }) => key)).size).toBe(3);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await findings(page, "contrast")).toEqual([]);
    expect(await sized(page)).toBe(360);
    await page.goto(`${site.url}/flags/banner`);
    await page.locator(".variants", { hasText: "onerror" }).waitFor();
    expect(await page.title()).not.toBe("owned");
  });
});
