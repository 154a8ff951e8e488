import type { Labels } from "../../kernel/labels.ts";
import { labelOf, labelsText, METRIC_NAME } from "../../kernel/labels.ts";
import type { Binary, Matching } from "./ast.ts";
import { type Context, invalid } from "./context.ts";
import { drop, keep, keyOf, keyWithout, wholeKey, withLabel, withoutName } from "./label-sets.ts";
import { type Operator, operatorOf } from "./operators.ts";
import { addRow, blank, closeRows, dropRow, haveOneName, joined, openRows, unnamed, type Vectors } from "./vectors.ts";

/** Both sides scalars. */
export function scalarBinary(expr: Binary, left: Float64Array, right: Float64Array): Float64Array {
  const { value } = operatorOf(expr.op, true, false);
  return left.map((a, step) => value(a, right[step] as number));
}

/** A vector and a scalar. A comparison keeps the vector's value and name, whichever side it is on. */
export function vectorScalar(
  expr: Binary,
  vectors: Vectors,
  scalar: Float64Array,
  scalarLeft: boolean,
  ctx: Context,
): Vectors {
  const { value, holds, changesSchema } = operatorOf(expr.op, expr.bool, ctx.v2);
  const { values, present } = blank(ctx, vectors.labels.length);
  for (let cell = 0, step = 0; cell < values.length; cell++, step = step + 1 === ctx.steps ? 0 : step + 1) {
    if (!vectors.present[cell]) continue;
    const [element, number] = [vectors.values[cell] as number, scalar[step] as number];
    const [a, b] = scalarLeft ? [number, element] : [element, number];
    if (holds && !holds(a, b)) continue;
    values[cell] = holds ? element : value(a, b);
    present[cell] = 1;
  }
  const result = { ...vectors, values, present };
  return changesSchema ? unnamed(ctx, result) : result;
}

const ALL: Matching = { on: false, labels: [], include: [] };

/** Text that is equal for elements that match. */
export const signatureOf = (matching: Matching = ALL): ((labels: Labels) => string) =>
  matching.on ? keyOf(matching.labels) : keyWithout([METRIC_NAME, ...matching.labels]);

/** Rows by signature. */
export function bySignature(labels: readonly Labels[], signature: (labels: Labels) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [row, one] of labels.entries()) {
    const key = signature(one);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

/** Whether anything is present at each step. */
function anyPresent(vectors: Vectors, ctx: Context): Uint8Array {
  const any = new Uint8Array(ctx.steps);
  for (let cell = 0; cell < vectors.present.length; cell++) if (vectors.present[cell]) any[cell % ctx.steps] = 1;
  return any;
}

/**
 * Arithmetic or comparison of two vectors, one to one or, with group_left and group_right, many to one. Errors as Prometheus
 * has them: duplicates on the "one" side, several matches on the other, equal results.
 */
export function vectorVector(expr: Binary, left: Vectors, right: Vectors, ctx: Context): Vectors {
  const matching = expr.matching ?? ALL;
  const operator = operatorOf(expr.op, expr.bool, ctx.v2);
  const swap = matching.group === "right";
  const [many, one] = swap ? [right, left] : [left, right];
  const signature = signatureOf(matching);
  const ones = bySignature(one.labels, signature);
  refuseDuplicates(ones, one, many, matching, ctx);
  const rows = openRows(ctx, Math.min(many.labels.length, 1_024));
  const apart = staysApart(many, matching);
  const claims = apart ? { shared: false, claimant: () => NOBODY } : openClaims(many, ones, signature, matching, ctx);
  let several = false;
  for (const [row, labels] of many.labels.entries()) {
    const key = signature(labels);
    const partners = ones.get(key) ?? [];
    several ||= partners.length > 1;
    for (const partner of partners) {
      const result = resultLabels(labels, one.labels[partner] as Labels, operator, matching);
      const base = addRow(ctx, rows, result);
      const claim = claims.claimant(key, result);
      let some = false;
      for (let step = 0; step < ctx.steps; step++) {
        const [m, o] = [row * ctx.steps + step, partner * ctx.steps + step];
        if (!many.present[m] || !one.present[o]) continue;
        const [x, y] = [many.values[m] as number, one.values[o] as number];
        const [a, b] = swap ? [y, x] : [x, y];
        const holds = !operator.holds || operator.holds(a, b);
        if (holds || !ctx.v2) claim(step);
        if (!holds) continue;
        rows.values[base + step] = operator.value(a, b);
        rows.present[base + step] = 1;
        some = true;
      }
      if (!some) dropRow(ctx, rows);
    }
  }
  const result = closeRows(ctx, rows, haveOneName(rows.labels));
  return several || claims.shared || (matching.include.length > 0 && !apart) ? joined(ctx, result) : result;
}

/**
 * Whether the results of a many-to-one match have different label sets whatever happens: those of the "many" side, which differ without
 * their name, less the name, plus labels that none of them has. The usual case, and a cheap question beside comparing all results.
 */
const staysApart = (many: Vectors, { group, include }: Matching): boolean =>
  group !== undefined &&
  many.oneName &&
  many.labels.every((labels) => include.every((name) => labelOf(labels, name) === ""));

function refuseDuplicates(
  ones: ReadonlyMap<string, readonly number[]>,
  one: Vectors,
  many: Vectors,
  matching: Matching,
  ctx: Context,
): void {
  if (ones.size === one.labels.length) return;
  const others = anyPresent(many, ctx);
  for (const rows of ones.values()) {
    for (let step = 0; rows.length > 1 && step < ctx.steps; step++) {
      if (!others[step]) continue;
      const found = rows.filter((row) => one.present[row * ctx.steps + step]);
      if (found.length < 2) continue;
      const [a = {}, b = {}] = found.map((row) => one.labels[row] as Labels);
      const group = matching.on ? keep(a, matching.labels) : drop(a, [METRIC_NAME, ...matching.labels]);
      const side = matching.group === "right" ? "left" : "right";
      throw invalid(
        `found duplicate series for the match group ${labelsText(group)} on the ${side} hand-side of the operation: ` +
          `[${[labelsText(a), labelsText(b)].sort().join(", ")}]; many-to-many matching not allowed: matching labels must be unique on one side`,
      );
    }
  }
}

const NOBODY = (): void => undefined;

/** Who has matched already, where several elements of the "many" side have one signature. */
function openClaims(
  many: Vectors,
  ones: ReadonlyMap<string, readonly number[]>,
  signature: (labels: Labels) => string,
  matching: Matching,
  ctx: Context,
): { readonly shared: boolean; readonly claimant: (key: string, result: Labels) => (step: number) => void } {
  const counts = new Map<string, number>();
  let shared = false;
  for (const labels of many.labels) {
    const key = signature(labels);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    shared ||= count > 1 && ones.has(key);
  }
  if (!shared) return { shared, claimant: () => NOBODY };
  const taken = new Map<string, Uint8Array>();
  const claimant = (key: string, result: Labels): ((step: number) => void) => {
    if ((counts.get(key) ?? 0) < 2) return NOBODY;
    const name = matching.group ? `${key.length}:${key}${wholeKey(result)}` : key;
    const steps = taken.get(name) ?? new Uint8Array(ctx.steps);
    taken.set(name, steps);
    return (step) => {
      if (steps[step])
        throw invalid(
          matching.group
            ? "multiple matches for labels: grouping labels must ensure unique matches"
            : "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
        );
      steps[step] = 1;
    };
  };
  return { shared, claimant };
}

/** Labels of a result (promql/engine.go, resultMetric). */
function resultLabels(many: Labels, one: Labels, operator: Operator, matching: Matching): Labels {
  let labels = operator.changesSchema ? withoutName(many) : many;
  if (!matching.group) {
    if (matching.on) labels = keep(labels, matching.labels);
    else if (matching.labels.length > 0) labels = drop(labels, matching.labels);
  }
  for (const name of matching.include) labels = withLabel(labels, name, labelOf(one, name));
  return labels;
}
