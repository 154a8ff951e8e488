import type { TrailPoint } from "../../shared/core/autoscaling/forecast/trail.ts";
import type { ClockView } from "./views.ts";

// What the forecasts of a service answer with.

/** One minute. 80 of 100 minutes are meant to lie between `low` and `high` (10 and 90 %); `likely` is the forecast. Absent: not known. */
export type ForecastPointView = TrailPoint;

/** What one policy expects, and what it expected of the newest minutes when a decision could still change them. */
export interface PolicyForecastView {
  /** Index among the policies of the service. */
  readonly policy: number;
  readonly metric: string;
  /** Of every number in `points`. */
  readonly unit: string;
  readonly forecaster: "regression" | "last";
  /** Minutes from the newest that is measured to the newest that is forecast. */
  readonly horizon: number;
  /** Minutes of history that were learned from. */
  readonly minutes: number;
  /** False: the demand rule decides instead, and `why` says so. */
  readonly trusted: boolean;
  readonly why?: string;
  /** Share of the minutes in `points` whose load came inside the interval, 0..1. Absent: none can be told. */
  readonly inside?: number;
  /** In the order of time: the last six hours, and those ahead, which have no `came`. */
  readonly points: readonly ForecastPointView[];
}

/** Forecasts of a service beside what came; empty where no policy makes any. */
export interface ForecastView {
  readonly clock: ClockView;
  readonly service: string;
  readonly policies: readonly PolicyForecastView[];
}
