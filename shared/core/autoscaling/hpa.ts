import { formatDuration, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";
import type { Policy } from "./config.ts";
import { type Proposal, propose } from "./hpa-metric.ts";
import { type Rule, rateLimit } from "./hpa-rates.ts";
import { blind, type Facts, type Opinion } from "./opinion.ts";
import { extremeOf, push, type Runs, releasedAt } from "./windows.ts";

type Hpa = Extract<Policy, { type: "hpa" }>;

const RULE = "hpa";
const IN_WINDOW_MS = 5 * MINUTE_MS;

/** Defaults of the HPA: outward the larger of +100 % and +4 in 15 s, inward as far as it likes. */
const OUT_RULES: readonly Rule[] = [
  { type: "percent", value: 100, period: 15 * SECOND_MS },
  { type: "pods", value: 4, period: 15 * SECOND_MS },
];
const IN_RULES: readonly Rule[] = [{ type: "percent", value: 100, period: 15 * SECOND_MS }];

const OFF: Opinion = { rule: RULE, say: "none", desired: 0, text: "at 0 instances an HPA is off", values: {} };

/** An opinion, and the recommendations to remember: state is written only where the lists differ. */
export interface HpaResult {
  readonly opinion: Opinion;
  readonly outRuns: Runs | undefined;
  readonly inRuns: Runs | undefined;
}

/**
 * Kubernetes HorizontalPodAutoscaler: the largest proposal of all metrics, stabilized over the windows, then limited by
 * the rate rules. A metric that is unknown blocks going in, not out.
 */
export function hpa(
  policy: Hpa,
  facts: Facts,
  before: { readonly out: Runs | undefined; readonly in: Runs | undefined },
): HpaResult {
  const { desired } = facts;
  // A count of 0 switches an HPA off. Another policy of the service may leave it.
  if (desired === 0) return { opinion: OFF, outRuns: before.out, inRuns: before.in };
  const outMs = policy.out.stabilization ?? 0;
  const inMs = policy.in.stabilization ?? IN_WINDOW_MS;
  const proposals = policy.metrics.map((metric) => propose(metric, policy.tolerance, facts));
  const known = proposals.filter((proposal) => proposal.count !== undefined);
  const failed = proposals.find((proposal) => proposal.count === undefined);
  const largest = known.reduce<Proposal | undefined>(
    (best, one) => (best && (best.count ?? 0) >= (one.count ?? 0) ? best : one),
    undefined,
  );
  // As the HPA does at its start: the count that is there is the first recommendation.
  const inBefore = before.in ?? [[facts.now, desired]];
  const outBefore = outMs > 0 ? (before.out ?? [[facts.now, desired]]) : undefined;
  if (!largest || (failed && (largest.count ?? 0) <= desired)) {
    const lost = failed as Proposal;
    return {
      opinion: { ...blind(RULE, lost.signal), ...(lost.held ? { held: lost.held } : {}), text: lost.text },
      outRuns: before.out,
      inRuns: inBefore,
    };
  }
  const count = Math.min(facts.max, Math.max(facts.min, 1, largest.count ?? desired));
  const inRuns = push(inBefore, facts.now, count, "max", inMs);
  const outRuns = outBefore && push(outBefore, facts.now, count, "min", outMs);
  return { opinion: stabilized(policy, facts, largest, count, inRuns, outRuns), outRuns, inRuns };
}

function stabilized(
  policy: Hpa,
  facts: Facts,
  largest: Proposal,
  count: number,
  inRuns: Runs,
  outRuns: Runs | undefined,
): Opinion {
  const { desired, now } = facts;
  const inMs = policy.in.stabilization ?? IN_WINDOW_MS;
  const outMs = policy.out.stabilization ?? 0;
  const values = { ...largest.values, recommended: largest.count ?? null };
  const opinion: Opinion = { rule: RULE, say: "some", desired: count, text: largest.text, values };
  if ((largest.count ?? desired) === desired) return { ...opinion, desired };
  if ((largest.count ?? desired) > desired) {
    const wants: Opinion = { ...opinion, desired: largest.count ?? count, wants: "out" };
    if (policy.out.select === "disabled")
      return { ...opinion, say: "none", desired, text: `${largest.text}, but scaling out is disabled` };
    const lowest = outRuns ? (extremeOf(outRuns, now, "min", outMs) ?? count) : count;
    if (outRuns && lowest <= desired && count > desired)
      return windowed(wants, releasedAt(outRuns, desired, "min", outMs), outMs, lowest, now);
    return limited(
      wants,
      facts,
      policy.out.rules ?? OUT_RULES,
      policy.out.select,
      outRuns ? Math.max(lowest, desired) : count,
      "out",
    );
  }
  if (policy.in.select === "disabled")
    return { ...opinion, say: "none", desired, text: `${largest.text}, but scaling in is disabled` };
  const highest = extremeOf(inRuns, now, "max", inMs) ?? count;
  const wants: Opinion = { ...opinion, wants: "in" };
  if (count >= desired) return { ...wants, desired: count };
  if (highest >= desired) return windowed(wants, releasedAt(inRuns, desired, "max", inMs), inMs, highest, now);
  return limited(wants, facts, policy.in.rules ?? IN_RULES, policy.in.select, highest, "in");
}

function windowed(
  opinion: Opinion,
  until: number | undefined,
  windowMs: number,
  extreme: number,
  now: number,
): Opinion {
  const left = until === undefined || until <= now ? "" : ` for another ${formatDuration(until - now)}`;
  return {
    ...opinion,
    held: "held_stabilization",
    ...(until !== undefined && until > now ? { until } : {}),
    text: `${opinion.text}, but ${extreme} was recommended within ${formatDuration(windowMs)}${left}`,
    values: { ...opinion.values, stabilized: extreme },
  };
}

function limited(
  opinion: Opinion,
  facts: Facts,
  rules: readonly Rule[],
  select: "max" | "min" | "disabled",
  count: number,
  direction: "out" | "in",
): Opinion {
  const { desired } = facts;
  const limit = rateLimit(rules, select, direction, facts);
  const reached = direction === "out" ? Math.min(count, limit.count) : Math.max(count, limit.count);
  if (count === desired) return { ...opinion, desired: opinion.desired };
  if (reached === desired) {
    return {
      ...opinion,
      held: "held_cooldown",
      ...(limit.until === undefined ? {} : { until: limit.until }),
      text: `${opinion.text}, but the rate rules allow ${limit.count} now`,
      values: { ...opinion.values, limit: limit.count },
    };
  }
  if (reached === count) return { ...opinion, desired: reached };
  return {
    ...opinion,
    desired: reached,
    text: `${opinion.text}, limited to ${reached} by the rate rules`,
    values: { ...opinion.values, limit: limit.count },
  };
}
