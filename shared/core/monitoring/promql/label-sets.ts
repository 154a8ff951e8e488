import { type Labels, labelOf, labelsKey, METRIC_NAME, setLabel } from "../../kernel/labels.ts";

/** A copy without the metric's name; the very same where it has none. */
export function withoutName(labels: Labels): Labels {
  if (labels[METRIC_NAME] === undefined) return labels;
  const { [METRIC_NAME]: _, ...rest } = labels;
  return rest;
}

/** A copy with those of the names that are set. */
export function keep(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = labelOf(labels, name);
    if (value !== "") setLabel(kept, name, value);
  }
  return kept;
}

/** A copy without the names. */
export function drop(labels: Labels, names: readonly string[]): Labels {
  const rest: Record<string, string> = { ...labels };
  for (const name of names) delete rest[name];
  return rest;
}

/** A copy with the label set; the empty value removes it. */
export const withLabel = (labels: Labels, name: string, value: string): Labels =>
  value === "" ? drop(labels, [name]) : { ...labels, [name]: value };

/**
 * One text per combination of values of these labels. Lengths go before the values, so that no value can look like two.
 */
export function keyOf(names: readonly string[]): (labels: Labels) => string {
  const [only] = names;
  if (names.length === 0 || only === undefined) return () => "";
  if (names.length === 1) return (labels) => labelOf(labels, only);
  return (labels) => {
    let key = "";
    for (const name of names) {
      const value = labelOf(labels, name);
      key += `${value.length}:${value}`;
    }
    return key;
  };
}

/** One text per label set without these labels. */
export function keyWithout(names: readonly string[]): (labels: Labels) => string {
  const excluded = new Set(names);
  return (labels) => {
    let key = "";
    for (const name of Object.keys(labels).sort()) {
      const value = labels[name] ?? "";
      if (value !== "" && !excluded.has(name)) key += `${name}\u0001${value.length}:${value}`;
    }
    return key;
  };
}

/** One text per label set, the name included. */
export const wholeKey: (labels: Labels) => string = keyWithout([]);

/** Orders label sets as Prometheus orders series. */
export function compareLabels(a: Labels, b: Labels): number {
  const [left, right] = [labelsKey(a), labelsKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
