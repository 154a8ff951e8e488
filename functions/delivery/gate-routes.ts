import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import { DoorBody, GatesQuery } from "./gate-operations.ts";

/** /api/v1/gates: judgements for other systems. "/" in ids as %2F. */
export function gateRoutes(runtime: Runtime) {
  const deferred = () => import("./gate-work.ts");
  return new Hono<AppEnv>()
    .get("/", need("read"), query(GatesQuery), async (c) => {
      const { gatesView } = await deferred();
      return c.json(await gatesView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .get("/hooks/:service", need("admin"), async (c) => {
      const { hookTokensView } = await deferred();
      return c.json(await hookTokensView(runtime, c.get("principal").tenant, c.req.param("service")));
    })
    .post("/:system/:id/open", need("operate"), idempotent(runtime), jsonBody(DoorBody), async (c) => {
      const { doorSet } = await deferred();
      const { by, ...said } = c.req.valid("json");
      const asked = { ...said, status: "open" as const, by: speaker(c, by) };
      return c.json(await doorSet(runtime, c.get("principal").tenant, c.req.param("system"), c.req.param("id"), asked));
    })
    .post("/:system/:id/close", need("operate"), idempotent(runtime), jsonBody(DoorBody), async (c) => {
      const { doorSet } = await deferred();
      const { by, ...said } = c.req.valid("json");
      const asked = { ...said, status: "closed" as const, by: speaker(c, by) };
      return c.json(await doorSet(runtime, c.get("principal").tenant, c.req.param("system"), c.req.param("id"), asked));
    });
}
