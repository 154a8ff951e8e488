import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import type * as views from "./views-autoscaling.ts";

const ForecastPoint = v.strictObject({
  at: instant,
  low: opt(v.number()),
  likely: opt(v.number()),
  high: opt(v.number()),
  came: opt(v.number()),
}) satisfies Shape<views.ForecastPointView>;

const PolicyForecast = v.strictObject({
  policy: v.number(),
  metric: v.string(),
  unit: v.string(),
  forecaster: v.picklist(["regression", "last"]),
  horizon: v.number(),
  minutes: v.number(),
  trusted: v.boolean(),
  why: opt(v.string()),
  inside: opt(v.number()),
  points: v.array(ForecastPoint),
}) satisfies Shape<views.PolicyForecastView>;

const Forecast = v.strictObject({
  clock: Clock,
  service: v.string(),
  policies: v.array(PolicyForecast),
}) satisfies Shape<views.ForecastView>;

/** Shapes of forecasts, for schemas.ts. */
export const forecastShapes = { Forecast } as const;
