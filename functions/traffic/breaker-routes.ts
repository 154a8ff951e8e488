import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import {
  AdmitBody,
  BreakerWhatIfBody,
  CircuitQuery,
  CircuitsQuery,
  ForceBody,
  OutcomesBody,
  ReleaseBody,
} from "./breaker-bodies.ts";

/** /api/v1/breakers: circuits by name, "/" in names as %2F. Everything they need is loaded with the first request. */
export function breakerRoutes(runtime: Runtime) {
  const deferred = () => import("./breaker-deferred.ts");
  return new Hono<AppEnv>()
    .get("/", need("read"), query(CircuitsQuery), async (c) => {
      const { circuitsView } = await deferred();
      return c.json(await circuitsView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .post("/what-if", need("read"), jsonBody(BreakerWhatIfBody), async (c) => {
      const { breakerWhatIfView } = await deferred();
      return c.json(breakerWhatIfView(c.req.valid("json")));
    })
    .get("/:circuit", need("read"), query(CircuitQuery), async (c) => {
      const { circuitView } = await deferred();
      const { limit } = c.req.valid("query");
      return c.json(await circuitView(runtime, c.get("principal").tenant, c.req.param("circuit"), limit));
    })
    .post("/:circuit/force", need("operate"), idempotent(runtime), jsonBody(ForceBody), async (c) => {
      const { force } = await deferred();
      const { by, ...asked } = c.req.valid("json");
      const { tenant } = c.get("principal");
      return c.json(await force(runtime, tenant, c.req.param("circuit"), { ...asked, by: speaker(c, by) }));
    })
    .post("/:circuit/release", need("operate"), idempotent(runtime), jsonBody(ReleaseBody), async (c) => {
      const { release } = await deferred();
      const { by, ...asked } = c.req.valid("json");
      const { tenant } = c.get("principal");
      return c.json(await release(runtime, tenant, c.req.param("circuit"), { ...asked, by: speaker(c, by) }));
    })
    .post("/:circuit/admit", need("operate"), idempotent(runtime), jsonBody(AdmitBody), async (c) => {
      const { admitView } = await deferred();
      const { environment, policy } = c.req.valid("json");
      const { tenant } = c.get("principal");
      return c.json(await admitView(runtime, tenant, c.req.param("circuit"), { by: speaker(c, environment), policy }));
    })
    .post("/:circuit/outcomes", need("operate"), idempotent(runtime), jsonBody(OutcomesBody), async (c) => {
      const { outcomesView } = await deferred();
      const { environment, outcome, outcomes, ...asked } = c.req.valid("json");
      const { tenant } = c.get("principal");
      const all = outcomes ?? (outcome === undefined ? [] : [outcome]);
      const said = { ...asked, by: speaker(c, environment), outcomes: all };
      return c.json(await outcomesView(runtime, tenant, c.req.param("circuit"), said));
    });
}
