import { absentLabels } from "./absent.ts";
import { bare, type Call, type Expr } from "./ast.ts";
import { type Context, timeAt } from "./context.ts";
import { histogramFraction, histogramQuantile } from "./histogram.ts";
import { selectInstant } from "./instant-selector.ts";
import { labelJoin, labelReplace, sortByLabel } from "./label-functions.ts";
import { DATES, MATH } from "./math.ts";
import { absentFrom } from "./range-functions.ts";
import { goMax, goMin } from "./sums.ts";
import { descending, ordered } from "./top.ts";
import { blank, EMPTY, single, unnamed, type Vectors } from "./vectors.ts";

/** How a function evaluates its arguments. */
export interface Evaluate {
  readonly vector: (expr: Expr, ctx: Context) => Vectors;
  readonly scalar: (expr: Expr, ctx: Context) => Float64Array;
}

/** The times of all steps, in seconds. */
export const stepTimes = (ctx: Context): Float64Array =>
  Float64Array.from({ length: ctx.steps }, (_, step) => timeAt(ctx, step) / 1000);

/** A new value for each sample; the name goes. */
function mapped(vectors: Vectors, ctx: Context, fn: (value: number, step: number) => number): Vectors {
  const { values } = blank(ctx, vectors.labels.length);
  const { steps } = ctx;
  for (let cell = 0, step = 0; cell < values.length; cell++, step = step + 1 === steps ? 0 : step + 1)
    if (vectors.present[cell]) values[cell] = fn(vectors.values[cell] as number, step);
  return unnamed(ctx, { ...vectors, values });
}

/** Evaluates a function of instant vectors and scalars. */
export function callVector(call: Call, ctx: Context, evaluate: Evaluate): Vectors {
  const args = call.args.map(bare);
  const [first, second, third] = args;
  const vector = (expr: Expr | undefined) => (expr ? evaluate.vector(expr, ctx) : EMPTY);
  const scalar = (expr: Expr | undefined) => (expr ? evaluate.scalar(expr, ctx) : new Float64Array(ctx.steps));
  const simple = MATH[call.name];
  if (simple) return mapped(vector(first), ctx, simple);
  const date = DATES[call.name];
  if (date)
    return first ? mapped(vector(first), ctx, date) : single(stepTimes(ctx).map((time) => date(Math.floor(time))));
  switch (call.name) {
    case "vector":
      return single(scalar(first));
    case "absent":
      return first ? absentFrom(vector(first), absentLabels(first, ctx.v2), ctx) : EMPTY;
    case "timestamp":
      return timestamp(first, ctx, vector);
    case "round":
      return round(vector(first), second ? scalar(second) : undefined, ctx);
    case "clamp":
      return clamp(vector(first), scalar(second), scalar(third), ctx);
    case "clamp_min":
      return clamp(vector(first), scalar(second), undefined, ctx);
    case "clamp_max":
      return clamp(vector(first), undefined, scalar(second), ctx);
    case "sort":
    case "sort_desc":
      return sort(vector(first), call.name === "sort" ? -1 : 1, ctx);
    case "sort_by_label":
    case "sort_by_label_desc":
      return sortByLabel(call, vector(first), ctx);
    case "label_replace":
      return labelReplace(call, vector(first), ctx);
    case "label_join":
      return labelJoin(call, vector(first), ctx);
    case "histogram_quantile":
      return histogramQuantile(scalar(first), vector(second), ctx);
    case "histogram_fraction":
      return histogramFraction(scalar(first), scalar(second), vector(third), ctx);
    default:
      return EMPTY;
  }
}

/** Time of each sample where a selector asks, else the time of the step. */
function timestamp(arg: Expr | undefined, ctx: Context, vector: (expr: Expr | undefined) => Vectors): Vectors {
  if (arg?.type === "selector") return unnamed(ctx, selectInstant(arg, ctx, "times"));
  const times = stepTimes(ctx);
  return mapped(vector(arg), ctx, (_, step) => times[step] as number);
}

function round(vectors: Vectors, nearest: Float64Array | undefined, ctx: Context): Vectors {
  return mapped(vectors, ctx, (value, step) => {
    const inverse = 1 / (nearest ? (nearest[step] as number) : 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

/** Values between two bounds; nothing at steps where the bounds are the wrong way round. */
function clamp(vectors: Vectors, low: Float64Array | undefined, high: Float64Array | undefined, ctx: Context): Vectors {
  const [min, max] = [(step: number) => low?.[step] ?? -Infinity, (step: number) => high?.[step] ?? Infinity];
  const crossed = (step: number) => low !== undefined && high !== undefined && max(step) < min(step);
  const present = vectors.present.map((cell, index) => (crossed(index % ctx.steps) ? 0 : cell));
  return mapped({ ...vectors, present }, ctx, (value, step) => {
    const below = high ? goMin(max(step), value) : value;
    return low ? goMax(min(step), below) : below;
  });
}

/** By value, NaN last; only an instant query has an order. */
function sort(vectors: Vectors, sign: 1 | -1, ctx: Context): Vectors {
  if (ctx.steps !== 1) return vectors;
  const order = vectors.labels.map((_, row) => row).filter((row) => vectors.present[row]);
  order.sort((a, b) => descending((vectors.values[a] as number) * sign, (vectors.values[b] as number) * sign));
  return ordered(vectors, order);
}
