import { Hono } from "hono/tiny";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import { type AppEnv, clockOf } from "../api/context.ts";
import { InstantText, query } from "../api/validate.ts";
import type { SeriesView, ServicesView, ServiceView } from "../api/views.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";
import { configWith } from "./current.ts";
import { metricInfo } from "./metrics.ts";
import { periodOf, readSamples } from "./read.ts";
import { stateLine, summarize } from "./summarize.ts";

const MAX_METRICS = 20;
/** More points than this are told in longer periods. */
const MAX_POINTS = 1_440;
const MAX_SPAN_MS = 455 * DAY_MS;

export const SeriesQuery = v.strictObject({
  metrics: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z][a-z0-9_]{0,63}(,[a-z][a-z0-9_]{0,63})*$/, "metric names separated by commas"),
      v.check((text) => text.split(",").length <= MAX_METRICS, `at most ${MAX_METRICS} metrics`),
    ),
  ),
  from: v.optional(InstantText),
  to: v.optional(InstantText),
});

/** /api/v1/services: what is controlled, how it is, and its measurements. */
export function serviceRoutes(runtime: Runtime, keepSamples: boolean) {
  return new Hono<AppEnv>()
    .get("/", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const current = await currentConfig(runtime, tenant);
      const names = Object.keys(current?.config.services ?? {}).sort();
      const items = current ? await summarize(runtime, tenant, current.config, names, keepSamples) : [];
      const view: ServicesView = { clock: clockOf(runtime), state: stateLine(items, runtime.now()), items };
      return c.json(view);
    })
    .get("/:service", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const name = c.req.param("service");
      const { config } = await configWith(runtime, tenant, name);
      const [items, decisions, { summaryOf }] = await Promise.all([
        summarize(runtime, tenant, config, [name], keepSamples),
        runtime.journal.list({ tenant, subject: name, limit: 20 }),
        import("../decisions/deferred.ts"),
      ]);
      const autoscaling = own(config.autoscaling, name);
      const anomaly = own(config.anomaly ?? {}, name);
      const view: ServiceView = {
        clock: clockOf(runtime),
        service: items[0] as ServiceView["service"],
        ...(autoscaling ? { autoscaling } : {}),
        ...(anomaly ? { anomaly } : {}),
        decisions: decisions.items.map(summaryOf),
      };
      return c.json(view);
    })
    .get("/:service/series", need("read"), query(SeriesQuery), async (c) => {
      const { tenant } = c.get("principal");
      const name = c.req.param("service");
      const { config } = await configWith(runtime, tenant, name);
      const wanted = c.req.valid("query");
      const to = wanted.to ?? runtime.now();
      const from = wanted.from ?? to - HOUR_MS;
      if (from >= to || to - from > MAX_SPAN_MS) {
        throw new HeadgateError("input.invalid", "query: from must be before to, at most 455 days", {
          faults: [
            {
              path: "from",
              message: "not before to, or too far",
              value: `${from}`,
              allowed: `before ${to}, at most 455 days`,
            },
          ],
        });
      }
      const view = await readSeries(runtime, {
        service: refOf(config, name),
        metrics: [...new Set((wanted.metrics ?? "cpu,requests").split(","))],
        period: periodOf(config, name),
        from,
        to,
      });
      return c.json(view);
    });
}

async function readSeries(
  runtime: Runtime,
  wanted: {
    readonly service: SampleQuery["service"];
    readonly metrics: readonly string[];
    readonly period: number;
    readonly from: number;
    readonly to: number;
  },
): Promise<SeriesView> {
  const { service, metrics, period, to } = wanted;
  const periodMs = period * Math.max(1, Math.ceil((to - wanted.from) / period / MAX_POINTS));
  const from = Math.floor(wanted.from / periodMs) * periodMs;
  const queries = metrics.map((metric) => ({
    id: metric,
    service,
    metric,
    stat: metricInfo(metric).stat,
    periodMs,
    from,
    to,
  }));
  const answers = await readSamples(runtime, queries);
  return {
    clock: clockOf(runtime),
    from,
    to,
    series: answers.map(({ id, points, status }) => ({
      metric: id,
      unit: metricInfo(id).unit,
      periodMs,
      points,
      status,
    })),
  };
}
