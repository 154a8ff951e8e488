import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { RunbookInput } from "../../shared/core/backup/runbook/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import { MirrorCheckBody, MirrorQuery, RunbookRunBody, RunbookSaidBody, RunbookStartBody } from "./recovery-bodies.ts";

type Command = Exclude<RunbookInput, { kind: "look" | "start" }>;

/** /api/v1/recovery: where recovery stands, the mirror's configuration, runbooks of failing over and back. */
export function recoveryRoutes(runtime: Runtime) {
  const deferred = () => import("./recovery-deferred.ts");
  const clock = () => ({ clock: clockOf(runtime) });
  const said = async (
    c: Context<AppEnv>,
    name: string,
    kind: Command["kind"],
    {
      by,
      why = "",
      id,
      step,
    }: { by?: string | undefined; why?: string | undefined; id?: string | undefined; step?: string | undefined },
  ) => {
    const { commandRunbook, runbookWorld } = await deferred();
    const world = await runbookWorld(runtime, c.get("principal").tenant);
    const of = { ...(id === undefined ? {} : { id }), ...(step === undefined ? {} : { step }) };
    return { ...clock(), ...(await commandRunbook(world, name, { kind, by: speaker(c, by), why, ...of })) };
  };
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { recoveryView } = await deferred();
      return c.json({ ...clock(), ...(await recoveryView(runtime, c.get("principal").tenant)) });
    })
    .get("/plans/:plan", need("read"), async (c) => {
      const { recoveryView } = await deferred();
      return c.json({ ...clock(), ...(await recoveryView(runtime, c.get("principal").tenant, c.req.param("plan"))) });
    })
    .get("/mirror", need("read"), query(MirrorQuery), async (c) => {
      const { writeMirrorOf } = await deferred();
      return c.json(await writeMirrorOf(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .post("/mirror/check", need("read"), jsonBody(MirrorCheckBody), async (c) => {
      const { checkMirrorOf } = await deferred();
      return c.json(await checkMirrorOf(runtime, c.get("principal").tenant, c.req.valid("json")));
    })
    .get("/runbooks", need("read"), async (c) => {
      const { runbooksView, runbookWorld } = await deferred();
      return c.json({ ...clock(), ...(await runbooksView(await runbookWorld(runtime, c.get("principal").tenant))) });
    })
    .post("/runbooks", need("admin"), idempotent(runtime), jsonBody(RunbookRunBody), async (c) => {
      const { beginRunbook, runbookWorld } = await deferred();
      const { runbook: text, by, ...rest } = c.req.valid("json");
      const world = await runbookWorld(runtime, c.get("principal").tenant);
      return c.json({ ...clock(), ...(await beginRunbook(world, { text }, { ...rest, by: speaker(c, by) })) }, 202);
    })
    .get("/runbooks/:name", need("read"), async (c) => {
      const { runbookView, runbookWorld } = await deferred();
      const world = await runbookWorld(runtime, c.get("principal").tenant);
      return c.json({ ...clock(), ...(await runbookView(world, c.req.param("name"))) });
    })
    .post("/runbooks/:name/start", need("operate"), idempotent(runtime), jsonBody(RunbookStartBody), async (c) => {
      const { beginRunbook, runbookWorld } = await deferred();
      const { by, ...rest } = c.req.valid("json");
      const world = await runbookWorld(runtime, c.get("principal").tenant);
      const begun = await beginRunbook(world, c.req.param("name"), { ...rest, by: speaker(c, by) });
      return c.json({ ...clock(), ...begun }, 202);
    })
    .post("/runbooks/:name/approve", need("operate"), idempotent(runtime), jsonBody(RunbookSaidBody), async (c) =>
      c.json(await said(c, c.req.param("name"), "approve", c.req.valid("json"))),
    )
    .post("/runbooks/:name/done", need("operate"), idempotent(runtime), jsonBody(RunbookSaidBody), async (c) =>
      c.json(await said(c, c.req.param("name"), "done", c.req.valid("json"))),
    )
    .post("/runbooks/:name/retry", need("operate"), idempotent(runtime), jsonBody(RunbookSaidBody), async (c) =>
      c.json(await said(c, c.req.param("name"), "retry", c.req.valid("json"))),
    )
    .post("/runbooks/:name/skip", need("operate"), idempotent(runtime), jsonBody(RunbookSaidBody), async (c) =>
      c.json(await said(c, c.req.param("name"), "skip", c.req.valid("json"))),
    )
    .post("/runbooks/:name/abort", need("operate"), idempotent(runtime), jsonBody(RunbookSaidBody), async (c) =>
      c.json(await said(c, c.req.param("name"), "abort", c.req.valid("json"))),
    );
}
