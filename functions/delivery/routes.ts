import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import type { RolloutCommandView } from "../api/views-delivery.ts";
import { present } from "../present.ts";
import { CommandBody, PlanQuery, ReleaseBody, RolloutsQuery } from "./bodies.ts";

interface Asked {
  readonly id?: string | undefined;
  readonly why?: string | undefined;
  readonly by?: string | undefined;
}

/** /api/v1/delivery: versions, rollouts and what people say to them. Everything they need is loaded with the first request. */
export function deliveryRoutes(runtime: Runtime) {
  const deferred = () => import("./deferred.ts");
  const command = async (c: Context<AppEnv>, name: RolloutCommandView, { id, why = "", by }: Asked) => {
    const { commandView } = await deferred();
    const said = { command: name, by: speaker(c, by), why, ...(id === undefined ? {} : { id }) };
    return c.json(await commandView(runtime, c.get("principal").tenant, c.req.param("service") ?? "", said));
  };
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { deliveryServicesView } = await deferred();
      return c.json(await deliveryServicesView(runtime, c.get("principal").tenant));
    })
    .get("/:service", need("read"), async (c) => {
      const { deliveryServiceView } = await deferred();
      return c.json(await deliveryServiceView(runtime, c.get("principal").tenant, c.req.param("service")));
    })
    .get("/:service/rollouts", need("read"), query(RolloutsQuery), async (c) => {
      const { rolloutsView } = await deferred();
      const asked = present(c.req.valid("query"));
      return c.json(await rolloutsView(runtime, c.get("principal").tenant, c.req.param("service"), asked));
    })
    .get("/:service/plan", need("read"), query(PlanQuery), async (c) => {
      const { planView } = await deferred();
      const { strategy } = c.req.valid("query");
      return c.json(await planView(runtime, c.get("principal").tenant, c.req.param("service"), strategy));
    })
    .post("/:service/releases", need("operate"), idempotent(runtime), jsonBody(ReleaseBody), async (c) => {
      const { releaseView } = await deferred();
      const { release, strategy, count, inherit = true, why = "", by, ...rest } = c.req.valid("json");
      const started = await releaseView(runtime, c.get("principal").tenant, c.req.param("service"), {
        release: { ...rest, ...release },
        inherit,
        ...(strategy === undefined ? {} : { strategy }),
        ...(count === undefined ? {} : { count }),
        by: speaker(c, by),
        why,
      });
      return c.json(started, 202);
    })
    .post("/:service/pause", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "pause", c.req.valid("json")),
    )
    .post("/:service/resume", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "resume", c.req.valid("json")),
    )
    .post("/:service/promote", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "promote", c.req.valid("json")),
    )
    .post("/:service/skip", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "skip", c.req.valid("json")),
    )
    .post("/:service/approve", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "approve", c.req.valid("json")),
    )
    .post("/:service/abort", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "abort", c.req.valid("json")),
    )
    .post("/:service/rollback", need("operate"), idempotent(runtime), jsonBody(CommandBody), (c) =>
      command(c, "rollback", c.req.valid("json")),
    );
}
