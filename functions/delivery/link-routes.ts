import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import { html, tenantOfLink } from "../link-answer.ts";
import type { DeliveryLink } from "./tell.ts";

/** /hooks/delivery: links in messages. No key is asked for; the signature in the address is the proof. GET asks, POST acts. */
export function deliveryLinkRoutes(runtime: Runtime, tenant: string) {
  const deferred = () => import("./deferred.ts");
  const ask = (action: DeliveryLink) => async (c: Context) => {
    const { askPage } = await deferred();
    return html(c, await askPage(runtime, tenantOfLink(c, tenant), action, c.req.query()));
  };
  const act = (action: DeliveryLink) => async (c: Context) => {
    const { actPage } = await deferred();
    const form = new URLSearchParams(await c.req.text());
    return html(c, await actPage(runtime, tenantOfLink(c, tenant), action, c.req.query(), form));
  };
  return new Hono<AppEnv>()
    .get("/approve", ask("approve"))
    .post("/approve", act("approve"))
    .get("/abort", ask("abort"))
    .post("/abort", act("abort"));
}
