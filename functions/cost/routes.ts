import type { ReadableStream } from "node:stream/web";
import { Hono } from "hono/tiny";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { clockOf } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { speaker } from "../api/speaker.ts";
import { jsonBody, query } from "../api/validate.ts";
import {
  DismissBody,
  DriversQuery,
  EstimateBody,
  ForecastQuery,
  ImportQuery,
  JudgeBody,
  loadOf,
  QueryBody,
  ReportQuery,
  RunReportBody,
  SaidBody,
  SelfQuery,
  SpanQuery,
} from "./bodies.ts";

/** How each form of a report travels. A page is a file: it has a style of its own, which the policy of this server would refuse. */
const FORMS = {
  csv: ["text/csv; charset=utf-8", "csv"],
  md: ["text/markdown; charset=utf-8", "md"],
  html: ["text/html; charset=utf-8", "html"],
} as const;

/** /api/v1/cost: reports, opportunities and changes, tenants, budgets. Everything they need is loaded with the first request. */
export function costRoutes(runtime: Runtime) {
  const reports = () => import("./answers.ts");
  const tenants = () => import("./answers-tenants.ts");
  const changes = () => import("./answers-changes.ts");
  const bills = () => import("./answers-bills.ts");
  const jobs = () => import("./answers-jobs.ts");
  const clock = () => ({ clock: clockOf(runtime) });
  return new Hono<AppEnv>()
    .get("/report", need("read"), query(ReportQuery), async (c) => {
      const { reportAnswer, reportFile } = await reports();
      const { format = "json", ...asked } = c.req.valid("query");
      const { tenant } = c.get("principal");
      if (format === "json") return c.json({ ...clock(), ...(await reportAnswer(runtime, tenant, asked)) });
      const [type, ending] = FORMS[format];
      const { body, name } = await reportFile(runtime, tenant, asked, format);
      c.header("Content-Type", type);
      c.header("Content-Disposition", `attachment; filename="${name}.${ending}"`);
      return c.body(body);
    })
    .get("/reports", need("read"), async (c) => {
      const { reportsAnswer } = await jobs();
      return c.json({ ...clock(), ...(await reportsAnswer(runtime, c.get("principal").tenant)) });
    })
    .post("/reports/:name/run", need("operate"), idempotent(runtime), jsonBody(RunReportBody), async (c) => {
      const { runReportAnswer } = await jobs();
      const { by, to } = c.req.valid("json");
      const asked = { by: speaker(c, by), to };
      return c.json(await runReportAnswer(runtime, c.get("principal").tenant, c.req.param("name"), asked));
    })
    .get("/opportunities", need("read"), async (c) => {
      const { opportunitiesAnswer } = await changes();
      return c.json({ ...clock(), ...(await opportunitiesAnswer(runtime, c.get("principal").tenant)) });
    })
    .post("/opportunities/:id/apply", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { applyAnswer } = await changes();
      const { why, by } = c.req.valid("json");
      const said = { why, by: speaker(c, by) };
      return c.json(await applyAnswer(runtime, c.get("principal").tenant, c.req.param("id"), said));
    })
    .post("/opportunities/:id/dismiss", need("operate"), idempotent(runtime), jsonBody(DismissBody), async (c) => {
      const { dismissAnswer } = await changes();
      const { why, by, for: lasts } = c.req.valid("json");
      const said = { why, by: speaker(c, by), ...(lasts === undefined ? {} : { for: lasts }) };
      return c.json(await dismissAnswer(runtime, c.get("principal").tenant, c.req.param("id"), said));
    })
    .post("/opportunities/:id/reopen", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { reopenAnswer } = await changes();
      const { why, by } = c.req.valid("json");
      const said = { why, by: speaker(c, by) };
      return c.json(await reopenAnswer(runtime, c.get("principal").tenant, c.req.param("id"), said));
    })
    .get("/changes", need("read"), async (c) => {
      const { changesAnswer } = await changes();
      return c.json({ ...clock(), ...(await changesAnswer(runtime, c.get("principal").tenant)) });
    })
    .post("/changes/:id/revert", need("operate"), idempotent(runtime), jsonBody(SaidBody), async (c) => {
      const { revertAnswer } = await changes();
      const { why, by } = c.req.valid("json");
      const said = { why, by: speaker(c, by) };
      return c.json(await revertAnswer(runtime, c.get("principal").tenant, c.req.param("id"), said));
    })
    .get("/allocation", need("read"), query(SpanQuery), async (c) => {
      const { allocationAnswer } = await tenants();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await allocationAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .get("/tenants", need("read"), query(SpanQuery), async (c) => {
      const { tenantsAnswer } = await tenants();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await tenantsAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .get("/tenants/:name", need("read"), query(SpanQuery), async (c) => {
      const { tenantAnswer } = await tenants();
      const asked = c.req.valid("query");
      const answer = await tenantAnswer(runtime, c.get("principal").tenant, c.req.param("name"), asked);
      return c.json({ ...clock(), ...answer });
    })
    .get("/budgets", need("read"), async (c) => {
      const { budgetsAnswer } = await reports();
      return c.json({ ...clock(), ...(await budgetsAnswer(runtime, c.get("principal").tenant)) });
    })
    .get("/forecast", need("read"), query(ForecastQuery), async (c) => {
      const { forecastAnswer } = await reports();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await forecastAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .get("/drivers", need("read"), query(DriversQuery), async (c) => {
      const { driversAnswer } = await reports();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await driversAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .get("/anomalies", need("read"), query(SpanQuery), async (c) => {
      const { anomaliesAnswer } = await reports();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await anomaliesAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .post("/anomalies/:id/judge", need("operate"), idempotent(runtime), jsonBody(JudgeBody), async (c) => {
      const { judgeAnswer } = await reports();
      const { why, by, feedback } = c.req.valid("json");
      const said = { feedback, why, by: speaker(c, by) };
      return c.json(await judgeAnswer(runtime, c.get("principal").tenant, c.req.param("id"), said));
    })
    .get("/sources", need("read"), query(SpanQuery), async (c) => {
      const { sourcesAnswer } = await reports();
      const asked = c.req.valid("query");
      return c.json({ ...clock(), ...(await sourcesAnswer(runtime, c.get("principal").tenant, asked)) });
    })
    .post("/import", need("operate"), query(ImportQuery), async (c) => {
      const { importAnswer } = await bills();
      const { tenant } = c.get("principal");
      return c.json(
        await importAnswer(runtime, tenant, c.req.raw.body as ReadableStream<Uint8Array> | null, c.req.valid("query")),
      );
    })
    .post("/query", need("operate"), jsonBody(QueryBody), async (c) => {
      const { queryAnswer } = await import("./answers-query.ts");
      return c.json(await queryAnswer(runtime, c.get("principal").tenant, c.req.valid("json")));
    })
    .get("/self", need("read"), query(SelfQuery), async (c) => {
      const { selfCost } = await bills();
      const load = loadOf(c.req.valid("query"));
      return c.json({ ...clock(), ...(await selfCost(runtime, c.get("principal").tenant, load)) });
    })
    .post("/estimate", need("read"), jsonBody(EstimateBody), async (c) => {
      const { estimateAnswer } = await bills();
      return c.json(await estimateAnswer(runtime, c.get("principal").tenant, c.req.valid("json")));
    });
}
