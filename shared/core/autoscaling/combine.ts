import type { Millis } from "../kernel/time.ts";
import type { Facts, Opinion } from "./opinion.ts";
import { digits } from "./signal.ts";
import type { AutoscalingReason } from "./types.ts";

/** What all policies together come to: a count to go to, or a reason to stay. */
export interface Verdict {
  readonly kind: "change" | "hold";
  readonly direction?: "out" | "in";
  readonly desired: number;
  readonly reason: AutoscalingReason;
  /** Something was wanted in this direction and could not be had. */
  readonly wanted?: "out" | "in";
  readonly until?: Millis;
  readonly rule: string;
  readonly text: string;
  /** What was asked for before any bound; absent where nothing was. */
  readonly count?: number;
  /** Metrics that the change is meant to bring down, where the policy says so. */
  readonly drivers?: readonly string[];
}

/**
 * As Application Auto Scaling combines policies: outward the largest count wins and one policy is enough; inward all that
 * have something to say must agree, and then the largest of the inward counts. What is unknown blocks going in.
 */
export function combine(facts: Facts, opinions: readonly Opinion[]): Verdict {
  return outward(facts, opinions) ?? inward(facts, opinions) ?? steady(facts, opinions);
}

function outward(facts: Facts, opinions: readonly Opinion[]): Verdict | undefined {
  const wanting = opinions.filter((opinion) => opinion.wants === "out");
  const first = wanting[0];
  if (!first) return undefined;
  if (facts.desired >= facts.max) {
    const why = facts.maxBy === "budget" ? "all that the budget pays for" : "the maximum";
    const count = (largest(wanting) ?? first).desired;
    return { ...held(first, "at_max", facts, `${first.text}, but ${facts.max} is ${why}`, false), count };
  }
  const free = wanting.filter((opinion) => opinion.held === undefined && opinion.desired > facts.desired);
  const best = largest(free);
  if (!best) return held(first, first.held ?? "within_target", facts, first.text, true);
  const desired = inside(facts, best.desired);
  return {
    kind: "change",
    direction: "out",
    desired,
    reason: "scaled_out",
    rule: best.rule,
    text: `${best.text}${clamped(facts, best.desired, desired)}`,
    count: best.desired,
    ...(best.drivers ? { drivers: best.drivers } : {}),
  };
}

function inward(facts: Facts, opinions: readonly Opinion[]): Verdict | undefined {
  const wanting = opinions.filter((opinion) => opinion.wants === "in");
  const first = wanting[0];
  if (!first) return undefined;
  if (facts.desired <= facts.min) {
    const count = (largest(wanting) ?? first).desired;
    return { ...held(first, "at_min", facts, `${first.text}, but ${facts.min} is the minimum`, false), count };
  }
  const blind = opinions.find((opinion) => opinion.say === "unknown");
  if (blind) return held(blind, blind.held ?? "held_no_data", facts, `${first.text}, but ${blind.text}`, true, "in");
  const against = opinions.find((opinion) => opinion.say === "some" && opinion.wants !== "in");
  if (against)
    return held(
      against,
      "held_disagreement",
      facts,
      `${first.text}, but ${against.rule} stays: ${against.text}`,
      true,
      "in",
    );
  const waiting = wanting.find((opinion) => opinion.held !== undefined);
  if (waiting) return held(waiting, waiting.held ?? "within_target", facts, waiting.text, true);
  const best = largest(wanting);
  if (!best || best.desired >= facts.desired) return undefined;
  const desired = inside(facts, best.desired);
  return {
    kind: "change",
    direction: "in",
    desired,
    reason: "scaled_in",
    rule: best.rule,
    text: `${best.text}${clamped(facts, best.desired, desired)}`,
    count: best.desired,
    ...(best.drivers ? { drivers: best.drivers } : {}),
  };
}

function steady(facts: Facts, opinions: readonly Opinion[]): Verdict {
  const blind = opinions.find((opinion) => opinion.say === "unknown");
  if (blind)
    return {
      kind: "hold",
      desired: facts.desired,
      reason: blind.held ?? "held_no_data",
      rule: blind.rule,
      text: blind.text,
    };
  const speaker = opinions.find((opinion) => opinion.say === "some") ?? opinions[0];
  const text =
    opinions.length > 1 ? "no policy asks for another count" : (speaker?.text ?? "no policy asks for a count");
  return { kind: "hold", desired: facts.desired, reason: "within_target", rule: speaker?.rule ?? "policies", text };
}

function held(
  opinion: Opinion,
  reason: AutoscalingReason,
  facts: Facts,
  text: string,
  soon: boolean,
  wanted = opinion.wants,
): Verdict {
  return {
    kind: "hold",
    desired: facts.desired,
    reason,
    ...(soon && wanted ? { wanted } : {}),
    ...(soon && opinion.until !== undefined ? { until: opinion.until } : {}),
    rule: opinion.rule,
    text,
  };
}

function inside(facts: Facts, count: number): number {
  return Math.max(facts.min, Math.min(facts.max, count));
}

function clamped(facts: Facts, from: number, to: number): string {
  if (from === to) return "";
  const paid = to < from && facts.maxBy === "budget";
  return `, clamped from ${digits(from)} to ${paid ? `the ${to} that the budget pays for` : `the ${to > from ? "minimum" : "maximum"}`}`;
}

function largest(opinions: readonly Opinion[]): Opinion | undefined {
  let best: Opinion | undefined;
  for (const opinion of opinions) if (!best || opinion.desired > best.desired) best = opinion;
  return best;
}
