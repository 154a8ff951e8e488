import { byBytes } from "../kernel/byte-order.ts";
import type { Labels } from "../kernel/labels.ts";

/** Label sets as Go's model.LabelSet.Before orders them: fewer labels first, then name by name. */
export function byLabels(a: Labels, b: Labels): number {
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return names.length - others.length;
  for (const name of [...new Set([...names, ...others])].sort(byBytes)) {
    if (!Object.hasOwn(a, name)) return -1;
    if (!Object.hasOwn(b, name)) return 1;
    const order = byBytes(a[name] as string, b[name] as string);
    if (order !== 0) return order;
  }
  return 0;
}

/** Alerts in the order in which they are told of: by job, by instance (those without one last), then by all labels. */
export function byAlert(a: { readonly labels: Labels }, b: { readonly labels: Labels }): number {
  for (const name of ["job", "instance"]) {
    const has = Object.hasOwn(a.labels, name);
    const other = Object.hasOwn(b.labels, name);
    if (has !== other) return has ? -1 : 1;
    const order = has ? byBytes(a.labels[name] as string, b.labels[name] as string) : 0;
    if (order !== 0) return order;
  }
  return byLabels(a.labels, b.labels);
}
