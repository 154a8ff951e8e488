import type { Policy } from "./config.ts";
import { awsCooldown } from "./cooldown.ts";
import { blind, type Facts, type Opinion } from "./opinion.ts";
import { EPSILON } from "./rounding.ts";
import { digits, knownLength, runLength, say } from "./signal.ts";

type StepScaling = Extract<Policy, { type: "step" }>;

const RULE = "step";

/**
 * Step scaling of Application Auto Scaling: how far the metric is past the threshold picks one adjustment. A metric that
 * is not past it has nothing to say, so it blocks nobody.
 */
export function stepPolicy(policy: StepScaling, facts: Facts): Opinion {
  const signal = facts.signal(policy.metric);
  if (!signal.known) return blind(RULE, signal);
  const { comparison, threshold, datapoints } = policy;
  const run = runLength(signal, datapoints, (value) => breaches(value, comparison, threshold));
  const text = `${policy.metric} ${say(signal.value, signal.unit)} was ${WORDS[comparison]} ${say(threshold, signal.unit)} (${run} of ${datapoints} points)`;
  const values = { [policy.metric]: signal.value, threshold, points: run };
  if (run === 0)
    return silent(
      facts,
      `${policy.metric} ${say(signal.value, signal.unit)} was not ${WORDS[comparison]} ${say(threshold, signal.unit)}`,
      values,
    );
  if (run < datapoints && knownLength(signal, datapoints) > run) return silent(facts, text, values);
  const by = adjustment(policy, signal.value - threshold);
  if (by === undefined) return silent(facts, `${text}, but no step covers ${digits(signal.value - threshold)}`, values);
  const opinion = adjusted(policy, facts, by, text, values);
  return run < datapoints && opinion.wants ? { ...opinion, held: "held_not_enough_datapoints" } : opinion;
}

const WORDS = { ">": "over", ">=": "at or over", "<": "under", "<=": "at or under" } as const;

function silent(facts: Facts, text: string, values: Opinion["values"]): Opinion {
  return { rule: RULE, say: "none", desired: facts.desired, text, values };
}

function breaches(value: number, comparison: StepScaling["comparison"], threshold: number): boolean {
  switch (comparison) {
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
  }
}

/** The step whose range holds the breach: lower bound inclusive above the threshold, upper bound inclusive below it. */
function adjustment(policy: StepScaling, breach: number): number | undefined {
  const above = policy.comparison === ">" || policy.comparison === ">=";
  for (const { from = -Infinity, to = Infinity, by } of policy.steps) {
    if (above ? from <= breach && breach < to : from < breach && breach <= to) return by;
  }
  return undefined;
}

function adjusted(policy: StepScaling, facts: Facts, by: number, text: string, values: Opinion["values"]): Opinion {
  const { desired, base } = facts;
  const cooldown = { out: policy.cooldown, in: policy.cooldown };
  const from = facts.state.cooldownFrom ?? facts.state.lastOutFrom ?? desired;
  if (policy.adjustment === "exact") {
    const count = Math.max(0, Math.trunc(by));
    const opinion = { rule: RULE, say: "some", desired: count, text, values } as const;
    if (count === desired) return opinion;
    // An absolute count already holds what was added before, so nothing is subtracted from it.
    return awsCooldown(facts, cooldown, { ...opinion, wants: count > desired ? "out" : "in" }, count - from, from);
  }
  const delta = policy.adjustment === "percent" ? percentChange(desired, by, policy.minMagnitude) : Math.trunc(by);
  if (delta === 0) return { rule: RULE, say: "some", desired, text: `${text}, which changes nothing`, values };
  if (delta < 0) {
    return awsCooldown(
      facts,
      cooldown,
      { rule: RULE, say: "some", wants: "in", desired: Math.max(0, desired + delta), text, values },
      0,
    );
  }
  const cooled = awsCooldown(
    facts,
    cooldown,
    { rule: RULE, say: "some", wants: "out", desired: desired + delta, text, values },
    delta,
    from,
  );
  if (cooled.held || cooled.desired !== desired + delta || base === desired) return cooled;
  if (base + delta > desired) return { ...cooled, desired: base + delta };
  return { ...cooled, held: "held_pending", text: `${text}, but ${desired - base} are still starting` };
}

/**
 * Change for a percentage, rounded as Application Auto Scaling documents it: above 1 down, between 0 and 1 to 1, mirrored
 * for negative ones; then at least `minMagnitude` in size.
 */
export function percentChange(capacity: number, percent: number, minMagnitude = 0): number {
  const exact = (capacity * percent) / 100;
  if (percent === 0) return 0;
  const size = Math.abs(exact);
  const rounded = size > 0 && size < 1 ? 1 : Math.trunc(size + EPSILON);
  return Math.sign(percent) * Math.max(rounded, minMagnitude);
}
