import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import type { HealthCheck, HealthView } from "../api/views.ts";
import { refOf } from "../autoscaling/targets.ts";

const HEALTH_TYPE = "application/health+json";
/** Real time after which an action that nobody finished is trouble: ticks come each minute and take it over. */
const OVERDUE_MS = 5 * MINUTE_MS;
const MAX_LOOKED_AT = 50;

/** /live, /ready, /health (draft-inadarei-api-health-check-06) and /metrics. */
export function healthRoutes(runtime: Runtime) {
  const check = async (name: string, look: () => Promise<HealthCheck>): Promise<readonly [string, HealthCheck]> => {
    try {
      return [name, await look()];
    } catch (error) {
      return [name, { status: "fail", output: error instanceof Error ? error.message : String(error) }];
    }
  };
  const answer = (c: Context, checks: readonly (readonly [string, HealthCheck])[]) => {
    const worst = checks.some(([, one]) => one.status === "fail")
      ? "fail"
      : checks.some(([, one]) => one.status === "warn")
        ? "warn"
        : "pass";
    const view: HealthView = {
      status: worst,
      serviceId: "headgate",
      checks: Object.fromEntries(checks.map(([name, one]) => [name, [one]])),
    };
    c.header("Content-Type", HEALTH_TYPE);
    c.header("Cache-Control", "no-store");
    return c.body(JSON.stringify(view), worst === "fail" ? 503 : 200);
  };
  const store = (tenant: string) =>
    check("store:reachable", async () => {
      const current = await currentConfig(runtime, tenant);
      return current
        ? { status: "pass", output: `configuration ${current.version}` }
        : { status: "warn", output: "no configuration is applied" };
    });
  const journal = (tenant: string) =>
    check("journal:reachable", async () => {
      await runtime.journal.list({ tenant, limit: 1 });
      return { status: "pass" };
    });
  const { writable } = runtime;
  const disk = writable
    ? [
        () =>
          check("store:writable", async () => {
            await writable();
            return { status: "pass" };
          }),
      ]
    : [];
  const overdue = (tenant: string) =>
    check("actions:overdue", async () => {
      const before = runtime.now() - OVERDUE_MS * runtime.speed;
      const due = await runtime.store.due(before, MAX_LOOKED_AT);
      const items = await Promise.all(due.filter((key) => key.tenant === tenant).map((key) => runtime.store.load(key)));
      // A service may stay due while its alarm is open; an action whose worker is gone should not wait that long.
      const late = items.filter((item) => item?.pending !== undefined && (item.leaseUntil ?? 0) <= before).length;
      return late === 0
        ? { status: "pass", observedValue: 0, observedUnit: "services" }
        : {
            status: "warn",
            observedValue: late,
            observedUnit: "services",
            output: "actions unfinished for more than 5 minutes: does the tick run?",
          };
    });
  const fleet = (tenant: string) =>
    check("fleet:reachable", async () => {
      const config = (await currentConfig(runtime, tenant))?.config;
      const [name] = Object.keys(config?.services ?? {});
      if (!config || name === undefined) return { status: "pass", output: "no service is configured" };
      const seen = await runtime.fleet.describe([refOf(config, name)]);
      return seen.has(name) ? { status: "pass" } : { status: "warn", output: `the fleet does not know ${name}` };
    });

  const later = () => import("./deferred.ts");

  return new Hono<AppEnv>()
    .get("/live", (c) => {
      c.header("Content-Type", HEALTH_TYPE);
      return c.body(JSON.stringify({ status: "pass" }));
    })
    .get("/ready", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      return answer(c, await Promise.all([store(tenant), journal(tenant), ...disk.map((look) => look())]));
    })
    .get("/health", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const checks = [store(tenant), journal(tenant), overdue(tenant), fleet(tenant), ...disk.map((look) => look())];
      if (runtime.parts?.monitoring !== false)
        checks.push(check("rules:answered", async () => (await later()).rulesCheck(runtime, tenant)));
      checks.push(check("alerting:flushed", async () => (await later()).alertingCheck(runtime, tenant)));
      checks.push(check("oncall:covered", async () => (await later()).oncallCheck(runtime, tenant)));
      checks.push(check("backup:age", async () => (await later()).backupCheck(runtime, tenant)));
      checks.push(
        check("traffic:balanced", async () => (await import("../traffic/deferred.ts")).trafficCheck(runtime, tenant)),
      );
      if (runtime.targets) checks.push(check("targets:up", async () => (await later()).targetsCheck(runtime)));
      const own = runtime.selfChecks?.().map(({ name, check: one }) => [name, one] as const) ?? [];
      return answer(c, [...(await Promise.all(checks)), ...own]);
    })
    .get("/metrics", need("read"), async (c) => {
      // Negotiating takes more code than everything else here: a start does not pay for it.
      const { accepts } = await import("hono/accepts");
      const supports = ["text/plain", "application/openmetrics-text"];
      const open = accepts(c, { header: "Accept", supports, default: "text/plain" }) === "application/openmetrics-text";
      c.header(
        "Content-Type",
        open
          ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
          : "text/plain; version=0.0.4; charset=utf-8",
      );
      const own = runtime.telemetry.expose(open ? "openmetrics" : "prometheus");
      const { alertmanagerMetrics } = await import("../alerting/deferred.ts");
      // What a store that is away cannot tell must not take the process's own figures with it.
      const alerts = await alertmanagerMetrics(runtime, c.get("principal").tenant).catch(() => "");
      const more = alerts + (runtime.traffic?.metrics?.(open ? "openmetrics" : "prometheus") ?? "");
      return c.body(open ? own.replace(/# EOF\n$/, `${more}# EOF\n`) : own + more);
    })
    .get("/openapi.json", need("read"), async (c) => {
      const { default: document } = await import("../api/openapi.json", { with: { type: "json" } });
      return c.json(document as object);
    });
}
