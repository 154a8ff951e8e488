import type { Policy } from "./config.ts";
import { oneClock } from "./cooldown.ts";
import { blind, type Facts, type Opinion } from "./opinion.ts";
import { say } from "./signal.ts";

type Parallelism = Extract<Policy, { type: "parallelism" }>;

const RULE = "parallelism";

/**
 * The platform's original rule for Flink: over `high` → int(p × 1.5), under `low` → max(1, int(p × 0.7)), strictly.
 * int(1 × 1.5) is 1, so the literal rule (`exact`) never leaves 1; without `exact` it grows by at least one.
 */
export function parallelism(policy: Parallelism, facts: Facts): Opinion {
  const signal = facts.signal(policy.metric);
  if (!signal.known || signal.value < 0) return blind(RULE, signal);
  const { desired } = facts;
  const value = `${policy.metric} ${say(signal.value, signal.unit)}`;
  const values = { [policy.metric]: signal.value, high: policy.high, low: policy.low };
  const stay = (text: string): Opinion => ({ rule: RULE, say: "some", desired, text, values });
  if (signal.value > policy.high) {
    const text = `${value} was over ${say(policy.high, signal.unit)} (1 of 1 points)`;
    const next = grown(facts.base, policy);
    const opinion: Opinion = { rule: RULE, say: "some", wants: "out", desired: next, text, values };
    if (next > desired) return oneClock(facts, policy.cooldown, opinion);
    if (facts.base < desired)
      return { ...opinion, held: "held_pending", text: `${text}, but what was added is still starting` };
    return stay(`${text}, but int(${facts.base} × ${policy.grow}) is ${next}`);
  }
  if (signal.value < policy.low) {
    const next = Math.max(1, Math.trunc(desired * policy.shrink));
    const text = `${value} was under ${say(policy.low, signal.unit)} (1 of 1 points)`;
    if (next >= desired) return stay(`${text}, but ${desired} cannot shrink`);
    return oneClock(facts, policy.cooldown, { rule: RULE, say: "some", wants: "in", desired: next, text, values });
  }
  return stay(`${value} was between ${say(policy.low, signal.unit)} and ${say(policy.high, signal.unit)}`);
}

function grown(from: number, policy: Parallelism): number {
  const next = Math.trunc(from * policy.grow);
  return policy.exact ? next : Math.max(from + 1, next);
}
