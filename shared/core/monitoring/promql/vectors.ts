import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import { type Context, invalid, spend } from "./context.ts";
import { wholeKey, withoutName } from "./label-sets.ts";

/**
 * Instant vectors at all steps of a grid, as a table: one row per series, one column per step, row after row. A cell that is not
 * `present` has no sample there, which is not the same as NaN.
 */
export interface Vectors {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** All rows have one and the same metric name (or none): without it they are still different. */
  readonly oneName: boolean;
}

export const EMPTY: Vectors = { labels: [], values: new Float64Array(0), present: new Uint8Array(0), oneName: true };

/** A table of so many rows, empty cells; its cells are taken from the budget. */
export function blank(ctx: Context, rows: number): { values: Float64Array; present: Uint8Array } {
  const cells = rows * ctx.steps;
  spend(ctx, cells);
  return { values: new Float64Array(cells), present: new Uint8Array(cells) };
}

/** Collects rows whose number is not known ahead. */
export interface Rows {
  readonly labels: Labels[];
  values: Float64Array;
  present: Uint8Array;
}

export const openRows = (ctx: Context, expected: number): Rows => ({ labels: [], ...blank(ctx, expected) });

/** Adds an empty row and returns where its cells begin. */
export function addRow(ctx: Context, rows: Rows, labels: Labels): number {
  const base = rows.labels.length * ctx.steps;
  if (base + ctx.steps > rows.values.length) {
    const size = Math.max(rows.values.length * 2, base + ctx.steps);
    spend(ctx, size - rows.values.length);
    const [values, present] = [new Float64Array(size), new Uint8Array(size)];
    values.set(rows.values);
    present.set(rows.present);
    rows.values = values;
    rows.present = present;
  }
  rows.labels.push(labels);
  return base;
}

/** Takes the last row back. */
export function dropRow(ctx: Context, rows: Rows): void {
  rows.labels.pop();
  const base = rows.labels.length * ctx.steps;
  rows.present.fill(0, base, base + ctx.steps);
}

export function closeRows(ctx: Context, rows: Rows, oneName: boolean): Vectors {
  const cells = rows.labels.length * ctx.steps;
  return {
    labels: rows.labels,
    values: rows.values.subarray(0, cells),
    present: rows.present.subarray(0, cells),
    oneName,
  };
}

/** One row that is present everywhere, e.g. of `vector(1)`. */
export const single = (values: Float64Array, labels: Labels = {}): Vectors => ({
  labels: [labels],
  values,
  present: new Uint8Array(values.length).fill(1),
  oneName: true,
});

/** The same samples under other label sets. */
export const relabelled = (vectors: Vectors, labels: readonly Labels[], oneName: boolean): Vectors => ({
  ...vectors,
  labels,
  oneName,
});

const SAME = "vector cannot contain metrics with the same labelset";

/** Without metric names. Series that become the same one are joined where they never meet; where they do, the query is in error. */
export function unnamed(ctx: Context, vectors: Vectors): Vectors {
  const bare = relabelled(vectors, vectors.labels.map(withoutName), true);
  return vectors.oneName ? bare : joined(ctx, bare);
}

/** Series of equal label sets become one. Two samples at one step are an error. */
export function joined(ctx: Context, vectors: Vectors): Vectors {
  const firsts = new Map<string, number>();
  const { labels } = vectors;
  const target = labels.map((one, row) => {
    const key = wholeKey(one);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, row);
    return first ?? row;
  });
  if (firsts.size === labels.length) return vectors;
  const rows = openRows(ctx, firsts.size);
  const places = new Map<number, number>();
  for (const [row, first] of target.entries()) {
    let base = places.get(first);
    if (base === undefined) {
      base = addRow(ctx, rows, labels[first] ?? {});
      places.set(first, base);
    }
    for (let step = 0, cell = row * ctx.steps; step < ctx.steps; step++, cell++) {
      if (!vectors.present[cell]) continue;
      if (rows.present[base + step]) throw invalid(SAME);
      rows.present[base + step] = 1;
      rows.values[base + step] = vectors.values[cell] ?? 0;
    }
  }
  return closeRows(ctx, rows, vectors.oneName);
}

/** Error where two series have equal label sets, whether they meet at a step or not. */
export function refuseSame(vectors: Vectors): Vectors {
  if (new Set(vectors.labels.map(wholeKey)).size !== vectors.labels.length) throw invalid(SAME);
  return vectors;
}

/** Whether all label sets have the same metric name. */
export function haveOneName(labels: readonly Labels[]): boolean {
  const first = labels[0]?.[METRIC_NAME];
  return labels.every((one) => one[METRIC_NAME] === first);
}

/** The first step's column, repeated over a grid of so many steps. */
export function repeated(ctx: Context, column: Vectors): Vectors {
  const { values, present } = blank(ctx, column.labels.length);
  for (let row = 0; row < column.labels.length; row++) {
    values.fill(column.values[row] ?? 0, row * ctx.steps, (row + 1) * ctx.steps);
    present.fill(column.present[row] ?? 0, row * ctx.steps, (row + 1) * ctx.steps);
  }
  return { ...column, values, present };
}
