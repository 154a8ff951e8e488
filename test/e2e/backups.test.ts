import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { onePlanView } from "../../functions/backup/plans-view.ts";
import { handleBackupWakes } from "../../functions/backup/queue.ts";
import { tickBackup } from "../../functions/backup/schedule.ts";
import { handleWork } from "../../functions/backup/work-queue.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";
import { findings } from "./axe.ts";
import { type Site, useBrowser } from "./harness.ts";

const browser = useBrowser();
const folder = mkdtempSync(join(tmpdir(), "headgate-backups-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOSTILE = `<img src=x onerror="document.title='owned'">`;
const TEXT = `version: 1
streams: { main: { embedded: true } }
backup: { hourly: { to: [./a, ./b], what: { state: false }, objective: { rpo: 2h, rto: 1h } } }
`;

/** A control plane with a log of two topics, and workers that work when told to. */
async function backups() {
  const w = await world({ config: "" });
  const log = memoryStreams({ now: w.clock.now });
  for (const name of ["orders", "payments"]) {
    await log.createTopic({ name, partitions: 2, replicationFactor: 1, configs: [] });
    log.produce(name, 0, [{ value: "a" }, { value: "b" }]);
  }
  const parsed = parseConfig(TEXT);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text: TEXT }, { by: "test" });
  const queue: WorkMessage[] = [];
  Object.assign(w.runtime, {
    ...{ streams: () => log, baseDir: folder, alerts: { send: async () => {} } },
    work: { send: async (messages: readonly WorkMessage[]) => void queue.push(...messages) },
  });
  const bodies = (some: readonly unknown[]) =>
    some.map((one, index) => ({ messageId: `m${index}`, body: JSON.stringify(one) }));
  return {
    ...{ w, log },
    async play() {
      for (let turns = 0; turns < 40; turns += 1) {
        await handleWork(w.runtime, bodies(queue.splice(0)), () => 60_000);
        const { running } = await onePlanView(w.runtime, "default", "hourly");
        if (!running && queue.length === 0) return;
        w.clock.set(w.clock.now() + 20_000);
        await handleBackupWakes(w.runtime, bodies(w.timers.take()));
      }
      throw new Error("the work does not end");
    },
  };
}

const submit = (page: Page) => page.locator("dialog [type=submit]").click();
const close = (page: Page) => page.locator("dialog .primary").click();
const acts = (site: Site) => site.asked.filter(({ method, path }) => method !== "GET" && !path.endsWith("/plan"));

test("a point is taken, verified and restored under other names: each is asked for with what will happen, and is one request", async () => {
  const { w, log, play } = await backups();
  await tickBackup(w.runtime, "default");
  await play();
  const site = await browser.siteOf(w);
  const page = await browser.page();
  await page.goto(`${site.url}/backups`);
  await page.locator("h1", { hasText: /Last restore point .* ago, verified; no drill yet/i }).waitFor();
  await page.locator("[data-act=run]").click();
  expect(await page.locator(".will-happen").textContent()).toContain("written to ./a and ./b: kafka");
  await submit(page);
  await page.locator("dialog .bad", { hasText: "Say why" }).waitFor();
  expect(acts(site)).toEqual([]);
  await page.locator("[name=why]").fill(`before the upgrade ${HOSTILE}`);
  await submit(page);
  const id = await page.locator("dialog [data-record]").getAttribute("data-record");
  expect(await w.journal.get("default", id ?? "")).toMatchObject({ reason: "started", subject: "run:hourly" });
  await close(page);
  await page.locator(".running progress").waitFor();
  log.produce("orders", 1, [{ value: "c" }]);
  await play();
  await page.locator(".plans [data-row-link]").click();
  await page.locator(".dial", { hasText: "not proven" }).first().waitFor();
  await page.locator(".points [data-row]").nth(1).waitFor();
  expect(await page.locator(".track a").count()).toBe(2);
  await page.locator(".track a").last().focus();
  await page.keyboard.press("ArrowLeft");
  expect(await page.locator(".track a:focus").getAttribute("aria-label")).toMatch(/whole, verified, 4 records/);
  await page.locator(".covered", { hasText: "payments" }).waitFor();
  expect(await findings(page)).toEqual([]);
  await page.locator("[data-look=prune]").click();
  await page.locator(".prune", { hasText: "Nothing is too old" }).waitFor();

  await page.locator(".track a").last().click();
  await page.locator("[data-act=verify-deep]").click();
  await submit(page);
  await page.locator("dialog", { hasText: "A worker has it" }).waitFor();
  await play();
  await close(page);
  await page.locator("[data-verification=deep]", { hasText: "ok, deep" }).waitFor();
  expect(await findings(page)).toEqual([]);

  await page.locator("a", { hasText: "Restore…" }).click();
  await page.locator("[data-topic=payments]").uncheck();
  await page.locator("[name=prefix]").fill("copy.");
  await page.locator(".restored tbody", { hasText: "orders → copy.orders" }).waitFor();
  await page.locator("[data-act=begin]:enabled", { hasText: "3 records" }).click();
  expect(await page.locator(".will-happen").textContent()).toMatch(/Created: copy\.orders\./);
  await page.locator("[name=why]").fill("somebody deleted a topic");
  await submit(page);
  await page.locator("[data-phase]").waitFor();
  await play();
  await page.locator("[data-phase=done]").waitFor();
  await page.locator(".parts-done", { hasText: "2 records, all the same" }).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(log.consume("copy.orders", 1)).toHaveLength(1);
  expect(await page.title()).not.toBe("owned");
  expect(acts(site).map(({ path }) => path.replace(/bkp_\w+/u, "POINT"))).toEqual([
    ...["/api/v1/backup/hourly/run", "/api/v1/backup/hourly/prune"],
    ...["/api/v1/backup/hourly/points/POINT/verify", "/api/v1/backup/hourly/restores"],
  ]);
  expect(
    acts(site)
      .filter(({ key }) => key === null)
      .map(({ path }) => path),
  ).toEqual(["/api/v1/backup/hourly/prune"]);
});
