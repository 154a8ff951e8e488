import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";
import { drop, keep, keyOf, keyWithout } from "./label-sets.ts";

/** Rows by group. */
export interface Groups {
  /** Group of each row. */
  readonly of: Int32Array;
  readonly labels: readonly Labels[];
}

/** Which rows an aggregation puts together, and what is left of their labels. */
export function groupRows(labels: readonly Labels[], grouping: readonly string[], without: boolean): Groups {
  const names = [...grouping].sort();
  const key = without ? keyWithout([METRIC_NAME, ...names]) : keyOf(names);
  const numbers = new Map<string, number>();
  const groups: Labels[] = [];
  const of = new Int32Array(labels.length);
  for (const [row, one] of labels.entries()) {
    const text = key(one);
    let group = numbers.get(text);
    if (group === undefined) {
      group = groups.length;
      numbers.set(text, group);
      groups.push(without ? drop(one, [METRIC_NAME, ...names]) : keep(one, names));
    }
    of[row] = group;
  }
  return { of, labels: groups };
}
