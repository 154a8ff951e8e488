/** A label set as Prometheus has it. The metric's name, where there is one, is the label `__name__`. An empty value is an absent label. */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = "__name__";

/** Value of a label; "" where it is absent. A bare look-up of `constructor` would find what all objects of the language have. */
export function labelOf(labels: Labels, name: string): string {
  const value: unknown = labels[name];
  return typeof value === "string" ? value : "";
}

/** Sets a label of whatever name. Assigning `__proto__` would set the prototype, or nothing. */
export function setLabel(labels: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__") labels[name] = value;
  else Object.defineProperty(labels, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Orders by code point, as Prometheus (and Go) order label names; the locale has no say. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Names that are set (not empty), in order. */
export const labelNames = (labels: Labels): readonly string[] =>
  Object.keys(labels)
    .filter((name) => labels[name] !== "")
    .sort(byName);

/** One text per label set: equal sets have equal keys, different sets different ones. For maps; not for people. */
export function labelsKey(labels: Labels): string {
  return labelNames(labels)
    .map((name) => `${name}\u0001${labels[name]}`)
    .join("\u0002");
}

const escaped = (value: string): string => value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");

/** As Prometheus prints a series: `name{a="b", c="d"}`; `{}` without anything. */
export function labelsText(labels: Labels): string {
  const name = labels[METRIC_NAME] ?? "";
  const rest = labelNames(labels)
    .filter((label) => label !== METRIC_NAME)
    .map((label) => `${label}="${escaped(labels[label] ?? "")}"`);
  return rest.length === 0 && name !== "" ? name : `${name}{${rest.join(", ")}}`;
}

/** A copy without the named labels. */
export function without(labels: Labels, ...names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
