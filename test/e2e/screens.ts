import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import type { DecisionsView } from "../../functions/api/views.ts";
import type { RoutedAlertsView } from "../../functions/api/views-alerting.ts";
import type { AnomaliesView, AnomalyView } from "../../functions/api/views-anomaly.ts";
import type { BackupPlans, BackupPoints, RestoreJobView } from "../../functions/api/views-backup.ts";
import type { CircuitsView } from "../../functions/api/views-breakers.ts";
import type { CostOpportunities, CostTenants } from "../../functions/api/views-cost.ts";
import type { DeliveryServicesView } from "../../functions/api/views-delivery.ts";
import type { FlagsView } from "../../functions/api/views-flags.ts";
import type { RulesView } from "../../functions/api/views-monitoring.ts";
import { launchChromium } from "./chromium.ts";

/**
 * Pictures of every page at 360, 768 and 1440 px in light and dark, to be looked at before a change to the console is done.
 *
 *   npx node test/e2e/screens.ts                     pictures of a running `npm start` into .cache/screens
 *   npx node test/e2e/screens.ts --url http://…      of another address
 *   npx node test/e2e/screens.ts --only alerts,rule  some of the pages
 *   npx node test/e2e/screens.ts --readme            the one picture of the README into docs/images/console.png
 */
const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:4180" },
    readme: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const ROOT = join(import.meta.dirname, "..", "..");

/** As the console writes it into its address. */
const keyOf = ({ service, signal, since }: AnomalyView): string =>
  `${encodeURIComponent(service)}/${encodeURIComponent(signal)}/${since}`;

/** The page as tall as its content: what is fixed then stands where it belongs. */
async function shoot(page: Page, path: string, file: string, whole: boolean): Promise<void> {
  await page.goto(values.url + path);
  await page.locator("main h1, main .sentence, [data-drawer] .sentence").first().waitFor();
  await page.locator(".look-loading").first().waitFor({ state: "detached" });
  await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
  if (whole) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const size = page.viewportSize();
    await page.setViewportSize({
      width: size?.width ?? 1440,
      height: Math.min(4000, Math.max(size?.height ?? 900, height)),
    });
  }
  // What is asked for after that (what was expected, what fires) is drawn as well.
  await page.waitForTimeout(500);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: file });
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(values.url + path)).json()) as T;
}

const newest = (noun: string) => get<DecisionsView>(`/api/v1/decisions?acted=true&limit=1&noun=${noun}`);
const [decision] = (await newest("autoscaling")).items;
if (decision === undefined) throw new Error("nothing has been decided yet: try again in a minute");
const [told] = (await newest("monitoring")).items;
const { groups } = await get<RulesView>("/api/v1/monitoring/rules");
const rule = told?.subject ?? groups[0]?.rules[0]?.id;
const { open, past } = await get<AnomaliesView>("/api/v1/anomaly");
const [anomaly] = [...open, ...past];
// Where alerts are not routed the answer is a problem, and these pages are left out.
const routed = await get<Partial<RoutedAlertsView>>("/api/v1/alerting/alerts");
const alert = routed.items?.find((one) => one.state === "suppressed") ?? routed.items?.[0];
const group = alert?.groups[0];
const tried = Object.entries(alert?.labels ?? { alertname: "KafkaDown" })
  .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  .join(" ");
// The circuit with most to tell.
const [circuit] = (await get<CircuitsView>("/api/v1/breakers")).items.toSorted((a, b) => b.epoch - a.epoch);
const delivery = (await get<DeliveryServicesView>("/api/v1/delivery")).items;
const released = delivery.find(({ current }) => current) ?? delivery.find(({ last }) => last) ?? delivery[0];
const flags = (await get<FlagsView>("/api/v1/flags")).items;
const flag = flags.find(({ rollout }) => rollout) ?? flags[0];
const [plan] = (await get<BackupPlans>("/api/v1/backup")).plans.map((one) => encodeURIComponent(one.plan));
const ofPlan = <T>(what: string) => get<T>(`/api/v1/backup/${plan}/${what}`);
const points = plan === undefined ? [] : (await ofPlan<BackupPoints>("points")).points;
const restores = plan === undefined ? [] : (await ofPlan<{ items: RestoreJobView[] }>("restores")).items;
const [point] = points;
const [restore] = restores;
const [opportunity] = (await get<CostOpportunities>("/api/v1/cost/opportunities")).items ?? [];
const [payer] = (await get<CostTenants>("/api/v1/cost/tenants")).items ?? [];
const service = `/services/${encodeURIComponent(decision.subject)}`;
const browser = await launchChromium();
try {
  if (values.readme) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC" });
    mkdirSync(join(ROOT, "docs", "images"), { recursive: true });
    await shoot(
      page,
      `${service}?range=3h&decision=${decision.id}`,
      join(ROOT, "docs", "images", "console.png"),
      false,
    );
  } else {
    const only = new Set(values.only === "" ? [] : values.only.split(","));
    const out = join(ROOT, ".cache", "screens");
    mkdirSync(out, { recursive: true });
    const pages: Record<string, string> = {
      overview: "/",
      services: "/services",
      service,
      drawer: `${service}?decision=${decision.id}`,
      alerts: "/alerts",
      ...(routed.items === undefined
        ? {}
        : {
            "alerts-groups": "/alerts/groups",
            "alerts-silences": "/alerts/silences",
            "alerts-history": "/alerts/history",
            "alerts-routes": `/alerts/routes?labels=${encodeURIComponent(tried)}`,
            "alerts-on-call": "/alerts/on-call",
            "alerts-rules": "/alerts/rules",
          }),
      ...(alert === undefined ? {} : { alert: `/alerts/${alert.fingerprint}` }),
      ...(group === undefined ? {} : { "alerts-group": `/alerts/groups/${encodeURIComponent(group.id)}` }),
      ...(rule === undefined ? {} : { rule: `/rules/${encodeURIComponent(rule)}` }),
      anomalies: "/anomalies",
      ...(anomaly === undefined
        ? {}
        : {
            anomaly: `/anomalies?anomaly=${encodeURIComponent(keyOf(anomaly))}`,
            scored: `/services/${encodeURIComponent(anomaly.service)}`,
          }),
      traffic: "/traffic",
      "traffic-service": `/traffic/${encodeURIComponent(decision.subject)}?pick=1`,
      "traffic-circuits": "/traffic/circuits",
      ...(circuit === undefined
        ? {}
        : { "traffic-circuit": `/traffic/circuits/${encodeURIComponent(circuit.circuit)}` }),
      delivery: "/delivery",
      ...(released === undefined ? {} : { "delivery-service": `/delivery/${encodeURIComponent(released.service)}` }),
      flags: "/flags",
      ...(flag === undefined ? {} : { flag: `/flags/${encodeURIComponent(flag.name)}` }),
      backups: "/backups",
      ...(plan === undefined ? {} : { "backup-plan": `/backups/${plan}` }),
      ...(point === undefined
        ? {}
        : {
            "backup-point": `/backups/${plan}/points/${point.id}?to=${points.at(-1)?.id}`,
            "backup-wizard": `/backups/${plan}/points/${point.id}/restore`,
          }),
      ...(restore === undefined ? {} : { "backup-restore": `/backups/${plan}/restores/${restore.id}` }),
      cost: "/cost",
      "cost-opportunities": "/cost/opportunities",
      ...(opportunity === undefined ? {} : { "cost-drawer": `/cost/opportunities?opportunity=${opportunity.id}` }),
      "cost-changes": "/cost/changes",
      "cost-tenants": "/cost/tenants",
      ...(payer === undefined ? {} : { "cost-tenant": `/cost/tenants/${encodeURIComponent(payer.tenant)}` }),
      "cost-forecast": "/cost/forecast",
      "cost-sources": "/cost/sources",
      lab: `/lab?service=${encodeURIComponent(decision.subject)}&policy=demand&target=0.6`,
      "lab-fortnight": "/lab?load=synthetic&policy=predictive",
      decisions: "/decisions",
      decision: `/decisions/${decision.id}`,
      settings: "/settings",
    };
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 768, 1440]) {
        const context = await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme,
          locale: "en-GB",
          timezoneId: "UTC",
        });
        for (const [name, path] of Object.entries(pages)) {
          if (only.size > 0 && !only.has(name)) continue;
          const page = await context.newPage();
          await shoot(
            page,
            path,
            join(out, `${name}-${width}-${colorScheme}.png`),
            name !== "drawer" && name !== "anomaly" && name !== "cost-drawer",
          );
          await page.close();
        }
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
}
