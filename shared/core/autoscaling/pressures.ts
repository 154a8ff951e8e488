import { type Millis, SECOND_MS } from "../kernel/time.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";
import { totalsOf } from "./lag/partitions.ts";
import type { KafkaLagPolicy } from "./lag/policy.ts";
import type { LagMemory } from "./lag/types.ts";
import { metricsNeeded, works } from "./needs.ts";
import type { Facts } from "./opinion.ts";
import type { Beside } from "./policies.ts";
import { isInstant } from "./signal.ts";

/** Values by metric, with four digits: what is kept of them is small. */
export type Pressures = { readonly [metric: string]: number };

/**
 * What a metric tells of a change. `load` comes from outside, whatever runs; `waiting` falls where there is enough; everything else is
 * `use`, which falls as the same work is shared by more.
 */
export type PressureKind = "load" | "waiting" | "done" | "use";

/** The count that was ready while use was measured: what a change of use is judged by. */
export const READY = "ready";

/** Names under which the lag of a consumer group, and what arrives in its topics and is read of them per second, are told. */
export const LAG = "lag";
export const RECORDS = "records";
export const CONSUMED = "consumed";

const COUNTS: ReadonlySet<string> = new Set([READY, "desired", "running"]);
const LOADS: ReadonlySet<string> = new Set(["requests", "offered", RECORDS]);
const MOST = 8;

export function kindOf(config: AutoscalingConfig, metric: string): PressureKind {
  for (const policy of config.policies) {
    if (!works(policy)) continue;
    if (policy.arrivals === metric) return "load";
    if (policy.backlog === metric) return "waiting";
  }
  if (LOADS.has(metric)) return "load";
  if (metric === CONSUMED) return "done";
  return metric === LAG || metric === "backlog" ? "waiting" : "use";
}

/** What is known of the newest minute, and the count that was ready then; with `since` only of what was measured from then on. */
export function pressuresOf(facts: Facts, beside: Beside, since: Millis = -Infinity): Pressures {
  const seen: { [metric: string]: number } = {};
  let count = 0;
  for (const { metric } of metricsNeeded(facts.config)) {
    const signal = facts.signal(metric);
    if (COUNTS.has(metric) || !signal.known || signal.at < since || count >= MOST) continue;
    seen[metric] = short(signal.value);
    count += 1;
    if (kindOf(facts.config, metric) === "use") seen[READY] ??= short(facts.readyAt(signal));
  }
  for (const [index, policy] of facts.config.policies.entries()) {
    if (policy.type !== "kafka-lag" || Object.hasOwn(seen, LAG)) continue;
    const group = groupOf(facts, beside, index, policy, since);
    if (!group) continue;
    seen[READY] ??= facts.ready;
    for (const [metric, value] of Object.entries(group)) seen[metric] = short(value);
  }
  return seen;
}

/** The largest load of the newest minutes from `since` on, where the last one may be a lull. */
export function peakOf(facts: Facts, metric: string, since: Millis): number | undefined {
  const signal = facts.signal(metric);
  const values =
    metric === RECORDS
      ? facts.config.policies.flatMap((policy, index) => (policy.type === "kafka-lag" ? ratesOf(facts, index) : []))
      : signal.points.slice(0, signal.end + 1).flatMap((point) => (point && point.at >= since ? point.value : []));
  const finite = values.filter((value) => Number.isFinite(value)).slice(-5);
  return finite.length === 0 ? undefined : Math.max(...finite);
}

/** Metrics that a change by a rule is meant to bring down, where the policy did not say. */
export function driversOf(config: AutoscalingConfig, rule: string): readonly string[] {
  return config.policies.flatMap((policy) =>
    policy.type === rule || rule.startsWith(`${policy.type}-`) ? read(policy) : [],
  );
}

function read(policy: Policy): readonly string[] {
  switch (policy.type) {
    case "instances":
      return [...(policy.cpu === null ? [] : ["cpu"]), ...(policy.memory === null ? [] : ["memory"])];
    case "parallelism":
    case "target-tracking":
    case "step":
      return [policy.metric];
    case "hpa":
      return policy.metrics.map(({ metric }) => metric);
    case "demand":
    case "predictive":
    case "auto":
      return ["cpu", ...(policy.backlog === null ? [] : [policy.backlog])];
    case "kafka-lag":
      return [LAG];
    case "flink":
    case "scheduled":
      return [];
  }
}

/** Lag of a group, and what arrived and was read per second since the last look. */
function groupOf(
  { state }: Facts,
  beside: Beside,
  index: number,
  policy: KafkaLagPolicy,
  since: Millis,
): Pressures | undefined {
  const seen = beside.lags?.[String(index)];
  if (!seen || "why" in seen || !isInstant(seen.at) || seen.at < since) return undefined;
  if (!Object.values(seen.topics ?? {}).every(Array.isArray)) return undefined;
  const { lag, unknown, topics } = totalsOf(seen, policy.offsetReset);
  if (unknown > 0) return undefined;
  const { at, topics: before } = (state.memory?.[String(index)] ?? {}) as Partial<LagMemory>;
  if (at === undefined || !before || !(seen.at > at)) return { [LAG]: lag };
  let [arrived, read] = [0, 0];
  for (const [topic, [partitions, ends, positions]] of Object.entries(topics)) {
    const then = Object.hasOwn(before, topic) ? before[topic] : undefined;
    if (then?.[0] !== partitions) return { [LAG]: lag };
    arrived += ends - then[1];
    read += positions - then[2];
  }
  const seconds = (seen.at - at) / SECOND_MS;
  return arrived < 0 || read < 0
    ? { [LAG]: lag }
    : { [LAG]: lag, [RECORDS]: arrived / seconds, [CONSUMED]: read / seconds };
}

function ratesOf({ state }: Facts, index: number): readonly number[] {
  const memory = state.memory?.[String(index)];
  return memory && "rates" in memory ? (memory.rates ?? []) : [];
}

/** Four digits, and never -0. */
function short(value: number): number {
  return Number(value.toPrecision(4)) + 0;
}
