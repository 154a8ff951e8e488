import { formatDuration } from "../../kernel/time.ts";
import type { Facts, Opinion } from "../opinion.ts";
import { EPSILON } from "../rounding.ts";
import { usable } from "./partitions.ts";
import type { KafkaLagPolicy } from "./policy.ts";
import type { GroupSeen, LagMemory } from "./types.ts";
import { type Wish, windowed, windowOf } from "./window.ts";
import { counted, grouped, read } from "./words.ts";

const RULE = "kafka-lag-keda";

/** What KEDA's Kafka scaler would report, and what it came from. */
export interface KedaMetric {
  /** Records, after the caps: what the HPA divides by `lagThreshold`. */
  readonly metric: number;
  /** Records before the caps, also of partitions that do not move: activity is judged by it. */
  readonly withPersistent: number;
  /** Records before the caps. */
  readonly lag: number;
  readonly partitions: number;
  readonly withLag: number;
  /** Of the group's partitions, those that no broker answered for: they count as 0. */
  readonly absent: number;
  /** What is to be remembered where persistent lag is excluded; the same object where nothing changed. */
  readonly offsets: LagMemory["offsets"];
}

type Rules = Pick<
  KafkaLagPolicy,
  | "offsetReset"
  | "lagThreshold"
  | "allowIdleConsumers"
  | "limitToPartitionsWithLag"
  | "ensureEvenDistributionOfPartitions"
  | "excludePersistentLag"
  | "scaleToZeroOnInvalidOffset"
>;

/**
 * The metric of KEDA's Kafka scaler (kedacore/keda, pkg/scalers/kafka_scaler.go, commit 8b4f083ca): the sum of the partitions' lag, then its caps. Its quirks are kept: a
 * partition that is never committed has a lag of 1 (`latest`) or of its end offset (`earliest`, also where retention took most of it away), a partition that no broker
 * answered for is not there, an offset past the end counts against the others, and the cap divides whole numbers, so it may leave one consumer more than partitions.
 */
export function kedaMetric(rules: Rules, seen: GroupSeen, before?: LagMemory["offsets"]): KedaMetric {
  let [lag, withPersistent, partitions, withLag, absent] = [0, 0, 0, 0, 0];
  const all: [topic: string, offsets: (number | null)[]][] = [];
  for (const [topic, cells] of Object.entries(seen.topics)) {
    const last = before && Object.hasOwn(before, topic) ? before[topic] : undefined;
    const next: (number | null)[] = [];
    for (const [index, partition] of cells.entries()) {
      const kept = last?.[index] ?? null;
      if (!usable(partition)) {
        absent += 1;
        next.push(kept);
        continue;
      }
      const [committed, end] = partition;
      partitions += 1;
      next.push(committed < 0 ? kept : committed);
      const full = committed < 0 ? invalid(rules, end) : end - committed;
      const persistent = rules.excludePersistentLag && committed >= 0 && kept === committed;
      withPersistent += full;
      lag += persistent ? 0 : full;
      if (!persistent && full > 0) withLag += 1;
    }
    all.push([topic, next]);
  }
  const metric = capped(rules, lag, partitions, withLag);
  const offsets = Object.fromEntries(all);
  const kept = rules.excludePersistentLag ? (same(before, offsets) ? before : offsets) : undefined;
  return { metric, withPersistent, lag, partitions, withLag, absent, offsets: kept };
}

/** Lag of a partition of which nothing is committed. */
function invalid({ offsetReset, scaleToZeroOnInvalidOffset }: Rules, end: number): number {
  if (scaleToZeroOnInvalidOffset) return 0;
  return offsetReset === "latest" ? 1 : end;
}

function capped(rules: Rules, lag: number, partitions: number, withLag: number): number {
  const { lagThreshold, allowIdleConsumers, limitToPartitionsWithLag, ensureEvenDistributionOfPartitions } = rules;
  if (allowIdleConsumers && !limitToPartitionsWithLag && !ensureEvenDistributionOfPartitions) return lag;
  const even = ensureEvenDistributionOfPartitions ? evenCount(lag, partitions, lagThreshold) * lagThreshold : lag;
  const bound = limitToPartitionsWithLag ? withLag : partitions;
  // Whole numbers are divided, as in Go: what is left over does not count against the bound.
  return Math.trunc(even / lagThreshold) > bound ? bound * lagThreshold : even;
}

/** The smallest divisor of the partition count that is enough consumers; all partitions where none is. */
function evenCount(lag: number, partitions: number, lagThreshold: number): number {
  for (let count = 1; count <= partitions; count += 1)
    if (partitions % count === 0 && count * lagThreshold >= lag) return count;
  return partitions;
}

function same(a: LagMemory["offsets"], b: NonNullable<LagMemory["offsets"]>): boolean {
  if (!a || Object.keys(a).length !== Object.keys(b).length) return false;
  return Object.entries(b).every(([topic, offsets]) => {
    const other = Object.hasOwn(a, topic) ? a[topic] : undefined;
    return other?.length === offsets.length && offsets.every((offset, index) => offset === other[index]);
  });
}

/** Tolerance of an HPA, by which a metric may miss its target. */
const TOLERANCE = 0.1;

/** What an HPA makes of the metric, AverageValue: inside the tolerance the count that is there. `current` is at least 1. */
export function hpaCount(metric: number, lagThreshold: number, current: number): number {
  const ratio = metric / (lagThreshold * current);
  if (Math.abs(1 - ratio) <= TOLERANCE + EPSILON * 1e-3) return current;
  return Math.ceil(metric / lagThreshold) + 0;
}

/** What is judged: the metric of a look, or the one that stands in after too many failed ones. */
export interface Given {
  readonly metric: number;
  readonly active: boolean;
  /** Where nothing runs, or no more than while there is nothing to do, it is gone to this count: a fallback's own. */
  readonly least: number;
  readonly text: string;
  readonly values: Opinion["values"];
}

type Kept = Pick<LagMemory, "activeAt" | "wanted">;

/** Instances at least while there is something to do. */
export function leastActive({ active, idle }: Pick<KafkaLagPolicy, "active" | "idle">, min: number): number {
  return Math.max(1, min, active ?? 1, idle ?? 0);
}

/** 0 to 1 and the step to 0 (or `idle`) by KEDA, in between by an HPA. */
export function kedaOpinion(
  policy: KafkaLagPolicy,
  facts: Facts,
  given: Given,
  before: Kept,
): { readonly opinion: Opinion; readonly kept: Kept } {
  const { now, desired, min, max } = facts;
  const { active, metric, text, values } = given;
  const activeAt = active || before.activeAt === undefined ? now : Math.min(before.activeAt, now);
  const rest = policy.idle ?? min;
  const floor = leastActive(policy, min);
  const base = { rule: RULE, say: "some", desired, text, values } as const;
  if (!active && rest < floor && desired > rest && now >= activeAt + policy.cooldown) {
    const idle = `${text}: nothing to do for ${formatDuration(now - activeAt)}, over the cooldown of ${formatDuration(policy.cooldown)}`;
    return { opinion: { ...base, wants: "in", desired: rest, text: idle }, kept: { activeAt, wanted: [[now, rest]] } };
  }
  if (desired < floor) {
    const kept = { activeAt, wanted: [[now, desired]] as const };
    if (!active) return { opinion: { ...base, text: `${text}: there is nothing to do` }, kept: still(kept, before) };
    return { opinion: { ...base, wants: "out", desired: Math.max(floor, given.least) }, kept };
  }
  const count = Math.min(Math.max(max, floor), Math.max(floor, hpaCount(metric, policy.lagThreshold, desired)));
  const wish: Wish = { count, text: `${text}, which is ${counted(count, "consumer")}`, values };
  const { opinion, runs } = windowed(RULE, facts, wish, before.wanted, windowOf(policy));
  return { opinion, kept: { activeAt, wanted: runs } };
}

/** While nothing happens nothing is remembered anew. */
function still(next: Kept, before: Kept): Kept {
  const [run] = before.wanted ?? [];
  const [now] = next.wanted ?? [];
  const alike = before.wanted?.length === 1 && run?.[1] === now?.[1] && before.activeAt === next.activeAt;
  return alike ? before : next;
}

/** The why of a metric: sum, threshold, and every cap or quirk that changed it. */
export function kedaText(policy: KafkaLagPolicy, seen: GroupSeen, found: KedaMetric): string {
  const { metric, lag, withPersistent, partitions, withLag, absent } = found;
  const persistent = withPersistent - lag;
  const parts = [`lag ${grouped(lag)} of ${read(policy, seen)} over ${grouped(policy.lagThreshold)} each`];
  if (metric !== lag) {
    const cap = policy.limitToPartitionsWithLag
      ? `${counted(withLag, "partition")} with lag`
      : counted(partitions, "partition");
    parts.push(
      policy.ensureEvenDistributionOfPartitions
        ? `taken as ${grouped(metric)} so that ${cap} are shared out evenly`
        : `cut to ${grouped(metric)} for ${cap}`,
    );
  }
  if (persistent !== 0) parts.push(`${grouped(persistent)} left out where nothing moved since the last look`);
  if (absent > 0) parts.push(`${counted(absent, "partition")} not answered for and so taken as 0, as KEDA does`);
  return parts.join(", ");
}
