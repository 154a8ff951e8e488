import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import type { LinkAction } from "./links.ts";

const html = (c: Context, text: string): Response => {
  c.header("Content-Type", "text/html; charset=utf-8");
  c.header("Cache-Control", "no-store");
  c.header("Referrer-Policy", "no-referrer");
  return c.body(text);
};

/** /hooks/alerting: links in messages. No key is asked for; the signature in the address is the proof. GET asks, POST acts. */
export function linkRoutes(runtime: Runtime, tenant: string) {
  const deferred = () => import("./deferred.ts");
  const app = new Hono<AppEnv>();
  const ask = (action: LinkAction) => async (c: Context) => {
    const { askPage } = await deferred();
    return html(c, await askPage(runtime, tenantOf(c), action, c.req.query()));
  };
  const act = (action: LinkAction) => async (c: Context) => {
    const { actPage } = await deferred();
    return html(c, await actPage(runtime, tenantOf(c), action, c.req.query(), new URLSearchParams(await c.req.text())));
  };
  /** The signature is checked with the tenant's own secret, so naming another tenant opens nothing. */
  const tenantOf = (c: Context): string => {
    const given = c.req.query("t") ?? tenant;
    if (!/^[a-z0-9-]{1,40}$/.test(given))
      throw new HeadgateError("link.invalid", "the link is not genuine, or it has run out");
    return given;
  };
  return app
    .get("/ack", ask("ack"))
    .post("/ack", act("ack"))
    .get("/silence", ask("silence"))
    .post("/silence", act("silence"));
}
