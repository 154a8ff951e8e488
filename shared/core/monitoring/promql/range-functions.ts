import { absentLabels } from "./absent.ts";
import type { Call, Expr, MatrixSelector, Subquery } from "./ast.ts";
import { bare } from "./ast.ts";
import { type Context, work } from "./context.ts";
import { withoutName } from "./label-sets.ts";
import {
  avgOverTime,
  avgOverTimeV2,
  extreme,
  madOverTime,
  quantileOverTime,
  sumOverTime,
  varianceOverTime,
} from "./over-time.ts";
import { changes, extrapolated, lastDifference, resets } from "./rates.ts";
import { deriv, predictLinear, smoothed } from "./trends.ts";
import { addRow, blank, closeRows, dropRow, EMPTY, openRows, refuseSame, relabelled, type Vectors } from "./vectors.ts";
import { type EvalVectors, rangeVector, slide, type Window } from "./windows.ts";

/** Value of a window, with the scalar arguments at its step. */
type RangeFunction = (window: Window, scalars: readonly number[], v2: boolean) => number;

const valueAt = ({ values }: Window, index: number): number => values[index] as number;
const secondsAt = ({ times }: Window, index: number): number => (times[index] as number) / 1000;

/** Functions over a range vector, by name. */
const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  rate: (window, _, v2) => extrapolated(window, { counter: true, perSecond: true, v2 }),
  increase: (window, _, v2) => extrapolated(window, { counter: true, perSecond: false, v2 }),
  delta: (window, _, v2) => extrapolated(window, { counter: false, perSecond: false, v2 }),
  irate: (window) => lastDifference(window, true),
  idelta: (window) => lastDifference(window, false),
  resets,
  changes,
  deriv,
  predict_linear: (window, [seconds = 0]) => predictLinear(window, seconds),
  double_exponential_smoothing: (window, [factor = 0, trend = 0]) => smoothed(window, factor, trend),
  holt_winters: (window, [factor = 0, trend = 0]) => smoothed(window, factor, trend),
  avg_over_time: (window, _, v2) => (v2 ? avgOverTimeV2(window) : avgOverTime(window)),
  sum_over_time: sumOverTime,
  min_over_time: (window) => valueAt(window, extreme(window, -1, false)),
  max_over_time: (window) => valueAt(window, extreme(window, 1, false)),
  count_over_time: ({ low, high }) => high - low,
  stddev_over_time: (window) => Math.sqrt(varianceOverTime(window)),
  stdvar_over_time: varianceOverTime,
  mad_over_time: madOverTime,
  quantile_over_time: (window, [q = 0]) => quantileOverTime(window, q),
  first_over_time: (window) => valueAt(window, window.low),
  last_over_time: (window) => valueAt(window, window.high - 1),
  present_over_time: () => 1,
  absent_over_time: () => 1,
  ts_of_first_over_time: (window) => secondsAt(window, window.low),
  ts_of_last_over_time: (window) => secondsAt(window, window.high - 1),
  ts_of_max_over_time: (window) => secondsAt(window, extreme(window, 1, true)),
  ts_of_min_over_time: (window) => secondsAt(window, extreme(window, -1, true)),
};

/** They give a sample as it is, so the series keeps its name. */
const KEEPS_NAME: readonly string[] = ["first_over_time", "last_over_time"];

/** What a sample of a window costs, beside 1: nothing where only its ends are looked at, little where it is compared, more to sort it. */
const COSTS: Readonly<Record<string, number>> = {
  rate: 0.25,
  increase: 0.25,
  delta: 0.25,
  resets: 0.25,
  changes: 0.25,
  irate: 0,
  idelta: 0,
  count_over_time: 0,
  first_over_time: 0,
  last_over_time: 0,
  present_over_time: 0,
  absent_over_time: 0,
  ts_of_first_over_time: 0,
  ts_of_last_over_time: 0,
  quantile_over_time: 8,
  mad_over_time: 16,
};

const isRange = (expr: Expr): expr is MatrixSelector | Subquery => expr.type === "matrix" || expr.type === "subquery";

export const isRangeFunction = (name: string): boolean => Object.hasOwn(RANGE_FUNCTIONS, name);

/** Evaluates a function of a range vector at every step, series by series. */
export function callRange(
  call: Call,
  ctx: Context,
  evaluate: EvalVectors,
  scalar: (expr: Expr, ctx: Context) => Float64Array,
): Vectors {
  const fn = RANGE_FUNCTIONS[call.name] as RangeFunction;
  const args = call.args.map(bare);
  const range = args.find(isRange);
  if (!range) return EMPTY;
  const scalars = args.filter((arg) => arg !== range).map((arg) => scalar(arg, ctx));
  const current = scalars.map((values) => values[0] as number);
  const vector = rangeVector(range, ctx, evaluate);
  const cost = COSTS[call.name] ?? 1;
  const rows = openRows(ctx, vector.series.length);
  for (const series of vector.series) {
    const base = addRow(ctx, rows, series.labels);
    let some = false;
    slide(vector, series, ctx, (window) => {
      work(ctx, 1 + (window.high - window.low) * cost);
      for (let index = 0; index < scalars.length; index++)
        current[index] = (scalars[index] as Float64Array)[window.step] as number;
      const value = fn(window, current, ctx.v2);
      if (window.none) return;
      rows.values[base + window.step] = value;
      rows.present[base + window.step] = 1;
      some = true;
    });
    if (!some) dropRow(ctx, rows);
  }
  const result = closeRows(ctx, rows, vector.oneName);
  if (call.name === "absent_over_time") return absentFrom(result, absentLabels(range, ctx.v2), ctx);
  if (KEEPS_NAME.includes(call.name)) return result;
  const unnamed = relabelled(result, result.labels.map(withoutName), true);
  return vector.oneName ? unnamed : refuseSame(unnamed);
}

/** 1 at the steps where nothing is present. */
export function absentFrom(vectors: Vectors, labels: Readonly<Record<string, string>>, ctx: Context): Vectors {
  const { values, present } = blank(ctx, 1);
  present.fill(1);
  values.fill(1);
  for (let cell = 0; cell < vectors.present.length; cell++) if (vectors.present[cell]) present[cell % ctx.steps] = 0;
  return present.includes(1) ? { labels: [labels], values, present, oneName: true } : EMPTY;
}
