import { type Accumulate, accumulator } from "./accumulate.ts";
import type { Aggregate } from "./ast.ts";
import { type Context, spend } from "./context.ts";
import { countValues } from "./count-values.ts";
import { type Groups, groupRows } from "./group-rows.ts";
import { quantileOf } from "./sums.ts";
import { selectK } from "./top.ts";
import { blank, type Vectors } from "./vectors.ts";

/** Evaluates an aggregation at every step. `param` is the scalar parameter of topk, bottomk, limitk and quantile. */
export function aggregate(expr: Aggregate, input: Vectors, param: Float64Array | undefined, ctx: Context): Vectors {
  if (expr.op === "count_values") return countValues(expr, input, ctx);
  const groups = groupRows(input.labels, expr.grouping, expr.without);
  if (expr.op === "topk" || expr.op === "bottomk" || expr.op === "limitk")
    return selectK(expr.op, input, groups, param ?? new Float64Array(ctx.steps), ctx);
  if (expr.op === "quantile") return quantiles(input, groups, param ?? new Float64Array(ctx.steps), ctx);
  return accumulated(accumulator(expr.op, ctx.v2), input, groups, ctx);
}

function accumulated(accumulate: Accumulate, input: Vectors, groups: Groups, ctx: Context): Vectors {
  const { steps } = ctx;
  const { values, present } = blank(ctx, groups.labels.length);
  const cells = { values, first: new Float64Array(values.length), second: new Float64Array(values.length) };
  const counts = new Float64Array(values.length);
  for (let row = 0, cell = 0; row < input.labels.length; row++) {
    const base = (groups.of[row] as number) * steps;
    for (let step = 0; step < steps; step++, cell++) {
      if (!input.present[cell]) continue;
      const at = base + step;
      const count = (counts[at] as number) + 1;
      counts[at] = count;
      accumulate.take(cells, at, input.values[cell] as number, count);
      present[at] = 1;
    }
  }
  for (let at = 0; at < values.length; at++)
    if (present[at]) values[at] = accumulate.result(cells, at, counts[at] as number);
  return { labels: groups.labels, values, present, oneName: true };
}

function quantiles(input: Vectors, groups: Groups, q: Float64Array, ctx: Context): Vectors {
  const { steps } = ctx;
  const { values, present } = blank(ctx, groups.labels.length);
  if (q.some((value) => !(value >= 0 && value <= 1)))
    ctx.warnings.add("PromQL warning: quantile value should be between 0 and 1");
  const sizes = new Int32Array(groups.labels.length);
  for (const group of groups.of) sizes[group] = (sizes[group] as number) + 1;
  spend(ctx, input.labels.length);
  const lists = Array.from(sizes, (size) => new Float64Array(size));
  const filled = new Int32Array(groups.labels.length);
  for (let step = 0; step < steps; step++) {
    filled.fill(0);
    for (let row = 0; row < input.labels.length; row++) {
      const cell = row * steps + step;
      if (!input.present[cell]) continue;
      const group = groups.of[row] as number;
      const at = filled[group] as number;
      (lists[group] as Float64Array)[at] = input.values[cell] as number;
      filled[group] = at + 1;
    }
    for (const [group, list] of lists.entries()) {
      const size = filled[group] as number;
      if (size === 0) continue;
      values[group * steps + step] = quantileOf(q[step] as number, list.subarray(0, size));
      present[group * steps + step] = 1;
    }
  }
  return { labels: groups.labels, values, present, oneName: true };
}
