import type { Context } from "hono";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import { tenantOfLink } from "../link-answer.ts";
import { CalendarQuery, OncallQuery, OncallScheduleQuery, OverrideBody, OverrideRemoveQuery } from "./oncall-bodies.ts";

const deferred = () => import("./oncall-deferred.ts");

function ics(c: Context, text: string): Response {
  c.header("Content-Type", "text/calendar; charset=utf-8");
  c.header("Cache-Control", "private, max-age=300");
  return c.body(text);
}

/** /api/v1/oncall: who is on call, and who stands in. Everything they need is loaded with the first request. */
export function oncallRoutes(runtime: Runtime) {
  return new Hono<AppEnv>()
    .get("/", need("read"), query(OncallQuery), async (c) => {
      const { oncallView } = await deferred();
      return c.json(await oncallView(runtime, c.get("principal").tenant, c.req.valid("query").at));
    })
    .get("/:schedule", need("read"), query(OncallScheduleQuery), async (c) => {
      const { oncallScheduleView } = await deferred();
      const { tenant } = c.get("principal");
      return c.json(await oncallScheduleView(runtime, tenant, c.req.param("schedule"), c.req.valid("query")));
    })
    .get("/:schedule/calendar.ics", need("read"), query(CalendarQuery), async (c) => {
      const { calendarText } = await deferred();
      const { tenant } = c.get("principal");
      return ics(c, await calendarText(runtime, tenant, c.req.param("schedule"), c.req.valid("query").person));
    })
    .post("/:schedule/overrides", need("operate"), idempotent(runtime), jsonBody(OverrideBody), async (c) => {
      const { addOverride } = await deferred();
      const { by, ...asked } = c.req.valid("json");
      const said = { ...asked, by: speaker(c, by) };
      return c.json(await addOverride(runtime, c.get("principal").tenant, c.req.param("schedule"), said));
    })
    .delete("/:schedule/overrides/:id", need("operate"), query(OverrideRemoveQuery), async (c) => {
      const { removeOverride } = await deferred();
      const { why, by } = c.req.valid("query");
      const said = { id: c.req.param("id"), why, by: speaker(c, by) };
      return c.json(await removeOverride(runtime, c.get("principal").tenant, c.req.param("schedule"), said));
    });
}

/** /hooks/oncall: the feed for calendar programs, which can send no key. The signature in the address is the proof. */
export function oncallLinkRoutes(runtime: Runtime, tenant: string) {
  return new Hono<AppEnv>().get("/calendar.ics", async (c) => {
    const { linkedCalendar } = await deferred();
    return ics(c, await linkedCalendar(runtime, tenantOfLink(c, tenant), c.req.query()));
  });
}
