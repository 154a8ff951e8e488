import type { Millis } from "../../kernel/time.ts";

/** One partition of a topic that a group reads: [committed offset (−1: none), end of the log, start of the log]. */
export type PartitionSeen = readonly [committed: number, end: number, start: number];

/** A consumer group as it is seen at one instant. */
export interface GroupSeen {
  readonly at: Millis;
  /** "Stable", "Empty", "PreparingRebalance" … as Kafka says. */
  readonly state: string;
  /** By topic, in order of partitions; null: the broker did not answer for it. */
  readonly topics: { readonly [topic: string]: readonly (PartitionSeen | null)[] };
}

/** What a `kafka-lag` policy is given: the group, or why it could not be read. */
export type LagSeen = GroupSeen | { readonly at: Millis; readonly why: string };

/** What a `kafka-lag` policy remembers between two looks. */
export interface LagMemory {
  /** Of the newest look that could be read. */
  readonly at?: Millis;
  /** Sums over all partitions that were known then, and how many: rates are their differences. */
  readonly ends?: number;
  readonly committed?: number;
  readonly partitions?: number;
  /** excludePersistentLag: committed offsets of partitions with lag, by "topic/partition". */
  readonly stuck?: { readonly [partition: string]: number };
  /** Records per second that arrived, of the newest minutes, oldest first. */
  readonly rates?: readonly number[];
  /** Records per second of one consumer while it was behind, newest last. */
  readonly speeds?: readonly number[];
  /** Last time that there was anything to do: KEDA's cooldown counts from here. */
  readonly activeAt?: Millis;
  /** Reads in a row that failed. */
  readonly failures?: number;
  /** Wanted counts of the window for going in, as runs. */
  readonly wanted?: readonly (readonly [Millis, number])[];
}
