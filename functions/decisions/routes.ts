import { Hono } from "hono/tiny";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { DecisionQuery } from "../../shared/core/ports/journal.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { InstantText, integerText, jsonBody, query } from "../api/validate.ts";
import type { DecisionDetailView, DecisionsView, ReplayView } from "../api/views.ts";
import { present } from "../present.ts";

const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const ListQuery = v.strictObject({
  noun: v.optional(Text),
  subject: v.optional(Text),
  reason: v.optional(Text),
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  acted: v.optional(v.picklist(["true", "false"])),
  limit: v.optional(integerText(1, 500)),
  cursor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(2_000))),
});

/** One page of a replay; `cursor` goes on where it ended. */
export const ReplayBody = v.strictObject({
  noun: v.optional(Text),
  subject: v.optional(Text),
  from: v.optional(v.number()),
  to: v.optional(v.number()),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500))),
  cursor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(2_000))),
});

const words = () => import("./deferred.ts");

async function recordOf(runtime: Runtime, tenant: string, id: string): Promise<DecisionRecord> {
  const record = await runtime.journal.get(tenant, id);
  if (!record) throw new HeadgateError("decision.unknown", `no decision ${id}`);
  return record;
}

/** /api/v1/decisions: the journal, each decision's why, and replay. */
export function decisionRoutes(runtime: Runtime) {
  return new Hono<AppEnv>()
    .get("/", need("read"), query(ListQuery), async (c) => {
      const { acted, ...rest } = c.req.valid("query");
      const wanted: DecisionQuery = {
        tenant: c.get("principal").tenant,
        ...present(rest),
        ...(acted === "true" ? { acted: true } : {}),
      };
      const [page, { summaryOf }] = await Promise.all([runtime.journal.list(wanted), words()]);
      const view: DecisionsView = {
        clock: clockOf(runtime),
        items: page.items.map(summaryOf),
        ...(page.cursor ? { cursor: page.cursor } : {}),
      };
      return c.json(view);
    })
    .post("/replay", need("read"), jsonBody(ReplayBody), async (c) => {
      const wanted: DecisionQuery = { tenant: c.get("principal").tenant, limit: 200, ...present(c.req.valid("json")) };
      const page = await runtime.journal.list(wanted);
      const { replayAll } = await import("../deferred.ts");
      const view: ReplayView = { ...(await replayAll(page.items)), ...(page.cursor ? { cursor: page.cursor } : {}) };
      return c.json(view);
    })
    .get("/:id", need("read"), async (c) => {
      const [record, { explainOf, sentenceOf }] = await Promise.all([
        recordOf(runtime, c.get("principal").tenant, c.req.param("id")),
        words(),
      ]);
      const view: DecisionDetailView = {
        clock: clockOf(runtime),
        decision: { ...record, sentence: sentenceOf(record) },
        explanation: explainOf(record),
      };
      return c.json(view);
    })
    .post("/:id/replay", need("read"), async (c) => {
      const record = await recordOf(runtime, c.get("principal").tenant, c.req.param("id"));
      const { replayAll } = await import("../deferred.ts");
      return c.json(await replayAll([record]));
    });
}
