import { type ExposeFormat, exposeFamilies } from "../../shared/core/monitoring/expose.ts";
import type { Family, Series } from "../../shared/core/monitoring/registry.ts";

/** Families of several gateways as one text: each name once, with the series of all. OpenMetrics without its end, for what follows. */
export function exposedTogether(families: readonly Family[], format: ExposeFormat): string {
  const merged = new Map<string, Family & { readonly series: Map<string, Series> }>();
  for (const { spec, series } of families) {
    let one = merged.get(spec.name);
    if (!one) merged.set(spec.name, (one = { spec, series: new Map() }));
    for (const each of series.values()) one.series.set(String(one.series.size), each);
  }
  return exposeFamilies([...merged.values()], format).replace(/# EOF\n$/, "");
}
