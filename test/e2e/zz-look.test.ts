import { test } from "vitest";
import { sample } from "../monitoring/given-world.ts";
import { useBrowser } from "./harness.ts";
import { learnt, ruled, SCORED } from "./signals-story.ts";
const browser = useBrowser();
test("look", async () => {
  const site = await browser.site({ config: SCORED });
  console.time("learnt");
  const story = await learnt(site.world);
  console.timeEnd("learnt");
  await story.pass(20, undefined);
  await story.pass(40);
  await story.pass(3, { latency_p99: 900 });
  console.timeLog;
  const rules = await ruled(site.world, (expr) => expr.startsWith("kafka_consumer") ? [sample(4286, { group: "billing", job: "orders" }), sample(1400, { group: "shipping", job: "payments" })] : expr.startsWith("up") ? [sample(0, { job: "kafka", instance: "10.0.0.3:9092" })] : []);
  await rules.evaluate(4);
  await site.world.post("/api/v1/autoscaling/search/pause", { why: "load test", by: "ada" });
  for (const [theme, width] of [["light", 1440], ["dark", 360], ["light", 768]] as const) {
    const page = await browser.page({ theme, width });
    const shot = async (name: string) => { await page.waitForTimeout(600);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height: Math.min(3000, Math.max(900, height)) });
      await page.waitForTimeout(150);
      await page.screenshot({ path: `.cache/look/${name}-${width}-${theme}.png` }); await page.setViewportSize({ width, height: 900 }); };
    await page.goto(`${site.url}/services/orders`); await page.locator(".anomaly-mark").first().waitFor(); await shot("service");
    await page.goto(`${site.url}/`); await shot("overview");
    await page.goto(`${site.url}/anomalies`); await shot("anomalies");
    await page.goto(`${site.url}/alerts`); await shot("alerts");
    await page.locator("tr[data-row] [data-row-link]").first().click(); await shot("rule");
    await page.goto(`${site.url}/services/orders`); await page.locator(".anomaly-mark").first().click(); await shot("drawer");
    await page.locator("[data-drawer] [data-judge=fine]").click(); await shot("judge");
  }
}, 120000);
