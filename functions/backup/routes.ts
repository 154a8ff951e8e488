import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import {
  DiffQuery,
  DrillBody,
  HoldBody,
  PruneBody,
  RestoreBody,
  RestorePlanBody,
  SaidBody,
  StopBody,
  VerifyBody,
} from "./bodies.ts";

/** /api/v1/backup: plans, runs, restore points, restores and drills. Everything they need is loaded with the first request. */
export function backupRoutes(runtime: Runtime) {
  const deferred = () => import("./deferred.ts");
  const opened = async (tenant: string, plan: string) => (await deferred()).openPlan(runtime, tenant, plan);
  const clock = () => ({ clock: clockOf(runtime) });
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { plansView } = await deferred();
      return c.json({ ...clock(), plans: await plansView(runtime, c.get("principal").tenant) });
    })
    .get("/:plan", need("read"), async (c) => {
      const { onePlanView } = await deferred();
      return c.json({ ...clock(), ...(await onePlanView(runtime, c.get("principal").tenant, c.req.param("plan"))) });
    })
    .post("/:plan/run", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { startView } = await deferred();
      const { by, why = "" } = c.req.valid("json");
      const said = { by: speaker(c, by), why };
      return c.json(await startView(runtime, c.get("principal").tenant, c.req.param("plan"), said), 202);
    })
    .post("/:plan/stop", need("operate"), idempotent(runtime), jsonBody(StopBody), async (c) => {
      const { stopView } = await deferred();
      const { by, why = "", id } = c.req.valid("json");
      const said = { by: speaker(c, by), why, ...(id === undefined ? {} : { id }) };
      return c.json(await stopView(runtime, c.get("principal").tenant, c.req.param("plan"), said));
    })
    .post("/:plan/heal", need("operate"), idempotent(runtime), async (c) => {
      const { healView } = await deferred();
      return c.json(await healView(runtime, c.get("principal").tenant, c.req.param("plan")));
    })
    .get("/:plan/preview", need("read"), async (c) => {
      const { previewOf } = await deferred();
      return c.json(await previewOf(await opened(c.get("principal").tenant, c.req.param("plan"))));
    })
    .get("/:plan/cost", need("read"), async (c) => {
      const { costOfPlan } = await deferred();
      return c.json(await costOfPlan(await opened(c.get("principal").tenant, c.req.param("plan"))));
    })
    .post("/:plan/prune", need("operate"), idempotent(runtime), jsonBody(PruneBody), async (c) => {
      const { pruneOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await pruneOf(context, c.req.valid("json").dryRun));
    })
    .get("/:plan/points", need("read"), async (c) => {
      const { pointsViewOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json({ ...clock(), ...(await pointsViewOf(context)) });
    })
    .get("/:plan/points/:id", need("read"), async (c) => {
      const { pointDetailOf, pointNamed } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      const id = await pointNamed(context, c.req.param("id"));
      return c.json({ ...clock(), ...(await pointDetailOf(context, id)) });
    })
    .get("/:plan/points/:id/diff", need("read"), query(DiffQuery), async (c) => {
      const { diffPointsOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await diffPointsOf(context, c.req.param("id"), c.req.valid("query").to ?? "latest"));
    })
    .post("/:plan/points/:id/verify", need("operate"), idempotent(runtime), jsonBody(VerifyBody), async (c) => {
      const { beginVerify } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await beginVerify(context, c.req.param("id"), c.req.valid("json").deep), 202);
    })
    .get("/:plan/points/:id/verifications", need("read"), async (c) => {
      const { verificationsOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json({ ...clock(), items: await verificationsOf(context, c.req.param("id")) });
    })
    .get("/:plan/holds", need("read"), async (c) => {
      const { holdsOf } = await deferred();
      return c.json({ items: await holdsOf(await opened(c.get("principal").tenant, c.req.param("plan"))) });
    })
    .post("/:plan/points/:id/hold", need("operate"), idempotent(runtime), jsonBody(HoldBody), async (c) => {
      const { holdOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      const { reason, by } = c.req.valid("json");
      return c.json(await holdOf(context, c.req.param("id"), { reason, by: speaker(c, by) }));
    })
    .post("/:plan/points/:id/release", need("admin"), idempotent(runtime), async (c) => {
      const { releaseOf } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await releaseOf(context, c.req.param("id")));
    })
    .post("/:plan/restores/plan", need("read"), jsonBody(RestorePlanBody), async (c) => {
      const { restorePlanOf } = await deferred();
      const { point, into, request } = c.req.valid("json");
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await restorePlanOf(context, point, request, into));
    })
    .get("/:plan/restores", need("read"), async (c) => {
      const { restoresView } = await deferred();
      const { tenant } = c.get("principal");
      return c.json({ ...clock(), items: await restoresView(runtime, tenant, c.req.param("plan")) });
    })
    .post("/:plan/restores", need("operate"), idempotent(runtime), jsonBody(RestoreBody), async (c) => {
      const { restoreView } = await deferred();
      const { by, why = "", ...asked } = c.req.valid("json");
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json(await restoreView(context, { ...asked, by: speaker(c, by), why }), 202);
    })
    .get("/:plan/restores/:id", need("read"), async (c) => {
      const { oneRestoreView } = await deferred();
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      return c.json({ ...clock(), ...(await oneRestoreView(context, c.req.param("id"))) });
    })
    .post("/:plan/restores/:id/approve", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { restoreCommandView } = await deferred();
      const { by, why = "" } = c.req.valid("json");
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      const said = { kind: "approve", by: speaker(c, by), why } as const;
      return c.json(await restoreCommandView(context, c.req.param("id"), said));
    })
    .post("/:plan/restores/:id/cancel", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { restoreCommandView } = await deferred();
      const { by, why = "" } = c.req.valid("json");
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      const said = { kind: "cancel", by: speaker(c, by), why } as const;
      return c.json(await restoreCommandView(context, c.req.param("id"), said));
    })
    .get("/:plan/drills", need("read"), async (c) => {
      const { drillsView } = await deferred();
      return c.json({
        ...clock(),
        ...(await drillsView(await opened(c.get("principal").tenant, c.req.param("plan")))),
      });
    })
    .post("/:plan/drills", need("operate"), idempotent(runtime), jsonBody(DrillBody), async (c) => {
      const { drillView } = await deferred();
      const { by, why = "", point } = c.req.valid("json");
      const context = await opened(c.get("principal").tenant, c.req.param("plan"));
      const asked = { by: speaker(c, by), why, ...(point === undefined ? {} : { point }) };
      return c.json(await drillView(context, asked), 202);
    });
}
