import type { Policy } from "./config.ts";
import type { Facts } from "./opinion.ts";
import { ceil, floor } from "./rounding.ts";

type Hpa = Extract<Policy, { type: "hpa" }>;
export type Rule = NonNullable<Hpa["out"]["rules"]>[number];

/** How far the count may go now, and when the limit moves (the oldest change leaves the period of its rule). */
export interface RateLimit {
  readonly count: number;
  readonly until?: number;
}

/**
 * Limit of the HPA's rate rules: each allows `value` pods or percent from the count at the beginning of its period; what
 * was changed in the period is taken off. `select` max takes the rule that allows the most change, min the least.
 */
export function rateLimit(
  rules: readonly Rule[],
  select: "max" | "min" | "disabled",
  direction: "out" | "in",
  facts: Facts,
): RateLimit {
  const { desired, now, state } = facts;
  if (select === "disabled" || rules.length === 0)
    return { count: select === "disabled" ? desired : direction === "out" ? Infinity : 0 };
  let best: number | undefined;
  let until: number | undefined;
  for (const rule of rules) {
    let start = desired;
    for (const [at, delta] of state.changes) {
      if (now - at >= rule.period) continue;
      start -= delta;
      until = until === undefined ? at + rule.period : Math.min(until, at + rule.period);
    }
    const allowed = reach(rule, Math.max(0, start), direction);
    const most =
      direction === "out" ? (a: number, b: number) => Math.max(a, b) : (a: number, b: number) => Math.min(a, b);
    const least =
      direction === "out" ? (a: number, b: number) => Math.min(a, b) : (a: number, b: number) => Math.max(a, b);
    best = best === undefined ? allowed : select === "max" ? most(best, allowed) : least(best, allowed);
  }
  const count = direction === "out" ? Math.max(desired, best ?? desired) : Math.min(desired, best ?? desired);
  return until === undefined ? { count } : { count, until };
}

function reach(rule: Rule, start: number, direction: "out" | "in"): number {
  const sign = direction === "out" ? 1 : -1;
  if (rule.type === "pods") return start + sign * rule.value;
  // Outward up, or one instance could never become two at +50 %; inward down, as the HPA does.
  return direction === "out"
    ? ceil(start * (1 + rule.value / 100))
    : Math.max(0, floor(start * (1 - rule.value / 100)));
}
