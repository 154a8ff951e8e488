import type { Context } from "hono";
import { stream } from "hono/streaming";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { jsonBody, query } from "../api/validate.ts";
import type { AcknowledgedView } from "../api/views-alerting.ts";
import {
  AcknowledgeBody,
  AlertsQuery,
  CommentBody,
  EventsQuery,
  ExportQuery,
  GroupsQuery,
  HistoryQuery,
  PreviewBody,
  ReceiverTestBody,
  ReplayBody,
  RouteTestBody,
  SilenceBody,
  SilencesQuery,
  TimeQuery,
} from "./bodies.ts";

/** Who says it: the key's owner, and the person where one key serves several. */
const speaker = (c: Context<AppEnv>, by: string | undefined): string => {
  const { name } = c.get("principal");
  return by === undefined || by === name ? name : `${by} (${name})`;
};

/** /api/v1/alerting: alerts, groups, silences, history, routes, replay. Everything they need is loaded with the first request. */
export function alertingRoutes(runtime: Runtime) {
  const deferred = () => import("./deferred.ts");
  const told = (done: Pick<AcknowledgedView, "groups" | "decisions">): AcknowledgedView => ({
    clock: clockOf(runtime),
    ...done,
  });
  return new Hono<AppEnv>()
    .get("/alerts", need("read"), query(AlertsQuery), async (c) => {
      const { alertsListView } = await deferred();
      return c.json(await alertsListView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .get("/alerts/:id", need("read"), async (c) => {
      const { alertExplanation } = await deferred();
      return c.json(await alertExplanation(runtime, c.get("principal").tenant, c.req.param("id")));
    })
    .post("/alerts/:id/acknowledge", need("operate"), idempotent(runtime), jsonBody(AcknowledgeBody), async (c) => {
      const { acknowledge, unacknowledge } = await deferred();
      const { comment = "", by, undo = false } = c.req.valid("json");
      const said = { alert: c.req.param("id"), by: speaker(c, by), comment };
      return c.json(told(await (undo ? unacknowledge : acknowledge)(runtime, c.get("principal").tenant, said)));
    })
    .post("/alerts/:id/comment", need("operate"), idempotent(runtime), jsonBody(CommentBody), async (c) => {
      const { comment } = await deferred();
      const { text, by } = c.req.valid("json");
      const said = { alert: c.req.param("id"), by: speaker(c, by), comment: text };
      return c.json(told(await comment(runtime, c.get("principal").tenant, said)));
    })
    .get("/groups", need("read"), query(GroupsQuery), async (c) => {
      const { groupsListView } = await deferred();
      return c.json(await groupsListView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .post("/groups/:id/acknowledge", need("operate"), idempotent(runtime), jsonBody(AcknowledgeBody), async (c) => {
      const { acknowledge, unacknowledge } = await deferred();
      const { comment = "", by, undo = false } = c.req.valid("json");
      const said = { group: c.req.param("id"), by: speaker(c, by), comment };
      return c.json(told(await (undo ? unacknowledge : acknowledge)(runtime, c.get("principal").tenant, said)));
    })
    .post("/groups/:id/comment", need("operate"), idempotent(runtime), jsonBody(CommentBody), async (c) => {
      const { comment } = await deferred();
      const { text, by } = c.req.valid("json");
      const said = { group: c.req.param("id"), by: speaker(c, by), comment: text };
      return c.json(told(await comment(runtime, c.get("principal").tenant, said)));
    })
    .get("/silences", need("read", "silences:write"), query(SilencesQuery), async (c) => {
      const { silencesListView } = await deferred();
      return c.json(await silencesListView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .post("/silences", need("silences:write"), idempotent(runtime), jsonBody(SilenceBody), async (c) => {
      const { silenceSet } = await deferred();
      const { tenant, name } = c.get("principal");
      return c.json(await silenceSet(runtime, tenant, c.req.valid("json"), name));
    })
    .post("/silences/preview", need("read", "silences:write"), jsonBody(PreviewBody), async (c) => {
      const { silencePreview } = await deferred();
      return c.json(await silencePreview(runtime, c.get("principal").tenant, c.req.valid("json")));
    })
    .delete("/silences/:id", need("silences:write"), async (c) => {
      const { silenceEnded } = await deferred();
      return c.json(await silenceEnded(runtime, c.get("principal").tenant, c.req.param("id")));
    })
    .get("/history", need("read"), query(HistoryQuery), async (c) => {
      const { historyView } = await deferred();
      return c.json(await historyView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .get("/history/export", need("read"), query(ExportQuery), async (c) => {
      const { historyLines, labelFilter } = await deferred();
      const { format = "ndjson", ...asked } = c.req.valid("query");
      // Refused here, while there is still a status to say it with.
      labelFilter(asked.filter);
      const { tenant } = c.get("principal");
      c.header("Content-Type", format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson");
      c.header("Content-Disposition", `attachment; filename="notifications.${format}"`);
      return stream(c, async (out) => {
        for await (const lines of historyLines(runtime, tenant, asked, format)) await out.write(lines);
      });
    })
    .get("/stats", need("read"), query(TimeQuery), async (c) => {
      const { statsView } = await deferred();
      return c.json(await statsView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .get("/escalations", need("read"), async (c) => {
      const { escalationsView } = await deferred();
      return c.json(await escalationsView(runtime, c.get("principal").tenant));
    })
    .get("/events", need("read"), query(EventsQuery), async (c) => {
      const { eventsView } = await deferred();
      return c.json(await eventsView(runtime, c.get("principal").tenant, c.req.valid("query")));
    })
    .get("/routes", need("read"), async (c) => {
      const { routesView } = await deferred();
      return c.json(await routesView(runtime, c.get("principal").tenant));
    })
    .post("/routes/test", need("read"), jsonBody(RouteTestBody), async (c) => {
      const { routeTestView } = await deferred();
      const { labels, at } = c.req.valid("json");
      return c.json(await routeTestView(runtime, c.get("principal").tenant, labels, at));
    })
    .post("/receivers/:name/test", need("operate"), idempotent(runtime), jsonBody(ReceiverTestBody), async (c) => {
      const { trialMessage } = await deferred();
      const { tenant, name } = c.get("principal");
      const asked = { ...c.req.valid("json"), by: name };
      return c.json(await trialMessage(runtime, tenant, c.req.param("name"), asked));
    })
    .post("/replay", need("read"), jsonBody(ReplayBody), async (c) => {
      const { replayView } = await deferred();
      return c.json(await replayView(runtime, c.get("principal").tenant, c.req.valid("json")));
    });
}
