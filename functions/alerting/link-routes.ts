import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import { html, tenantOfLink } from "../link-answer.ts";
import type { LinkAction } from "./links.ts";

/** /hooks/alerting: links in messages. No key is asked for; the signature in the address is the proof. GET asks, POST acts. */
export function linkRoutes(runtime: Runtime, tenant: string) {
  const deferred = () => import("./deferred.ts");
  const app = new Hono<AppEnv>();
  const ask = (action: LinkAction) => async (c: Context) => {
    const { askPage } = await deferred();
    return html(c, await askPage(runtime, tenantOfLink(c, tenant), action, c.req.query()));
  };
  const act = (action: LinkAction) => async (c: Context) => {
    const { actPage } = await deferred();
    return html(
      c,
      await actPage(runtime, tenantOfLink(c, tenant), action, c.req.query(), new URLSearchParams(await c.req.text())),
    );
  };
  return app
    .get("/ack", ask("ack"))
    .post("/ack", act("ack"))
    .get("/silence", ask("silence"))
    .post("/silence", act("silence"));
}
