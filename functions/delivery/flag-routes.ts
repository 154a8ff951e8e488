import { Hono } from "hono/tiny";
import type { InferOutput } from "valibot";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody } from "../api/validate.ts";
import { matchesEtag } from "./etag.ts";
import { EvaluateBody, ExposuresBody, FlagRolloutBody, KillBody, RestoreBody } from "./flag-bodies.ts";
import type { FlagAsk } from "./flags-change.ts";

function rolloutAsk(asked: InferOutput<typeof FlagRolloutBody>, by: string): FlagAsk {
  const said = { by, why: asked.why ?? "" };
  if ("percent" in asked) return { kind: "flag_percent", percent: asked.percent, ...said };
  if ("shares" in asked) return { kind: "flag_set", shares: asked.shares, ...said };
  if ("release" in asked) return { kind: "flag_release", ...said };
  return { kind: "start" in asked ? "flag_start" : "pause" in asked ? "flag_pause" : "flag_resume", ...said };
}

/** /api/v1/flags. Everything they need is loaded with the first request. */
export function flagRoutes(runtime: Runtime) {
  const deferred = () => import("./flags-deferred.ts");
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { flagsView } = await deferred();
      return c.json(await flagsView(runtime, c.get("principal").tenant));
    })
    .get("/snapshot", need("read", "flags:evaluate"), async (c) => {
      const { snapshotView } = await deferred();
      const view = await snapshotView(runtime, c.get("principal").tenant);
      const etag = `"${view.version}"`;
      c.header("ETag", etag);
      c.header("Cache-Control", "no-cache");
      if (matchesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304);
      return c.json(view);
    })
    .post("/exposures", need("flags:evaluate"), jsonBody(ExposuresBody), async (c) => {
      const { takeExposures } = await deferred();
      return c.json(await takeExposures(runtime, c.get("principal").tenant, c.req.valid("json")));
    })
    .get("/:name", need("read"), async (c) => {
      const { flagView } = await deferred();
      return c.json(await flagView(runtime, c.get("principal").tenant, c.req.param("name")));
    })
    .get("/:name/exposures", need("read"), async (c) => {
      const { exposuresView } = await deferred();
      return c.json(await exposuresView(runtime, c.get("principal").tenant, c.req.param("name")));
    })
    .post("/:name/evaluate", need("read", "flags:evaluate"), jsonBody(EvaluateBody), async (c) => {
      const { evaluationView } = await deferred();
      const asked = c.req.valid("json");
      return c.json(await evaluationView(runtime, c.get("principal").tenant, c.req.param("name"), asked));
    })
    .post("/:name/kill", need("operate"), idempotent(runtime), jsonBody(KillBody), async (c) => {
      const { changeFlag } = await deferred();
      const { why, by } = c.req.valid("json");
      const ask = { kind: "flag_kill", by: speaker(c, by), why } as const;
      return c.json(await changeFlag(runtime, c.get("principal").tenant, c.req.param("name"), ask));
    })
    .post("/:name/restore", need("operate"), idempotent(runtime), jsonBody(RestoreBody), async (c) => {
      const { changeFlag } = await deferred();
      const { why = "", by } = c.req.valid("json");
      const ask = { kind: "flag_restore", by: speaker(c, by), why } as const;
      return c.json(await changeFlag(runtime, c.get("principal").tenant, c.req.param("name"), ask));
    })
    .post("/:name/rollout", need("operate"), idempotent(runtime), jsonBody(FlagRolloutBody), async (c) => {
      const { changeFlag } = await deferred();
      const asked = c.req.valid("json");
      const ask = rolloutAsk(asked, speaker(c, asked.by));
      return c.json(await changeFlag(runtime, c.get("principal").tenant, c.req.param("name"), ask));
    });
}
