import type { Binary } from "./ast.ts";
import { bySignature, signatureOf } from "./binary.ts";
import type { Context } from "./context.ts";
import { addRow, closeRows, dropRow, haveOneName, joined, openRows, type Rows, type Vectors } from "./vectors.ts";

/** At which steps each signature is present. */
function presence(
  groups: ReadonlyMap<string, readonly number[]>,
  vectors: Vectors,
  ctx: Context,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [key, rows] of groups) {
    const steps = new Uint8Array(ctx.steps);
    for (const row of rows)
      for (let step = 0; step < ctx.steps; step++) if (vectors.present[row * ctx.steps + step]) steps[step] = 1;
    found.set(key, steps);
  }
  return found;
}

/** Copies the cells of a row that the filter lets through. */
function copyRow(from: Vectors, row: number, rows: Rows, ctx: Context, wanted: (step: number) => boolean): void {
  const base = addRow(ctx, rows, from.labels[row] ?? {});
  let some = false;
  for (let step = 0; step < ctx.steps; step++) {
    const cell = row * ctx.steps + step;
    if (!from.present[cell] || !wanted(step)) continue;
    rows.values[base + step] = from.values[cell] as number;
    rows.present[base + step] = 1;
    some = true;
  }
  if (!some) dropRow(ctx, rows);
}

/** and, or, unless: elements of either side as they are, decided at each step by whether the other side has a match. */
export function setOperation(expr: Binary, left: Vectors, right: Vectors, ctx: Context): Vectors {
  const signature = signatureOf(expr.matching);
  const isOr = expr.op === "or";
  const [kept, other] = isOr ? [right, left] : [left, right];
  const matches = presence(bySignature(other.labels, signature), other, ctx);
  const rows = openRows(ctx, kept.labels.length + (isOr ? left.labels.length : 0));
  if (isOr) for (let row = 0; row < left.labels.length; row++) copyRow(left, row, rows, ctx, () => true);
  let shared = false;
  for (const [row, labels] of kept.labels.entries()) {
    const steps = matches.get(signature(labels));
    shared ||= isOr && steps !== undefined;
    if (expr.op === "and") copyRow(kept, row, rows, ctx, (step) => steps?.[step] === 1);
    else copyRow(kept, row, rows, ctx, (step) => steps?.[step] !== 1);
  }
  const oneName = isOr ? haveOneName(rows.labels) : left.oneName;
  const result = closeRows(ctx, rows, oneName);
  return shared ? joined(ctx, result) : result;
}
