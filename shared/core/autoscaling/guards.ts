import type { Clause } from "../kernel/step.ts";
import type { AutoscalingConfig } from "./config.ts";
import type { Facts } from "./opinion.ts";
import { digits } from "./signal.ts";

/** What may bind a decision, by the name that its clause has. */
export type Guard = "min" | "max" | "scheduled" | "budget" | "max-step" | "ineffective";

/** A wish inside of the bounds and of the largest step; `bound` is the rule that bound last. */
export interface Guarded {
  readonly desired: number;
  readonly bound?: Guard;
  readonly clauses: readonly Clause[];
  /** Added to the sentence; empty where the wish is granted, or where the bounds alone clamped it (the verdict says so itself). */
  readonly text: string;
}

/**
 * Whether the configuration is one from before there were guards and outcomes. Its records replay to the bit: nothing is added to their
 * traces.
 */
export function isOld(config: AutoscalingConfig): boolean {
  return (config as Partial<AutoscalingConfig>).outcome === undefined;
}

/** The bound on the far side of a wish, in words: "the maximum of 8", "the 4 that the budget pays for". */
export function boundText(facts: Facts, direction: "out" | "in"): string {
  const by = direction === "out" ? facts.maxBy : facts.minBy;
  const count = direction === "out" ? facts.max : facts.min;
  if (by === "budget") return `the ${count} that the budget pays for`;
  return `the ${direction === "out" ? "maximum" : "minimum"} of ${count}${by === "scheduled" ? " by schedule" : ""}`;
}

export function boundRule(facts: Facts, side: "min" | "max"): Guard {
  return (side === "max" ? facts.maxBy : facts.minBy) ?? side;
}

/** `wanted` is what policies ask for, `desired` the same inside of the bounds: says what bound it, and keeps to the largest step. */
export function guarded(facts: Facts, wanted: number, desired: number): Guarded {
  const clauses: Clause[] = [];
  let bound: Guard | undefined;
  let count = desired;
  if (wanted !== desired) {
    const side = wanted > desired ? "max" : "min";
    bound = boundRule(facts, side);
    clauses.push(clamped(bound, wanted, desired, boundText(facts, side === "max" ? "out" : "in")));
  }
  const step = facts.config.maxStep;
  if (!step) return { desired: count, ...(bound ? { bound } : {}), clauses, text: "" };
  const reach = count > facts.desired ? facts.desired + step.out : facts.desired - step.in;
  // Bounds hold at once: from outside of them the way in is one step, however long.
  const limit = Math.max(facts.min, Math.min(facts.max, reach));
  const over = count > facts.desired ? count > limit : count < limit;
  if (!over) return { desired: count, ...(bound ? { bound } : {}), clauses, text: "" };
  const before = count;
  count = limit;
  const most = `${digits(Math.abs(limit - facts.desired))} at once`;
  clauses.push(clamped("max-step", before, count, `the largest step, ${most}`));
  return { desired: count, bound: "max-step", clauses, text: `, clamped to ${digits(count)} by the largest step` };
}

/** A wish that a bound leaves nothing of: at the maximum, or at the minimum. */
export function atBound(facts: Facts, wanted: number, direction: "out" | "in"): Guarded {
  const bound = boundRule(facts, direction === "out" ? "max" : "min");
  const clauses = [clamped(bound, wanted, facts.desired, boundText(facts, direction))];
  return { desired: facts.desired, bound, clauses, text: "" };
}

function clamped(rule: Guard, wanted: number, count: number, by: string): Clause {
  const text = `${digits(wanted)} wanted, ${digits(count)} by ${by}`;
  return { kind: "clamped", rule, text, values: { wanted, count } };
}
