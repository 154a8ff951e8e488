import type { UsageName } from "../core/cost/self/prices.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Telemetry } from "./telemetry.ts";

/** What this process has asked of AWS, in the units of its bill; on a laptop, what the same would be there. Adding is a number in a map. */
export interface UsageMeter {
  readonly since: Millis;
  add(name: UsageName, count: number): void;
  /** All of it since `since`. */
  counts(): { readonly [name in UsageName]?: number };
}

/** @param telemetry also gets each as `headgate_usage_total{item}`, which stays in the process: a custom metric would cost more than what it counts */
export function usageMeter(now: () => Millis, telemetry?: Pick<Telemetry, "count">): UsageMeter {
  const counts = new Map<UsageName, number>();
  return {
    since: now(),
    add: (name, count) => {
      if (!(count > 0)) return;
      counts.set(name, (counts.get(name) ?? 0) + count);
      telemetry?.count("headgate_usage_total", { item: name }, count);
    },
    counts: () => Object.fromEntries(counts),
  };
}
