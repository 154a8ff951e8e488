import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { matchesEtag } from "./etag.ts";
import type { OfrepAnswer } from "./ofrep.ts";

function told(c: Context<AppEnv>, { status, body, etag }: OfrepAnswer): Response {
  c.header("Cache-Control", etag === undefined ? "no-store" : "no-cache");
  if (etag !== undefined) {
    c.header("ETag", etag);
    if (matchesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304);
  }
  return c.json(body, status);
}

/** /ofrep/v1: OpenFeature's Remote Evaluation Protocol, for every language that has a provider for it. */
export function ofrepRoutes(runtime: Runtime) {
  const deferred = () => import("./flags-deferred.ts");
  return new Hono<AppEnv>()
    .post("/evaluate/flags/:key", need("read", "flags:evaluate"), async (c) => {
      const { singleAnswer } = await deferred();
      const text = await c.req.text();
      return told(c, await singleAnswer(runtime, c.get("principal").tenant, c.req.param("key"), text));
    })
    .post("/evaluate/flags", need("read", "flags:evaluate"), async (c) => {
      const { bulkAnswer } = await deferred();
      return told(c, await bulkAnswer(runtime, c.get("principal").tenant, await c.req.text()));
    })
    .get("/configuration", need("read", "flags:evaluate"), async (c) => {
      const { configurationAnswer } = await deferred();
      return told(c, configurationAnswer());
    });
}
