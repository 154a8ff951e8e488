import { floatText } from "../../kernel/float.ts";
import { METRIC_NAME } from "../../kernel/labels.ts";
import type { Aggregate } from "./ast.ts";
import { type Context, invalid } from "./context.ts";
import { groupRows } from "./group-rows.ts";
import { withLabel } from "./label-sets.ts";
import { isLabelName } from "./literals.ts";
import { addRow, closeRows, openRows, type Vectors } from "./vectors.ts";

/** Decimal text without an exponent, as Go's FormatFloat(f, 'f', -1, 64). */
export function plainDecimal(value: number): string {
  const text = floatText(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = "", head = "", tail = "", exponent = "0"] = match;
  const digits = head + tail;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

/** How many elements have each value, as series with the value in a label. */
export function countValues(expr: Aggregate, input: Vectors, ctx: Context): Vectors {
  const label = expr.param?.type === "string" ? expr.param.value : "";
  if (label === "" || (ctx.v2 && !isLabelName(label))) throw invalid(`invalid label name "${label}"`);
  // The value's label belongs to the group it makes: what the series had under that name does not count.
  const gone = expr.without && (label === METRIC_NAME || expr.grouping.includes(label));
  const grouping = expr.without ? [...expr.grouping, label] : expr.grouping.filter((name) => name !== label);
  const groups = groupRows(input.labels, grouping, expr.without);
  const rows = openRows(ctx, groups.labels.length);
  const places = new Map<string, number>();
  for (let row = 0, cell = 0; row < input.labels.length; row++) {
    const group = groups.of[row] as number;
    for (let step = 0; step < ctx.steps; step++, cell++) {
      if (!input.present[cell]) continue;
      const text = gone ? "" : plainDecimal(input.values[cell] as number);
      const key = `${group} ${text}`;
      let base = places.get(key);
      if (base === undefined) {
        base = addRow(ctx, rows, withLabel(groups.labels[group] ?? {}, label, text));
        places.set(key, base);
      }
      rows.values[base + step] = (rows.values[base + step] as number) + 1;
      rows.present[base + step] = 1;
    }
  }
  return closeRows(ctx, rows, label !== METRIC_NAME);
}
