import type { DurationMs } from "../../kernel/time.ts";
import type { TrafficConfig } from "../section.ts";

export type SlowStartSpec = NonNullable<TrafficConfig["slowStart"]>;

/**
 * Share of its weight that a host has which became able to take requests `sinceMs` ago: max(minimum, (max(t, 1 ms) / window) ^
 * (1 / aggression)), and 1 from the end of the window on. Envoy's text counts t in seconds, its code in milliseconds; so do we.
 */
export function slowStartFactor(sinceMs: DurationMs, spec: SlowStartSpec): number {
  if (!(sinceMs < spec.window)) return 1;
  const time = Math.max(1, sinceMs) / spec.window;
  return Math.min(1, Math.max(spec.minWeight / 100, spec.aggression === 1 ? time : time ** (1 / spec.aggression)));
}
