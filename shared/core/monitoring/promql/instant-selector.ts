import type { Selector } from "./ast.ts";
import { type Context, referenceAt } from "./context.ts";
import { metricOf } from "./matcher.ts";
import { isStale, type SeriesData } from "./source.ts";
import { addRow, closeRows, dropRow, haveOneName, openRows, type Vectors } from "./vectors.ts";

/** First and last time at which an instant selector may find samples. */
function reach(selector: Selector, ctx: Context): { from: number; to: number } {
  const [first, last] = [referenceAt(ctx, selector, 0), referenceAt(ctx, selector, ctx.steps - 1)];
  return { from: first - ctx.lookbackMs + (ctx.v2 ? 0 : 1), to: last };
}

/**
 * The newest sample of each series at each step, not older than the lookback; none where the series has been marked stale. With
 * `times` the cells hold the samples' times in seconds instead of their values.
 */
export function selectInstant(selector: Selector, ctx: Context, what: "values" | "times" = "values"): Vectors {
  const { from, to } = reach(selector, ctx);
  const series = ctx.source.select(selector.matchers, from, to);
  const rows = openRows(ctx, series.length);
  for (const one of series) {
    const base = addRow(ctx, rows, one.labels);
    if (!fill(one, selector, ctx, rows, base, what)) dropRow(ctx, rows);
  }
  const named = metricOf(selector.matchers) !== undefined;
  return closeRows(ctx, rows, named || haveOneName(rows.labels));
}

function fill(
  { times, values }: SeriesData,
  selector: Selector,
  ctx: Context,
  rows: { values: Float64Array; present: Uint8Array },
  base: number,
  what: "values" | "times",
): boolean {
  // The oldest sample that counts lies exactly one lookback back in v2, one millisecond later in v3.
  const span = ctx.lookbackMs - (ctx.v2 ? 0 : 1);
  let some = false;
  let index = ctx.steps === 1 ? times.length - 1 : -1;
  for (let step = 0; step < ctx.steps; step++) {
    const at = referenceAt(ctx, selector, step);
    while (index + 1 < times.length && (times[index + 1] as number) <= at) index += 1;
    while (index >= 0 && (times[index] as number) > at) index -= 1;
    if (index < 0 || (times[index] as number) < at - span) continue;
    const value = values[index] as number;
    if (Number.isNaN(value) && isStale(values, index)) continue;
    rows.values[base + step] = what === "values" ? value : (times[index] as number) / 1000;
    rows.present[base + step] = 1;
    some = true;
  }
  return some;
}
