import type { Labels } from "../../kernel/labels.ts";
import { labelOf, METRIC_NAME } from "../../kernel/labels.ts";
import type { Call } from "./ast.ts";
import { bare } from "./ast.ts";
import { type Context, invalid, spend } from "./context.ts";
import { compareLabels, withLabel } from "./label-sets.ts";
import { isLabelName } from "./literals.ts";
import { wholeRegex } from "./matcher.ts";
import { ordered } from "./top.ts";
import { haveOneName, joined, relabelled, type Vectors } from "./vectors.ts";

/** String arguments of a call, from the given one on. */
export const stringArgs = (call: Call, from: number): string[] =>
  call.args.slice(from).map((arg) => {
    const literal = bare(arg);
    return literal.type === "string" ? literal.value : "";
  });

/** Prometheus 3 takes any name that is not empty, Prometheus 2 only the old alphabet. */
function demandName(name: string, what: string, ctx: Context): void {
  if (name === "" || (ctx.v2 && !isLabelName(name))) throw invalid(`invalid ${what}: ${name}`);
}

const rename = (vectors: Vectors, dst: string, labels: readonly Labels[], ctx: Context): Vectors =>
  joined(ctx, relabelled(vectors, labels, dst === METRIC_NAME ? haveOneName(labels) : vectors.oneName));

/** label_replace(v, dst, replacement, src, regex) */
export function labelReplace(call: Call, vectors: Vectors, ctx: Context): Vectors {
  const [dst = "", replacement = "", src = "", expression = ""] = stringArgs(call, 1);
  const regex = wholeRegex(expression);
  demandName(dst, "destination label name in label_replace()", ctx);
  const results = new Map<string, string | undefined>();
  const take = (length: number) => spend(ctx, 1 + length);
  const labels = vectors.labels.map((one) => {
    const value = labelOf(one, src);
    if (!results.has(value)) results.set(value, expanded(regex, value, replacement, take));
    const result = results.get(value);
    if (result === undefined) return one;
    // Series are told apart by their whole texts, also where they share one.
    take(result.length);
    return withLabel(one, dst, result);
  });
  return rename(vectors, dst, labels, ctx);
}

const REFERENCE = /\$(?:\$|([a-zA-Z0-9_]+)|\{([a-zA-Z0-9_]+)\})/g;

/**
 * The replacement with its references filled in, as Go's Regexp.Expand; undefined where the value does not match. Its length is taken
 * from the budget before the text is made: a few references to a text that was made by references are gigabytes.
 */
function expanded(
  regex: ReturnType<typeof wholeRegex>,
  value: string,
  replacement: string,
  take: (length: number) => void,
): string | undefined {
  const match = regex.matcher(value);
  if (!match.matches()) return undefined;
  const names = regex.namedGroups();
  take(replacement.length);
  return replacement.replace(REFERENCE, (whole, plain?: string, braced?: string) => {
    if (whole === "$$") return "$";
    const name = plain ?? braced ?? "";
    const found = /^\d+$/.test(name)
      ? Number(name) <= match.groupCount() && match.group(Number(name))
      : Object.hasOwn(names, name) && match.group(name);
    const text = found || "";
    take(text.length);
    return text;
  });
}

/** label_join(v, dst, separator, src...) */
export function labelJoin(call: Call, vectors: Vectors, ctx: Context): Vectors {
  const [dst = "", separator = "", ...sources] = stringArgs(call, 1);
  for (const source of sources) demandName(source, "source label name in label_join()", ctx);
  demandName(dst, "destination label name in label_join()", ctx);
  const labels = vectors.labels.map((one) => {
    const values = sources.map((source) => labelOf(one, source));
    spend(
      ctx,
      values.reduce((sum, value) => sum + value.length + separator.length + 1, 0),
    );
    return withLabel(one, dst, values.join(separator));
  });
  return rename(vectors, dst, labels, ctx);
}

/** sort_by_label and sort_by_label_desc; numbers in values count as numbers. Only an instant query has an order. */
export function sortByLabel(call: Call, vectors: Vectors, ctx: Context): Vectors {
  if (ctx.steps !== 1) return vectors;
  const names = stringArgs(call, 1);
  const sign = call.name === "sort_by_label" ? 1 : -1;
  const compare = (a: Labels, b: Labels): number => {
    for (const name of names) {
      const order = natural(labelOf(a, name), labelOf(b, name));
      if (order !== 0) return order;
    }
    return compareLabels(a, b);
  };
  const order = vectors.labels.map((_, row) => row);
  order.sort((a, b) => sign * compare(vectors.labels[a] ?? {}, vectors.labels[b] ?? {}));
  return ordered(vectors, order);
}

const CHUNKS = /\d+|\D+/g;

/** Natural order: runs of digits compare as numbers. */
function natural(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a.match(CHUNKS) ?? [], b.match(CHUNKS) ?? []];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x, y] = [left[index] as string, right[index] as string];
    if (x === y) continue;
    const numbers = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
    if (numbers !== 0) return numbers;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
