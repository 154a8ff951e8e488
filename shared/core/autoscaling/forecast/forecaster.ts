import { type Errors, errors, note, POOL_MINUTES, REFRESH_MINUTES, refresh, type Side, tableFor } from "./errors.ts";
import { describe, fold, type Past, past } from "./features.ts";
import { FEATURES, learn, predict, type Regression, regression } from "./regression.ts";
import { came, expect, type Trail, trail } from "./trail.ts";
import { type Trust, trust, trusting } from "./trust.ts";

/** `regression` weighs level, trend and seasons; `last` says that nothing will change. */
export type ForecasterKind = "regression" | "last";

/** Minutes in which only the short average predicts. */
const EARLY = 200;
/** Both variances start here. Square root of tasks, squared. */
const START_VARIANCE = 0.25;
const FAST = 0.15;
const SLOW = 0.005;
/** Share of the fast variance in the spread. */
const FAST_SHARE = 0.6;
const LEAST_VARIANCE = 0.0001;
/** One minute that nobody could foresee widens a spread no further than so many times its variance. */
const MOST_FAST = 25;
const MOST_SLOW = 60;
/** Nor does it turn the weights by more than so many spreads. */
const MOST_LEARNT = 4;
/** Errors of the first hour are of a forecaster that knows nothing. */
const SKIPPED = 60;
/** The mean follows the load over two weeks. */
const MEAN_MINUTES = 20_160;

/** Everything that is learned of one load for one horizon; changed in place, minute by minute. */
export interface Forecaster {
  readonly kind: ForecasterKind;
  /** Minutes from the newest known one to the one that is forecast. */
  readonly horizon: number;
  /** Index of the newest minute; −1: none yet. Minutes that are unknown count. */
  t: number;
  /** How many minutes were known. */
  known: number;
  /** Mean work. */
  mean: number;
  fastVariance: number;
  slowVariance: number;
  readonly past: Past;
  readonly regression: Regression;
  readonly errors: Errors;
  readonly trust: Trust;
  readonly trail: Trail;
  /** Forecasts that wait for their minute, as rings by the minute they were issued in. NaN level: none was. */
  readonly levels: Float64Array;
  readonly spreads: Float64Array;
  readonly values: Float64Array;
  readonly sides: Uint8Array;
  readonly features: Float64Array;
}

/** Longest horizon: an hour for a task to start, and metrics that are late. */
export const MOST_HORIZON = 90;

/**
 * A forecaster that knows nothing yet. `horizon` in whole minutes, 1..{@link MOST_HORIZON}; others are brought inside.
 *
 * Recursive least squares on square roots of the load over its own level, short trend and what followed here a day, two days and a week ago; the
 * spread from its own recent errors, and the distribution of these over four days (docs/autoscaling-predictive.md).
 */
export function forecaster(kind: ForecasterKind, horizon: number): Forecaster {
  const ahead = Math.min(MOST_HORIZON, Math.max(1, Math.round(horizon) || 1));
  return {
    kind,
    horizon: ahead,
    t: -1,
    known: 0,
    mean: 0,
    fastVariance: START_VARIANCE,
    slowVariance: START_VARIANCE,
    past: past(),
    regression: regression(),
    errors: errors(),
    trust: trust(),
    trail: trail(),
    levels: new Float64Array(ahead).fill(Number.NaN),
    spreads: new Float64Array(ahead),
    values: new Float64Array(ahead),
    sides: new Uint8Array(ahead),
    features: new Float64Array(ahead * FEATURES),
  };
}

/**
 * One more minute: `work` in tasks at 100 %, NaN where it is unknown (then nothing is learned and what was known holds). A known event multiplies
 * the load by `factor`: what is measured is divided by it, so that it is not taken for a habit.
 */
export function push(model: Forecaster, work: number, factor = 1): void {
  const usual = work / factor;
  const x = usual >= 0 && usual < Number.POSITIVE_INFINITY ? Math.sqrt(usual) : Number.NaN;
  const known = !Number.isNaN(x);
  const first = model.known === 0;
  // Minutes before the first known one are no history.
  if (first && !known) return;
  model.t += 1;
  const { t, horizon } = model;
  if (known) {
    model.known += 1;
    model.mean += (usual - model.mean) / Math.min(model.known, MEAN_MINUTES);
  }
  fold(model.past, t, x, first);
  came(model.trail, t, usual, horizon);
  const slot = t % horizon;
  const side = model.sides[slot] as Side;
  note(model.errors, t, judge(model, slot, x), side);
  issue(model, slot, known);
  if (t % REFRESH_MINUTES === 0 && t >= horizon + SKIPPED)
    refresh(model.errors, Math.max(horizon + SKIPPED, t - POOL_MINUTES), t);
}

/** Holds the forecast of `horizon` minutes ago against what came, and learns from it. Answers its standardized error. */
function judge(model: Forecaster, slot: number, x: number): number {
  const { t, levels, spreads, values, features } = model;
  const level = levels[slot] as number;
  if (Number.isNaN(x) || Number.isNaN(level)) return Number.NaN;
  const spread = spreads[slot] as number;
  const error = x - level;
  const square = error * error;
  model.fastVariance += FAST * (Math.min(square, MOST_FAST * model.slowVariance) - model.fastVariance);
  const slow = Math.max(SLOW, 1 / (t + 20));
  model.slowVariance += slow * (Math.min(square, MOST_SLOW * model.slowVariance) - model.slowVariance);
  if (model.kind === "last") return error / spread;
  const at = slot * FEATURES;
  const miss = x - predict(model.regression, features, at);
  const most = MOST_LEARNT * spread;
  learn(model.regression, features, at, Math.max(-most, Math.min(most, miss)));
  trusting(model.trust, error, x - (values[slot] as number));
  return error / spread;
}

/** Issues the forecast of `horizon` minutes from now. */
function issue(model: Forecaster, slot: number, known: boolean): void {
  const { past, t, kind, features } = model;
  const at = slot * FEATURES;
  if (kind === "regression") describe(past, t, model.horizon, features, at);
  const level =
    kind === "last" ? past.last : t < EARLY ? past.fast : Math.max(0, predict(model.regression, features, at));
  model.levels[slot] = known ? level : Number.NaN;
  model.values[slot] = past.last;
  const spread = Math.sqrt(
    Math.max(LEAST_VARIANCE, FAST_SHARE * model.fastVariance + (1 - FAST_SHARE) * model.slowVariance),
  );
  model.spreads[slot] = spread;
  model.sides[slot] = past.last < past.long ? 0 : 1;
  expect(model.trail, t + model.horizon, known ? level : Number.NaN, spread, table(model));
}

/** Square root of the work that is expected `horizon` minutes after the newest one; NaN where that one is unknown. */
export function level(model: Forecaster): number {
  return model.t < 0 ? Number.NaN : (model.levels[model.t % model.horizon] as number);
}

/** What one standardized error is worth on the same scale. */
export function spread(model: Forecaster): number {
  return model.t < 0 ? Number.NaN : (model.spreads[model.t % model.horizon] as number);
}

/** The errors that go with the newest forecast: see `Forecast.errors`. */
export function table(model: Forecaster): readonly number[] {
  return model.t < 0 ? [] : tableFor(model.errors, model.sides[model.t % model.horizon] as Side);
}
