import { labelsText } from "../../kernel/labels.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import { aggregate } from "./aggregate.ts";
import { type Binary, bare, type Call, type Expr, isSetOp } from "./ast.ts";
import { scalarBinary, vectorScalar, vectorVector } from "./binary.ts";
import { typeOf } from "./check.ts";
import { isConstant } from "./constant.ts";
import {
  type Context,
  type EvalOptions,
  invalid,
  LIMIT_SAMPLES,
  LIMIT_STEPS,
  onGrid,
  openContext,
  spend,
  timeAt,
} from "./context.ts";
import { callVector, stepTimes } from "./functions.ts";
import { selectInstant } from "./instant-selector.ts";
import { callRange, isRangeFunction } from "./range-functions.ts";
import { setOperation } from "./sets.ts";
import type { SeriesSource } from "./source.ts";
import type { RangeSeries, VectorSample } from "./values.ts";
import { EMPTY, refuseSame, repeated, unnamed, type Vectors } from "./vectors.ts";
import { rangeVector, slide } from "./windows.ts";

export type { EvalOptions } from "./context.ts";

/** Result of an instant query. */
export type Value = (
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly VectorSample[] }
  | { readonly type: "matrix"; readonly series: readonly RangeSeries[] }
) & { readonly warnings: readonly string[] };

/**
 * Evaluates a checked expression at one instant. Errors: HeadgateError `query.invalid` where data and expression do not go together
 * (many-to-many matches, equal label sets) or a limit is exceeded.
 */
export function evaluateInstant(expr: Expr, source: SeriesSource, at: Millis, options: EvalOptions = {}): Value {
  const ctx = openContext(source, { start: at, end: at, step: 1 }, options);
  const warnings = () => ({ warnings: [...ctx.warnings] });
  switch (typeOf(expr)) {
    case "string":
      return { type: "string", value: stringOf(expr), ...warnings() };
    case "scalar":
      return { type: "scalar", value: evalScalar(expr, ctx)[0] as number, ...warnings() };
    case "matrix":
      return { type: "matrix", series: evalMatrix(expr, ctx), ...warnings() };
    case "vector":
      return { type: "vector", samples: samplesOf(evalVector(expr, ctx)), ...warnings() };
  }
}

const stringOf = (expr: Expr): string => {
  const inner = bare(expr);
  return inner.type === "string" ? inner.value : "";
};

function samplesOf({ labels, values, present }: Vectors): VectorSample[] {
  const samples: VectorSample[] = [];
  for (let row = 0; row < labels.length; row++)
    if (present[row]) samples.push({ labels: labels[row] ?? {}, value: values[row] as number });
  return samples;
}

/**
 * Evaluates a checked expression at `from`, and every `stepMs` until `to` (included where a step falls on it); each selector is read
 * once. Errors as {@link evaluateInstant}; a range vector or a string has no range query.
 */
export function evaluateRange(
  expr: Expr,
  source: SeriesSource,
  from: Millis,
  to: Millis,
  stepMs: DurationMs,
  options: EvalOptions & { readonly warn?: (warning: string) => void } = {},
): RangeSeries[] {
  const type = typeOf(expr);
  if (type === "matrix" || type === "string")
    throw invalid(`a range query needs an expression of type scalar or instant vector, got ${type}`);
  if (!(stepMs > 0)) throw invalid("the step of a range query must be greater than 0");
  if (to < from) throw invalid("the end of a range query must not be before its start");
  const ctx = openContext(source, { start: from, end: to, step: stepMs }, options);
  const limit = options.limitSteps ?? LIMIT_STEPS;
  if (ctx.steps > limit)
    throw invalid(`the range query has ${ctx.steps} steps, more than the ${limit} that are allowed`);
  const result: Vectors =
    type === "scalar"
      ? { labels: [{}], values: evalScalar(expr, ctx), present: new Uint8Array(ctx.steps).fill(1), oneName: true }
      : evalVector(expr, ctx);
  for (const warning of ctx.warnings) options.warn?.(warning);
  const points = result.present.reduce((sum, one) => sum + one, 0);
  const most = options.limitPoints ?? LIMIT_SAMPLES;
  if (points > most)
    throw invalid(
      `the answer would have ${points} points, more than the ${most} that are allowed: ask for a longer step`,
    );
  return seriesOf(result, ctx);
}

function seriesOf(vectors: Vectors, ctx: Context): RangeSeries[] {
  const all: RangeSeries[] = [];
  for (const [row, labels] of vectors.labels.entries()) {
    const points: { at: Millis; value: number }[] = [];
    for (let step = 0; step < ctx.steps; step++) {
      const cell = row * ctx.steps + step;
      if (vectors.present[cell]) points.push({ at: timeAt(ctx, step), value: vectors.values[cell] as number });
    }
    if (points.length > 0) all.push({ labels, points });
  }
  const text = new Map(all.map(({ labels }) => [labels, labelsText(labels)]));
  return all.sort((a, b) => ((text.get(a.labels) ?? "") < (text.get(b.labels) ?? "") ? -1 : 1));
}

function evalMatrix(expr: Expr, ctx: Context): RangeSeries[] {
  const range = bare(expr);
  if (range.type !== "matrix" && range.type !== "subquery") return [];
  const vector = rangeVector(range, ctx, evalVector);
  const all: RangeSeries[] = [];
  for (const series of vector.series)
    slide(vector, series, ctx, ({ times, values, low, high }) => {
      const points = Array.from(times.subarray(low, high), (at, index) => ({
        at,
        value: values[low + index] as number,
      }));
      all.push({ labels: series.labels, points });
    });
  return all;
}

/** An expression of type scalar, at all steps. */
function evalScalar(expr: Expr, ctx: Context): Float64Array {
  const inner = bare(expr);
  spend(ctx, ctx.steps);
  switch (inner.type) {
    case "number":
      return new Float64Array(ctx.steps).fill(inner.value);
    case "unary": {
      const values = evalScalar(inner.expr, ctx);
      return inner.op === "-" ? values.map((value) => -value) : values;
    }
    case "binary":
      return scalarBinary(inner, evalScalar(inner.left, ctx), evalScalar(inner.right, ctx));
    case "call":
      return scalarCall(inner, ctx);
    default:
      throw invalid("expected a scalar");
  }
}

function scalarCall(call: Call, ctx: Context): Float64Array {
  if (call.name === "pi") return new Float64Array(ctx.steps).fill(Math.PI);
  if (call.name === "time") return stepTimes(ctx);
  const [arg] = call.args;
  const vectors = arg ? evalVector(arg, ctx) : EMPTY;
  const result = new Float64Array(ctx.steps).fill(Number.NaN);
  const counts = new Uint8Array(ctx.steps);
  for (let cell = 0; cell < vectors.present.length; cell++) {
    if (!vectors.present[cell]) continue;
    const step = cell % ctx.steps;
    result[step] = counts[step] ? Number.NaN : (vectors.values[cell] as number);
    counts[step] = 1;
  }
  return result;
}

/**
 * An expression of type instant vector, at all steps. What is the same at all of them is evaluated once. Afterwards only the result
 * counts against the limit of samples: what it was made from can be forgotten.
 */
function evalVector(expr: Expr, ctx: Context): Vectors {
  const inner = bare(expr);
  const before = ctx.budget.used;
  const once = ctx.steps > 1 && isConstant(inner);
  const result = once ? repeated(ctx, evalAt(inner, onGrid(ctx, ctx.start, ctx.step, 1))) : evalAt(inner, ctx);
  ctx.budget.used = before + result.values.length;
  return result;
}

function evalAt(expr: Expr, ctx: Context): Vectors {
  switch (expr.type) {
    case "selector":
      return selectInstant(expr, ctx);
    case "unary":
      return expr.op === "-" ? negated(evalVector(expr.expr, ctx), ctx) : evalVector(expr.expr, ctx);
    case "aggregate": {
      const scalar = expr.param && expr.op !== "count_values" ? evalScalar(expr.param, ctx) : undefined;
      return aggregate(expr, evalVector(expr.expr, ctx), scalar, ctx);
    }
    case "binary":
      return evalBinary(expr, ctx);
    case "call":
      return isRangeFunction(expr.name)
        ? callRange(expr, ctx, evalVector, evalScalar)
        : callVector(expr, ctx, { vector: evalVector, scalar: evalScalar });
    case "paren":
      return evalVector(expr.expr, ctx);
    default:
      throw invalid("expected an instant vector");
  }
}

function negated(vectors: Vectors, ctx: Context): Vectors {
  spend(ctx, vectors.values.length);
  const result = { ...vectors, values: vectors.values.map((value) => -value) };
  // Prometheus 2 refuses equal label sets here even where the series never meet.
  return ctx.v2 && !vectors.oneName ? refuseSame(unnamed(ctx, result)) : unnamed(ctx, result);
}

function evalBinary(expr: Binary, ctx: Context): Vectors {
  if (typeOf(expr.right) === "scalar")
    return vectorScalar(expr, evalVector(expr.left, ctx), evalScalar(expr.right, ctx), false, ctx);
  if (typeOf(expr.left) === "scalar")
    return vectorScalar(expr, evalVector(expr.right, ctx), evalScalar(expr.left, ctx), true, ctx);
  const [left, right] = [evalVector(expr.left, ctx), evalVector(expr.right, ctx)];
  return isSetOp(expr.op) ? setOperation(expr, left, right, ctx) : vectorVector(expr, left, right, ctx);
}
