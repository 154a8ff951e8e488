import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import type { HookTakenView } from "../api/views-hooks.ts";
import type { HookSettings, hooks } from "./deferred.ts";

/** /hooks: doors for senders that have no API key. Each request proves itself, so no key is asked for. */
export function hookRoutes(runtime: Runtime, tenant: string, settings?: HookSettings) {
  let made: Promise<ReturnType<typeof hooks>> | undefined;
  const ready = () => {
    made ??= import("./deferred.ts").then((part) => part.hooks(runtime, tenant, settings));
    return made;
  };
  return new Hono<AppEnv>()
    .post("/sns", async (c) => {
      const taken: HookTakenView = await (await ready()).sns(await c.req.text());
      return c.json(taken);
    })
    .post("/alerts/:source", async (c) => {
      const taken: HookTakenView = await (await ready()).signed({
        source: c.req.param("source"),
        body: await c.req.text(),
        signature: c.req.header("x-headgate-signature"),
        timestamp: c.req.header("x-headgate-timestamp"),
      });
      return c.json(taken);
    });
}
