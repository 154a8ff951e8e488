import { readFileSync } from "node:fs";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { examples } from "../../functions/api/examples.ts";
import * as later from "../../functions/api/later.ts";
import { alertingRoutes, oncallLinkRoutes, oncallRoutes } from "../../functions/api/later-alerting.ts";
import { backupRoutes, recoveryRoutes } from "../../functions/api/later-backup.ts";
import { accessRoutes, configRoutes } from "../../functions/api/later-config.ts";
import { costRoutes } from "../../functions/api/later-cost.ts";
import { deliveryRoutes, flagRoutes, gateRoutes, ofrepRoutes } from "../../functions/api/later-delivery.ts";
import { breakerRoutes, trafficRoutes } from "../../functions/api/later-traffic.ts";
import { openapiDocument } from "../../functions/api/openapi.ts";
import { operations } from "../../functions/api/operations.ts";
import { shapes } from "../../functions/api/schemas.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Answer, world } from "./kit.ts";

const document = JSON.parse(
  readFileSync(new URL("../../functions/api/openapi.json", import.meta.url), "utf8"),
) as Answer;
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** What the app loads with the first request for it: it lists these addresses only as "everything below". */
const lateRoutes = (runtime: Runtime) =>
  new Hono()
    .route("/api/v1/access", accessRoutes(runtime))
    .route("/api/v1/alerting", alertingRoutes(runtime))
    .route("/api/v1/oncall", oncallRoutes(runtime))
    .route("/hooks/oncall", oncallLinkRoutes(runtime, "default"))
    .route("/api/v1/anomaly", later.anomalyRoutes(runtime))
    .route("/api/v1/autoscaling", later.autoscalingRoutes(runtime))
    .route("/api/v1/events", later.eventRoutes(runtime, undefined, 1000))
    .route("/api/v1/breakers", breakerRoutes(runtime))
    .route("/api/v1/backup", backupRoutes(runtime))
    .route("/api/v1/recovery", recoveryRoutes(runtime))
    .route("/api/v1/cost", costRoutes(runtime))
    .route("/api/v1/config", configRoutes(runtime))
    .route("/api/v1/delivery", deliveryRoutes(runtime))
    .route("/api/v1/flags", flagRoutes(runtime))
    .route("/api/v1/gates", gateRoutes(runtime))
    .route("/ofrep/v1", ofrepRoutes(runtime))
    .route("/api/v1/traffic", trafficRoutes(runtime))
    .route("/hooks", later.hookRoutes(runtime, "default"))
    .route("/api/v1/monitoring", later.monitoringRoutes(runtime)).routes;

/** "get /api/v1/services/{service}" of every operation in a document. */
const addresses = (paths: Record<string, Record<string, unknown>>): string[] =>
  Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
    .sort();

describe("openapi.json", () => {
  it("is what the code says; `node scripts/openapi.ts` writes it anew", () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openapiDocument(version))));
  });

  it("has every route of the app, and the app has every operation of it", async () => {
    const { app, runtime } = await world();
    const routes = new Set(
      [...app.routes, ...lateRoutes(runtime)]
        .filter((route) => route.method !== "ALL")
        .map((route) => `${route.method.toLowerCase()} ${route.path.replace(/:(\w+)/g, "{$1}")}`),
    );
    expect(addresses(document.paths)).toEqual([...routes].sort());
  });

  it("is served as it is", async () => {
    const w = await world();
    const response = await w.get("/openapi.json");
    expect(await response.json()).toEqual(document);
  });

  it("is 3.1, with one id for each operation and every reference leading somewhere", () => {
    expect(document.openapi).toBe("3.1.0");
    const ids = operations.map((operation) => operation.id);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(50);
    for (const name of references) expect(document.components.schemas).toHaveProperty(name as string);
    expect(JSON.stringify(document)).not.toContain("#/$defs/");
  });

  it("describes each path parameter that its path has", () => {
    for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, Answer>>)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(item)) {
        const described = operation.parameters
          .filter((one: Answer) => one.in === "path")
          .map((one: Answer) => one.name);
        expect(described, path).toEqual(names);
      }
    }
  });

  it.each(Object.entries(examples))("the example of %s has its shape", (name, example) => {
    const parsed = v.safeParse(shapes[name as keyof typeof examples], example);
    expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
  });

  it.each(operations.flatMap((one) => (one.body ? [[one.id, one.body] as const] : [])))(
    "the request example of %s is accepted",
    (_, body) => {
      expect(v.safeParse(body.schema, body.example).success).toBe(true);
    },
  );

  it("an example that has not its shape would be found", () => {
    expect(v.safeParse(shapes.Services, { ...examples.Services, state: 1 }).success).toBe(false);
    expect(v.safeParse(shapes.Services, { ...examples.Services, extra: true }).success).toBe(false);
  });

  it("says of each operation with which scope it opens, or that none is needed", () => {
    for (const operation of operations) {
      const described = document.paths[operation.path.replace(/:(\w+)/g, "{$1}")][operation.method];
      if (operation.scope) expect(described.description).toBe(`Needs a key with scope ${operation.scope}.`);
      else expect(described.security).toEqual([]);
    }
  });
});
