import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { jsonBody, query } from "../api/validate.ts";
import { configWith } from "../services/current.ts";
import { AnomalyBacktestBody, FeedbackBody, QualityBody, SignalSeriesQuery } from "./bodies.ts";

/** /api/v1/anomaly: how unusual services are, what people say of it, backtest. The detectors are loaded when they are asked for. */
export function anomalyRoutes(runtime: Runtime) {
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { anomaliesView } = await import("./deferred.ts");
      return c.json(await anomaliesView(runtime, c.get("principal").tenant));
    })
    .post("/backtest", need("read"), jsonBody(AnomalyBacktestBody), async (c) => {
      const { runAnomalyBacktest } = await import("./deferred.ts");
      const { data, detector = "headgate", ...options } = c.req.valid("json");
      return c.json(runAnomalyBacktest(data, { detector, ...options }));
    })
    .get("/:service", need("read"), async (c) => {
      const { anomalyServiceView } = await import("./deferred.ts");
      return c.json(await anomalyServiceView(runtime, c.get("principal").tenant, c.req.param("service")));
    })
    .get("/:service/series", need("read"), query(SignalSeriesQuery), async (c) => {
      const { anomalySeriesView } = await import("./deferred.ts");
      const { tenant } = c.get("principal");
      return c.json(await anomalySeriesView(runtime, tenant, c.req.param("service"), c.req.valid("query")));
    })
    .post("/:service/feedback", need("operate"), idempotent(runtime), jsonBody(FeedbackBody), async (c) => {
      const [{ judge }, { evaluationView }] = await Promise.all([import("./deferred.ts"), import("../deferred.ts")]);
      const { by: given, ...body } = c.req.valid("json");
      const { name, keyId, tenant } = c.get("principal");
      const by = given === undefined ? name : keyId === undefined ? given : `${given} (key ${name})`;
      const service = c.req.param("service");
      const trigger = { type: "api" as const, id: c.get("trace").traceId, detail: `${body.verdict} said by ${by}` };
      const result = await judge(runtime, { ...body, by, service, tenant, trigger, parent: c.get("trace") });
      return c.json(await evaluationView(runtime, service, result));
    })
    .post("/:service/quality/:dataset", need("operate"), jsonBody(QualityBody), async (c) => {
      const { scoreQuality, scoreTargetsOf } = await import("./deferred.ts");
      const { tenant } = c.get("principal");
      const { config } = await configWith(runtime, tenant, c.req.param("service"));
      const [target] = scoreTargetsOf(config, [c.req.param("service")]);
      const { unknown } = await import("./judge.ts");
      if (!target) throw unknown(`no service ${JSON.stringify(c.req.param("service").slice(0, 200))} is scored`);
      return c.json(await scoreQuality(runtime, tenant, target, c.req.param("dataset"), c.req.valid("json")));
    });
}
