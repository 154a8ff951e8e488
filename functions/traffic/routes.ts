import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { parseDuration } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import type { BackendsChangedView, RegisteredView } from "../api/views-traffic.ts";
import { present } from "../present.ts";
import {
  BackendsQuery,
  DrainBody,
  HistoryQuery,
  PickBody,
  RegisterBody,
  RemoveBody,
  ReplayBody,
  VersionsBody,
} from "./bodies.ts";
import type { ByHand } from "./by-hand.ts";
import type { Registered } from "./registry.ts";
import type { ReplayAsk } from "./replay.ts";

/** /api/v1/traffic: services, their backends, what is known of them. Everything they need is loaded with the first request. */
export function trafficRoutes(runtime: Runtime) {
  const deferred = () => import("./deferred.ts");
  const byHand = async (c: Context<AppEnv>, asked: Omit<ByHand, "by"> & { readonly by?: string | undefined }) => {
    const { changeByHand } = await deferred();
    const service = c.req.param("service") ?? "";
    const said = { ...asked, by: speaker(c, asked.by) };
    const done = await changeByHand(runtime, c.get("principal").tenant, service, said);
    return c.json<BackendsChangedView>({ clock: clockOf(runtime), service, ...done });
  };
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { trafficServicesView } = await deferred();
      return c.json(await trafficServicesView(runtime, c.get("principal").tenant));
    })
    .get("/:service", need("read"), query(BackendsQuery), async (c) => {
      const { trafficServiceView } = await deferred();
      const { limit, cursor } = c.req.valid("query");
      const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) };
      return c.json(await trafficServiceView(runtime, c.get("principal").tenant, c.req.param("service"), page));
    })
    .get("/:service/history", need("read"), query(HistoryQuery), async (c) => {
      const { historyOf, settingsOf } = await deferred();
      const { tenant } = c.get("principal");
      const { service } = await settingsOf(runtime, tenant, c.req.param("service"));
      return c.json(await historyOf(runtime, tenant, service, c.req.valid("query")));
    })
    .post("/:service/backends", need("operate"), idempotent(runtime), jsonBody(RegisterBody), async (c) => {
      const { register } = await deferred();
      const service = c.req.param("service");
      const { backends, source = "api", lease } = c.req.valid("json");
      const leaseMs = lease === undefined ? {} : { leaseMs: lease === "none" ? null : (parseDuration(lease) ?? null) };
      const done = await register(runtime, c.get("principal").tenant, service, backends, { source, ...leaseMs });
      return c.json(registeredView(runtime, service, done));
    })
    .post("/:service/drain", need("operate"), idempotent(runtime), jsonBody(DrainBody), async (c) => {
      const { ids, undo = false, why = "", by } = c.req.valid("json");
      return byHand(c, { act: undo ? "undo" : "drain", ids, why, by });
    })
    .post("/:service/pick", need("read"), jsonBody(PickBody), async (c) => {
      const { pickView } = await deferred();
      return c.json(
        await pickView(runtime, c.get("principal").tenant, c.req.param("service"), present(c.req.valid("json"))),
      );
    })
    .post("/:service/replay", need("read"), jsonBody(ReplayBody), async (c) => {
      const { replayView } = await deferred();
      const ask = present(c.req.valid("json")) as ReplayAsk;
      return c.json(await replayView(runtime, c.get("principal").tenant, c.req.param("service"), ask));
    })
    .post("/:service/versions", need("operate"), idempotent(runtime), jsonBody(VersionsBody), async (c) => {
      const { setVersions } = await deferred();
      const { tenant } = c.get("principal");
      const asked = c.req.valid("json");
      const { why = "" } = asked;
      const said = { by: speaker(c, asked.by), why };
      const ask =
        "shares" in asked
          ? { shares: asked.shares, takeOver: asked.takeOver, ...said }
          : { release: true as const, ...said };
      return c.json(await setVersions(runtime, tenant, c.req.param("service"), ask));
    })
    .post("/:service/remove", need("operate"), idempotent(runtime), jsonBody(RemoveBody), async (c) => {
      const { ids, why = "", by } = c.req.valid("json");
      return byHand(c, { act: "remove", ids, why, by });
    });
}

function registeredView(runtime: Runtime, service: string, done: Registered): RegisteredView {
  return {
    clock: clockOf(runtime),
    service,
    registered: done.registered,
    renewed: done.renewed,
    items: done.backends.map(({ id, source, registeredAt, leaseUntil, drainingSince }) => ({
      id,
      source,
      registeredAt,
      ...(leaseUntil === undefined ? {} : { leaseUntil }),
      ...(drainingSince === undefined ? {} : { drainingSince }),
    })),
  };
}
