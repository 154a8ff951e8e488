import type { Policy } from "./config.ts";
import { awsCooldown } from "./cooldown.ts";
import { blind, type Facts, type Opinion, unknown } from "./opinion.ts";
import { ceil, EPSILON } from "./rounding.ts";
import { knownLength, runLength, type Signal, say } from "./signal.ts";

type TargetTracking = Extract<Policy, { type: "target-tracking" }>;

const RULE = "target-tracking";

/**
 * Target tracking of Application Auto Scaling: capacity = ceil(ready × metric / target). Out after `datapoints.out`
 * periods in a row over the target, in after `datapoints.in` under `lowFactor` × target; too few points never scale in.
 */
export function targetTracking(policy: TargetTracking, facts: Facts): Opinion {
  const signal = facts.signal(policy.metric);
  if (!signal.known || signal.value < 0) return blind(RULE, signal);
  const ready = facts.readyAt(signal);
  if (!(ready > 0))
    return unknown(RULE, "held_pending", `none of ${facts.desired} is ready, so ${policy.metric} says nothing`);
  const wanted = ceil((ready * signal.value) / policy.target);
  return (
    over(policy, facts, signal, ready, wanted) ??
    under(policy, facts, signal, ready, wanted) ??
    within(policy, facts, signal)
  );
}

function over(
  policy: TargetTracking,
  facts: Facts,
  signal: Signal,
  ready: number,
  wanted: number,
): Opinion | undefined {
  const { target, datapoints } = policy;
  // Strictly over, and by more than float noise: a load exactly on the target stays.
  const run = runLength(signal, datapoints.out, (value) => value > target * (1 + EPSILON));
  if (run === 0) return undefined;
  const text = `${policy.metric} ${say(signal.value, signal.unit)} was over ${say(target, signal.unit)} (${run} of ${datapoints.out} points)`;
  const values = { [policy.metric]: signal.value, target, ready, wanted, points: run };
  const opinion: Opinion = { rule: RULE, say: "some", wants: "out", desired: wanted, text, values };
  if (run < datapoints.out) {
    if (knownLength(signal, datapoints.out) > run) return undefined;
    return { ...opinion, held: "held_not_enough_datapoints" };
  }
  if (wanted <= facts.desired) {
    if (ready >= facts.desired)
      return {
        rule: RULE,
        say: "some",
        desired: facts.desired,
        text: `${text}, which ${facts.desired} can carry`,
        values,
      };
    const still =
      facts.ready < facts.desired
        ? `${facts.desired} were asked for and ${facts.ready} are ready`
        : `that was with ${Math.round(ready)} ready, and ${facts.ready} are now`;
    return { ...opinion, held: "held_pending", text: `${text}, but ${still}` };
  }
  return awsCooldown(facts, policy.cooldown, opinion, Math.ceil(wanted - ready - EPSILON));
}

function under(
  policy: TargetTracking,
  facts: Facts,
  signal: Signal,
  ready: number,
  wanted: number,
): Opinion | undefined {
  const { target, datapoints } = policy;
  const low = policy.lowFactor * target;
  const run = runLength(signal, datapoints.in, (value) => value < low * (1 - EPSILON));
  if (run === 0) return undefined;
  const known = knownLength(signal, datapoints.in);
  if (run < datapoints.in && known > run) return undefined;
  const count = Math.max(1, wanted);
  if (policy.disableScaleIn || count >= facts.desired) return undefined;
  const text = `${policy.metric} ${say(signal.value, signal.unit)} was under ${say(low, signal.unit)} (${run} of ${datapoints.in} points)`;
  const predicted = (signal.value * ready) / count;
  const values = { [policy.metric]: signal.value, target, low, ready, wanted: count, points: run, predicted };
  const opinion: Opinion = { rule: RULE, say: "some", wants: "in", desired: count, text, values };
  if (run < datapoints.in) return { ...opinion, held: "held_not_enough_datapoints" };
  if (predicted > target * (1 + EPSILON)) {
    return {
      rule: RULE,
      say: "some",
      desired: facts.desired,
      text: `${text}, but at ${count} it would be ${say(predicted, signal.unit)}`,
      values,
    };
  }
  return awsCooldown(facts, policy.cooldown, opinion, 0);
}

function within(policy: TargetTracking, facts: Facts, signal: Signal): Opinion {
  const { metric, target } = policy;
  const text = `${metric} ${say(signal.value, signal.unit)} keeps to the target of ${say(target, signal.unit)}`;
  const values = { [metric]: signal.value, target };
  return { rule: RULE, say: policy.disableScaleIn ? "none" : "some", desired: facts.desired, text, values };
}
