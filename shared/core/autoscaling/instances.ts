import type { Policy } from "./config.ts";
import { oneClock } from "./cooldown.ts";
import { blind, type Facts, type Opinion, unknown } from "./opinion.ts";
import { type Signal, say } from "./signal.ts";

type Instances = Extract<Policy, { type: "instances" }>;

const RULE = "instances";

/**
 * The platform's original rule: cpu > 75 or memory > 80 → +1; both below half of their thresholds → −1; strictly.
 * One metric that is known is enough to go out; going in needs all of them. (The original counted a missing reading as 0
 * and scaled in on an outage: that is not kept.)
 */
export function instances(policy: Instances, facts: Facts): Opinion {
  const cpu = policy.cpu === null ? undefined : judge(facts.signal("cpu"), policy.cpu);
  const memory = policy.memory === null ? undefined : judge(facts.signal("memory"), policy.memory);
  if (!cpu && !memory) return unknown(RULE, "held_no_data", "neither cpu nor memory is configured");
  const text = both(cpu, memory);
  const values = { ...(cpu ? { cpu: number(cpu.signal) } : {}), ...(memory ? { memory: number(memory.signal) } : {}) };
  if (cpu?.verdict === "high" || memory?.verdict === "high") {
    const pending = facts.base + 1 <= facts.desired;
    const opinion: Opinion = { rule: RULE, say: "some", wants: "out", desired: facts.base + 1, text, values };
    return pending
      ? { ...opinion, held: "held_pending", text: `${text}, but an instance is still starting` }
      : oneClock(facts, policy.cooldown, opinion);
  }
  const blindOne = [cpu, memory].find((part) => part?.verdict === "unknown");
  if (blindOne) return { ...blind(RULE, blindOne.signal), text, values };
  if ((cpu?.verdict ?? "low") === "low" && (memory?.verdict ?? "low") === "low") {
    const opinion: Opinion = {
      rule: RULE,
      say: "some",
      wants: "in",
      desired: Math.max(1, facts.desired - 1),
      text,
      values,
    };
    return opinion.desired < facts.desired
      ? oneClock(facts, policy.cooldown, opinion)
      : { rule: RULE, say: "some", desired: facts.desired, text, values };
  }
  return { rule: RULE, say: "some", desired: facts.desired, text, values };
}

interface Part {
  readonly signal: Signal;
  readonly threshold: number;
  readonly verdict: "high" | "low" | "between" | "unknown";
}

function judge(signal: Signal, threshold: number): Part {
  if (!signal.known || signal.value < 0) return { signal, threshold, verdict: "unknown" };
  const verdict = signal.value > threshold ? "high" : signal.value < threshold / 2 ? "low" : "between";
  return { signal, threshold, verdict };
}

/** The value or null: JSON has no NaN. */
function number(signal: Signal): number | null {
  return signal.known ? signal.value : null;
}

/** The metric that speaks first, then the other, so that the sentence starts with the cause. */
function both(cpu: Part | undefined, memory: Part | undefined): string {
  if (!cpu) return memory ? words(memory) : "";
  if (!memory) return words(cpu);
  return memory.verdict === "high" && cpu.verdict !== "high"
    ? `${words(memory)} and ${words(cpu)}`
    : `${words(cpu)} and ${words(memory)}`;
}

function words({ signal, threshold, verdict }: Part): string {
  const { metric, value } = signal;
  switch (verdict) {
    case "high":
      return `${metric} ${say(value, "percent")} was over ${say(threshold, "percent")} (1 of 1 points)`;
    case "low":
      return `${metric} ${say(value, "percent")} was under ${say(threshold / 2, "percent")}`;
    case "between":
      return `${metric} ${say(value, "percent")} was between ${say(threshold / 2, "percent")} and ${say(threshold, "percent")}`;
    case "unknown":
      return `${metric} is ${signal.reason === "held_stale_data" ? "stale" : "not known"}`;
  }
}
