import { Hono } from "hono/tiny";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { jsonBody } from "../api/validate.ts";
import type { CollectedView } from "../api/views-monitoring.ts";
import { own } from "../own.ts";

export const CollectBody = v.strictObject({});

const unknown = (service: string) =>
  new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);

/** /api/v1/monitoring/services: what a service says of itself, as it was collected last or is now. */
export function collectRoutes(runtime: Runtime) {
  /** @throws HeadgateError `service.unknown` */
  const known = async (tenant: string, service: string): Promise<void> => {
    const config = (await currentConfig(runtime, tenant))?.config;
    const found = config && (own(config.services, service) ?? own(config.monitoring?.services ?? {}, service));
    if (!found) throw unknown(service);
  };
  return new Hono<AppEnv>()
    .get("/:service/metrics", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const service = c.req.param("service");
      await known(tenant, service);
      const { latestCollected } = await import("./collect-deferred.ts");
      const collected = await latestCollected(runtime, tenant, service);
      const view: CollectedView = { clock: clockOf(runtime), service, ...(collected ? { collected } : {}) };
      return c.json(view);
    })
    .post("/:service/collect", need("operate"), idempotent(runtime), jsonBody(CollectBody), async (c) => {
      const { tenant, name } = c.get("principal");
      const service = c.req.param("service");
      await known(tenant, service);
      const { collectServices } = await import("./collect-deferred.ts");
      const trace = c.get("trace");
      const [outcome] = await collectServices(runtime, {
        tenant,
        services: [service],
        trigger: { type: "api", id: trace.traceId, detail: `asked by ${name}` },
        parent: trace,
      });
      if (!outcome) throw unknown(service);
      const { collected, error } = outcome;
      const view: CollectedView = {
        clock: clockOf(runtime),
        service,
        collected,
        ...(error ? { trouble: `it could not be kept: ${error.message}` } : {}),
      };
      return c.json(view);
    });
}
