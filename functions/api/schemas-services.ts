import * as v from "valibot";
import { Clock, instant, mode, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as views from "./views.ts";

const direction = v.picklist(["all", "out", "in"]);
const point = v.strictObject({ at: instant, value: v.number() });
const instance = v.strictObject({
  id: v.string(),
  state: v.picklist(["pending", "running", "draining", "failed"]),
  ready: v.boolean(),
  startedAt: opt(instant),
  address: opt(v.string()),
  detail: opt(v.string()),
});
export const ServiceSummary = v.strictObject({
  name: v.string(),
  runsOn: v.picklist(["local", "ecs", "flink", "managed-flink", "other"]),
  health: v.picklist(["ok", "degraded", "failing", "unknown"]),
  status: opt(
    v.strictObject({
      desired: v.number(),
      pending: v.number(),
      running: v.number(),
      ready: v.number(),
      deploying: v.boolean(),
      instances: v.array(instance),
      at: instant,
      trouble: opt(v.string()),
    }),
  ),
  mode: opt(mode),
  min: opt(v.number()),
  max: opt(v.number()),
  paused: opt(v.strictObject({ by: v.string(), why: v.string(), until: opt(instant), direction })),
  override: opt(v.strictObject({ by: v.string(), why: v.string(), until: instant, desired: v.number() })),
  latest: v.record(v.string(), v.strictObject({ at: instant, value: v.number(), unit: v.string() })),
  load: v.strictObject({ metric: v.string(), unit: v.string(), points: v.array(point) }),
  lastDecision: opt(DecisionSummary),
}) satisfies Shape<views.ServiceSummary>;

export const Services = v.strictObject({
  clock: Clock,
  state: v.string(),
  items: v.array(ServiceSummary),
}) satisfies Shape<views.ServicesView>;
export const Service = v.strictObject({
  clock: Clock,
  service: ServiceSummary,
  autoscaling: opt(v.unknown()),
  anomaly: opt(v.unknown()),
  decisions: v.array(DecisionSummary),
}) satisfies Shape<views.ServiceView>;
export const Series = v.strictObject({
  clock: Clock,
  from: instant,
  to: instant,
  series: v.array(
    v.strictObject({
      metric: v.string(),
      unit: v.string(),
      periodMs: v.number(),
      points: v.array(point),
      status: v.picklist(["complete", "partial", "failed"]),
    }),
  ),
}) satisfies Shape<views.SeriesView>;
