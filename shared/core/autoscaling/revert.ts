import type { Clause } from "../kernel/step.ts";
import { guarded } from "./guards.ts";
import type { Facts } from "./opinion.ts";
import type { Plan } from "./plan.ts";

const RULE = "outcome";
const BLIND: ReadonlySet<Plan["reason"]> = new Set(["held_no_data", "held_stale_data", "held_rebalancing"]);

/** Takes a change back that did not help, once; undefined where there is none, or where the policies go as far by themselves. */
export function takenBack(wish: Plan, facts: Facts, trace: Clause[]): Plan | undefined {
  const { ineffective } = facts.state;
  if (ineffective?.back === undefined || facts.desired !== ineffective.to || facts.now >= ineffective.until)
    return undefined;
  const back = Math.max(facts.min, Math.min(facts.max, ineffective.back));
  const out = ineffective.direction === "in";
  if (back === facts.desired || back > facts.desired !== out) return undefined;
  // Without data nothing goes in, whatever was found out before.
  if (!out && BLIND.has(wish.reason)) return undefined;
  if (wish.direction === (out ? "out" : "in") && (out ? wish.desired >= back : wish.desired <= back)) return undefined;
  const inside = guarded(facts, ineffective.back, back);
  trace.push(...inside.clauses);
  return {
    ...kept(wish),
    desired: inside.desired,
    direction: out ? "out" : "in",
    reason: "reverted",
    rule: RULE,
    text: `${ineffective.why}${inside.text}`,
    ...(inside.bound ? { bound: inside.bound } : {}),
  };
}

/** What did not help is not tried again for a while: a wish past it ends before it, or is held. */
export function notAgain(wish: Plan, facts: Facts, trace: Clause[]): Plan {
  const { ineffective } = facts.state;
  const { direction } = wish;
  if (!ineffective || direction !== ineffective.direction || facts.now >= ineffective.until) return wish;
  // Outward nothing past the count from which more did not help; inward nothing as low as what did harm.
  const limit = direction === "out" ? ineffective.from : ineffective.to + 1;
  const past = direction === "out" ? wish.desired > limit : wish.desired < limit;
  if (!past) return wish;
  const { why, until } = ineffective;
  const free = direction === "out" ? limit > facts.desired : limit < facts.desired;
  const bounded = limit >= facts.min && limit <= facts.max;
  if (free && bounded) {
    const text = `${wish.desired} wanted, ${limit} because ${why}`;
    trace.push({ kind: "clamped", rule: "ineffective", text, values: { wanted: wish.desired, count: limit } });
    return { ...wish, desired: limit, text: `${wish.text}, clamped to ${limit} because ${why}`, bound: "ineffective" };
  }
  return {
    ...kept(wish),
    desired: facts.desired,
    reason: "held_ineffective",
    rule: "ineffective",
    text: `${wish.text}, but ${why}`,
    wanted: true,
    until,
  };
}

function kept({ recommendations, memory }: Plan): Pick<Plan, "recommendations" | "memory"> {
  return { recommendations, ...(memory ? { memory } : {}) };
}
