import type { Policy } from "./config.ts";
import type { Facts } from "./opinion.ts";
import { ceil, EPSILON } from "./rounding.ts";
import { digits, type Signal, say } from "./signal.ts";
import type { AutoscalingReason } from "./types.ts";

type Metric = Extract<Policy, { type: "hpa" }>["metrics"][number];

/** What one metric of an HPA proposes; `count` undefined means it cannot judge. */
export interface Proposal {
  readonly signal: Signal;
  readonly count: number | undefined;
  readonly held?: AutoscalingReason;
  readonly text: string;
  readonly values: { readonly [name: string]: number };
}

/** utilization: ceil(ratio × ready), inside the tolerance the current count. average: ceil(total / target). */
export function propose(metric: Metric, tolerance: number, facts: Facts): Proposal {
  const signal = facts.signal(metric.metric);
  if (!signal.known || signal.value < 0) {
    const text = `${metric.metric} ${signal.reason === "held_stale_data" ? "is stale" : "is not known"}`;
    return { signal, count: undefined, text, values: {} };
  }
  return metric.kind === "average"
    ? average(metric, tolerance, facts, signal)
    : utilization(metric, tolerance, facts, signal);
}

function average(metric: Metric, tolerance: number, facts: Facts, signal: Signal): Proposal {
  const ratio = signal.value / (metric.target * facts.desired);
  const count = inside(ratio, tolerance) ? facts.desired : ceil(signal.value / metric.target);
  const text = `${metric.metric} ${say(signal.value, signal.unit)} against ${say(metric.target, signal.unit)} each for ${facts.desired} is a ratio of ${digits(ratio)}`;
  return { signal, count, text, values: { [metric.metric]: signal.value, target: metric.target, ratio } };
}

function utilization(metric: Metric, tolerance: number, facts: Facts, signal: Signal): Proposal {
  const ready = facts.readyAt(signal);
  if (!(ready > 0)) {
    const text = `none of ${facts.desired} is ready, so ${metric.metric} says nothing`;
    return { signal, count: undefined, held: "held_pending", text, values: {} };
  }
  const ratio = signal.value / metric.target;
  const text = `${metric.metric} ${say(signal.value, signal.unit)} against ${say(metric.target, signal.unit)} is a ratio of ${digits(ratio)}`;
  const values = { [metric.metric]: signal.value, target: metric.target, ratio, ready };
  if (inside(ratio, tolerance))
    return { signal, count: facts.desired, text: `${text}, inside the tolerance of ${digits(tolerance)}`, values };
  const absent = Math.max(0, facts.desired - ready);
  if (absent === 0) return { signal, count: ceil(ratio * ready), text: `${text} for ${digits(ready)} ready`, values };
  return withAbsent(metric, tolerance, facts, { signal, count: ceil(ratio * ready), text, values }, ready, absent);
}

/**
 * Instances that were asked for and are not ready have no reading. As the HPA does with such pods: going out they count
 * as idle, going in as fully used (100 % of the request; for other metrics, the target). If that turns the direction or
 * ends inside the tolerance, the count stays.
 */
function withAbsent(
  metric: Metric,
  tolerance: number,
  facts: Facts,
  proposal: Proposal,
  ready: number,
  absent: number,
): Proposal {
  const used = ready * proposal.signal.value;
  const ratio = proposal.signal.value / metric.target;
  const assumed = ratio > 1 ? 0 : proposal.signal.unit === "percent" ? Math.max(100, metric.target) : metric.target;
  const all = ready + absent;
  const again = (used + absent * assumed) / (all * metric.target);
  const stays = inside(again, tolerance) || ratio > 1 !== again > 1;
  const count = stays ? facts.desired : ceil(again * all);
  const turned = ratio > 1 ? count < facts.desired : count > facts.desired;
  const text = `${proposal.text} for ${digits(ready)} ready, and ${digits(again)} with ${digits(absent)} not ready taken as ${say(assumed, proposal.signal.unit)}`;
  return {
    ...proposal,
    count: turned ? facts.desired : count,
    text,
    values: { ...proposal.values, ratioWithAbsent: again },
  };
}

function inside(ratio: number, tolerance: number): boolean {
  return Math.abs(1 - ratio) <= tolerance + EPSILON * 1e-3;
}
