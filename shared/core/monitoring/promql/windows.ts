import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Expr, MatrixSelector, Subquery } from "./ast.ts";
import { type Context, onGrid, referenceAt, spend } from "./context.ts";
import { metricOf } from "./matcher.ts";
import { isStale } from "./source.ts";
import { haveOneName, type Vectors } from "./vectors.ts";

/** A stretch of one series, seen from one step: samples `low` up to and without `high`. There is at least one. */
export interface Window {
  times: Float64Array;
  values: Float64Array;
  low: number;
  high: number;
  /** Ends of the range. */
  start: Millis;
  end: Millis;
  /** The step's own time, which `@` and offset do not move. */
  at: Millis;
  step: number;
  /** Set by a function that has no result here. */
  none: boolean;
}

/** Series of a range vector over the whole grid; the windows of the steps slide over them. */
export interface RangeVector {
  readonly series: readonly { readonly labels: Labels; readonly times: Float64Array; readonly values: Float64Array }[];
  readonly rangeMs: number;
  readonly shift: { readonly offsetMs: number; readonly at?: NonNullable<Subquery["at"]> };
  readonly oneName: boolean;
}

export type EvalVectors = (expr: Expr, ctx: Context) => Vectors;

/** Reads a range selector, or evaluates a subquery, once for all steps. */
export const rangeVector = (expr: MatrixSelector | Subquery, ctx: Context, evaluate: EvalVectors): RangeVector =>
  expr.type === "matrix" ? selectRange(expr, ctx) : runSubquery(expr, ctx, evaluate);

function selectRange({ selector, rangeMs }: MatrixSelector, ctx: Context): RangeVector {
  const from = referenceAt(ctx, selector, 0) - rangeMs + (ctx.v2 ? 0 : 1);
  const to = referenceAt(ctx, selector, ctx.steps - 1);
  const found = ctx.source.select(selector.matchers, from, to);
  let samples = 0;
  const series = found.map(({ labels, times, values }) => {
    samples += times.length;
    return { labels, ...withoutStale(times, values) };
  });
  spend(ctx, samples);
  const oneName = metricOf(selector.matchers) !== undefined || haveOneName(series.map(({ labels }) => labels));
  return { series, rangeMs, shift: selector, oneName };
}

function withoutStale(times: Float64Array, values: Float64Array): { times: Float64Array; values: Float64Array } {
  let kept = 0;
  let copy: { times: Float64Array; values: Float64Array } | undefined;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value) && isStale(values, index)) {
      copy ??= { times: times.slice(), values: values.slice() };
      continue;
    }
    if (copy) {
      copy.times[kept] = times[index] as number;
      copy.values[kept] = value;
    }
    kept += 1;
  }
  return copy ? { times: copy.times.subarray(0, kept), values: copy.values.subarray(0, kept) } : { times, values };
}

/** Grid of a subquery: multiples of its step inside the ranges of all steps. */
function subqueryGrid(expr: Subquery, ctx: Context): { start: Millis; step: number; steps: number } {
  const step = expr.stepMs ?? ctx.subqueryStepMs;
  const earliest = referenceAt(ctx, expr, 0) - expr.rangeMs;
  const end = referenceAt(ctx, expr, ctx.steps - 1);
  let start = step * Math.trunc(earliest / step);
  if (start < earliest || (start === earliest && !ctx.v2)) start += step;
  return { start, step, steps: Math.max(0, Math.floor((end - start) / step) + 1) };
}

function runSubquery(expr: Subquery, ctx: Context, evaluate: EvalVectors): RangeVector {
  const { start, step, steps } = subqueryGrid(expr, ctx);
  spend(ctx, steps);
  const plain = { rangeMs: expr.rangeMs, shift: expr };
  if (steps === 0) return { ...plain, series: [], oneName: true };
  const inner = evaluate(expr.expr, onGrid(ctx, start, step, steps));
  const series = inner.labels.map((labels, row) => {
    const base = row * steps;
    const times = new Float64Array(steps);
    const values = new Float64Array(steps);
    let count = 0;
    for (let index = 0; index < steps; index++) {
      if (!inner.present[base + index]) continue;
      times[count] = start + index * step;
      values[count] = inner.values[base + index] as number;
      count += 1;
    }
    return { labels, times: times.subarray(0, count), values: values.subarray(0, count) };
  });
  return { ...plain, series: series.filter(({ times }) => times.length > 0), oneName: inner.oneName };
}

/** Calls `visit` with the window of every step that has samples. The window is one object, moved from step to step. */
export function slide(
  vector: RangeVector,
  row: { readonly times: Float64Array; readonly values: Float64Array },
  ctx: Context,
  visit: (window: Window) => void,
): void {
  const { times, values } = row;
  const open = ctx.v2 ? 0 : 1;
  const window: Window = { times, values, low: 0, high: 0, start: 0, end: 0, at: 0, step: 0, none: false };
  for (let step = 0; step < ctx.steps; step++) {
    const end = referenceAt(ctx, vector.shift, step);
    const start = end - vector.rangeMs;
    while (window.high < times.length && (times[window.high] as number) <= end) window.high += 1;
    while (window.low < window.high && (times[window.low] as number) < start + open) window.low += 1;
    if (window.low === window.high) continue;
    window.start = start;
    window.end = end;
    window.at = ctx.start + step * ctx.step;
    window.step = step;
    window.none = false;
    visit(window);
  }
}
