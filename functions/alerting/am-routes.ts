import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { models, nothing, onErrorV2, payload, refusal } from "./am-answers.ts";
import { headersV2, refusedTypes } from "./am-headers.ts";
import { readQuery } from "./am-query.ts";

const ROUTES: readonly (readonly [pattern: RegExp, methods: readonly string[]])[] = [
  [/^\/api\/v2\/(status|receivers|alerts\/groups)\/?$/, ["GET"]],
  [/^\/api\/v2\/(silences|alerts)\/?$/, ["POST", "GET"]],
  [/^\/api\/v2\/silence\/[^/]+\/?$/, ["GET", "DELETE"]],
];
/** google/uuid's forms: plain, with `urn:uuid:`, in braces, or without hyphens. */
const HEX = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const UUID = new RegExp(`^(?:(?:urn:uuid:)?${HEX}|\\{${HEX}\\}|[0-9a-f]{32})$`, "i");

/** Alertmanager's API v2, as upstream answers it. What it reads and shows is loaded with the first request. */
export function amRoutes(runtime: Runtime) {
  const startedAt = runtime.now();
  const deferred = () => import("./deferred.ts");
  const told = onErrorV2(runtime);
  const app = new Hono<AppEnv>();
  app.onError(told);
  app.use(headersV2);
  // Before anything is looked at: an address, then a method, then what is sent and wanted.
  app.use(async (c, next) => {
    const { path } = c.req;
    const { method } = c.req.raw;
    if (path === "/api/v2") return c.redirect("/api/v2/", 307);
    const methods = ROUTES.find(([pattern]) => pattern.test(path))?.[1];
    if (!methods) return refusal(c, { status: 404, code: 404, message: `path ${path} was not found` });
    if (!methods.includes(method)) {
      c.header("Allow", methods.join(","));
      const message = `method ${method} is not allowed, but [${methods.join(",")}] are`;
      return refusal(c, { status: 405, code: 405, message });
    }
    const refused = refusedTypes(c);
    if (refused) return refusal(c, refused);
    const [, id] = /^\/api\/v2\/silence\/([^/]+)\/?$/.exec(path) ?? [];
    if (id !== undefined && !UUID.test(plain(id))) {
      const message = `silenceID in path must be of type uuid: ${JSON.stringify(plain(id))}`;
      return refusal(c, { status: 422, code: 601, message });
    }
    return next();
  });

  for (const end of ["", "/"] as const) {
    app
      .get(`/status${end}`, need("read"), async (c) => {
        const { statusV2 } = await deferred();
        return payload(c, await statusV2(runtime, c.get("principal").tenant, startedAt));
      })
      .get(`/receivers${end}`, need("read"), async (c) => {
        const { receiversV2 } = await deferred();
        return payload(c, await receiversV2(runtime, c.get("principal").tenant, readQuery(c.req.url)));
      })
      .get(`/alerts${end}`, need("read"), async (c) => {
        const { liveOf, listAlerts } = await deferred();
        const query = readQuery(c.req.url);
        return models(c, listAlerts(await liveOf(runtime, c.get("principal").tenant), query));
      })
      .post(`/alerts${end}`, need("alerts:post"), async (c) => {
        const { postAlerts } = await deferred();
        const posted = await postAlerts(
          runtime,
          c.get("principal").tenant,
          new Uint8Array(await c.req.raw.arrayBuffer()),
        );
        if ("refusal" in posted) return refusal(c, posted.refusal);
        return posted.invalid.length > 0 ? payload(c, posted.invalid.join("\n"), 400) : nothing(c);
      })
      .get(`/alerts/groups${end}`, need("read"), async (c) => {
        const { liveOf, listGroups } = await deferred();
        const query = readQuery(c.req.url);
        return models(c, await listGroups(runtime, await liveOf(runtime, c.get("principal").tenant), query));
      })
      .get(`/silences${end}`, need("read", "silences:write"), async (c) => {
        const { silencesV2 } = await deferred();
        return models(c, await silencesV2(runtime, c.get("principal").tenant, readQuery(c.req.url)));
      })
      .post(`/silences${end}`, need("silences:write"), async (c) => {
        const { postSilence } = await deferred();
        const posted = await postSilence(
          runtime,
          c.get("principal").tenant,
          new Uint8Array(await c.req.raw.arrayBuffer()),
        );
        if ("refusal" in posted) return refusal(c, posted.refusal);
        return posted.ok ? payload(c, { silenceID: posted.id }) : payload(c, posted.message, posted.status);
      })
      .get(`/silence/:id${end}`, need("read", "silences:write"), async (c) => {
        const { silenceV2 } = await deferred();
        const found = await silenceV2(runtime, c.get("principal").tenant, plain(c.req.param("id")));
        return found ? models(c, found) : nothing(c, 404);
      })
      .delete(`/silence/:id${end}`, need("silences:write"), async (c) => {
        const { dropSilenceV2 } = await deferred();
        const found = await dropSilenceV2(runtime, c.get("principal").tenant, plain(c.req.param("id")));
        return nothing(c, found ? 200 : 404);
      });
  }
  return app;
}

/** A part of a path as text; one that cannot be decoded stays as it is. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
