import { Hono } from "hono/tiny";
import * as v from "valibot";
import { DAY_MS, HOUR_MS, parseDuration, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { durationText, InstantText, jsonBody, query } from "../api/validate.ts";
import type { TargetsView } from "../api/views-monitoring.ts";
import { collectRoutes } from "./collect-routes.ts";

const Expr = v.pipe(v.string(), v.minLength(1, "a PromQL expression"), v.maxLength(5_000, "at most 5,000 characters"));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000));

export const InstantQuery = v.strictObject({ expr: Expr, at: v.optional(InstantText) });
export const RangeQuery = v.strictObject({
  expr: Expr,
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  step: v.optional(durationText(1, 30 * DAY_MS)),
});
/** Without a group all that are due are evaluated. */
export const EvaluateRulesBody = v.strictObject({
  group: v.optional(v.strictObject({ file: Name, name: Name })),
  why: v.optional(v.pipe(v.string(), v.maxLength(500))),
});

/** The rule by id or subject; without a step its own interval, without `from` a day. */
export const BacktestRuleBody = v.strictObject({
  rule: Name,
  from: v.optional(v.number()),
  to: v.optional(v.number()),
  step: v.optional(durationText(SECOND_MS, DAY_MS)),
  /** Values of `for` to compare with the rule's own. */
  for: v.optional(v.pipe(v.array(durationText(0, 30 * DAY_MS)), v.maxLength(10))),
  groupBy: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
});

/** Points of a range query without a step, as many as a chart has pixels. */
const STEPS = 250;

/** /api/v1/monitoring: rules and their alerts, targets, and PromQL. What PromQL needs is loaded with the first request. */
export function monitoringRoutes(runtime: Runtime) {
  const deferred = () => import("./deferred.ts");
  return new Hono<AppEnv>()
    .route("/services", collectRoutes(runtime))
    .get("/rules", need("read"), async (c) => {
      const { rulesView } = await deferred();
      return c.json(await rulesView(runtime, c.get("principal").tenant));
    })
    .post("/rules/evaluate", need("operate"), idempotent(runtime), jsonBody(EvaluateRulesBody), async (c) => {
      const { evaluateRules, rulesEvaluatedView } = await deferred();
      const { group, why } = c.req.valid("json");
      const { tenant, name } = c.get("principal");
      const evaluated = await evaluateRules(runtime, {
        tenant,
        at: Math.floor(runtime.now()),
        trigger: { type: "api", id: c.get("trace").traceId, detail: `asked by ${name}${why ? `: ${why}` : ""}` },
        parent: c.get("trace"),
        ...(group ? { groups: [group] } : {}),
      });
      return c.json(rulesEvaluatedView(runtime, evaluated));
    })
    .post("/rules/backtest", need("read"), jsonBody(BacktestRuleBody), async (c) => {
      const { ruleBacktestView } = await deferred();
      const { rule, from, to, step, for: fors, groupBy } = c.req.valid("json");
      const view = await ruleBacktestView(runtime, c.get("principal").tenant, {
        rule,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(step === undefined ? {} : { stepMs: parseDuration(step) ?? SECOND_MS }),
        ...(fors === undefined ? {} : { fors: fors.map((text) => parseDuration(text) ?? 0) }),
        ...(groupBy === undefined ? {} : { groupBy }),
      });
      return c.json(view);
    })
    .get("/rules/:rule", need("read"), async (c) => {
      const { ruleDetailView } = await deferred();
      return c.json(await ruleDetailView(runtime, c.get("principal").tenant, c.req.param("rule")));
    })
    .get("/alerts", need("read"), async (c) => {
      const { alertsView } = await deferred();
      return c.json(await alertsView(runtime, c.get("principal").tenant));
    })
    .get("/targets", need("read"), (c) => {
      const view: TargetsView = { clock: clockOf(runtime), items: runtime.targets?.() ?? [] };
      return c.json(view);
    })
    .get("/query", need("read"), query(InstantQuery), async (c) => {
      const { queryView } = await deferred();
      const { expr, at } = c.req.valid("query");
      return c.json(await queryView(runtime, c.get("principal").tenant, expr, at ?? Math.floor(runtime.now())));
    })
    .get("/query_range", need("read"), query(RangeQuery), async (c) => {
      const { queryRangeView } = await deferred();
      const wanted = c.req.valid("query");
      const to = wanted.to ?? Math.floor(runtime.now());
      const from = wanted.from ?? to - HOUR_MS;
      const fitting = Math.ceil(Math.max(1, to - from) / STEPS / SECOND_MS) * SECOND_MS;
      const stepMs = wanted.step === undefined ? fitting : (parseDuration(wanted.step) ?? fitting);
      return c.json(await queryRangeView(runtime, c.get("principal").tenant, { expr: wanted.expr, from, to, stepMs }));
    });
}
