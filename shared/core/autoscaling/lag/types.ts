import type { Millis } from "../../kernel/time.ts";

/** One partition of a topic that a group reads: [committed offset (−1: none), end of the log, start of the log]. */
export type PartitionSeen = readonly [committed: number, end: number, start: number];

/** A consumer group as it is seen at one instant. */
export interface GroupSeen {
  readonly at: Millis;
  /** "Stable", "Empty", "PreparingRebalance" … as Kafka says. */
  readonly state: string;
  /** The cluster knows no such group; it may be moving to another coordinator. */
  readonly absent?: true;
  /** By topic, in order of partitions; null: the broker did not answer for it. */
  readonly topics: { readonly [topic: string]: readonly (PartitionSeen | null)[] };
}

/** What a `kafka-lag` policy is given: the group, or why it could not be read. */
export type LagSeen = GroupSeen | { readonly at: Millis; readonly why: string };

/** How long a partition with lag has not moved. */
export type Still = readonly [partition: number, committed: number, since: Millis];

/** What a `kafka-lag` policy remembers between two looks. */
export interface LagMemory {
  /** Whose memory it is: that of another cluster, group or rule is not used. */
  readonly of: string;
  /** It has been seen: where it is not there for a while, that is not believed at once. */
  readonly found?: true;
  readonly missingAt?: Millis;
  /** Of the newest look that rates are counted from. */
  readonly at?: Millis;
  /** Sums at that look over the partitions that are read, by topic: rates are their differences. */
  readonly topics?: { readonly [topic: string]: readonly [partitions: number, ends: number, positions: number] };
  /** Lag at that look. */
  readonly lag?: number;
  /** Consumers that were ready then, where nothing was changing; absent: the interval says nothing of their speed. */
  readonly consumers?: number;
  /** Partitions with lag, by topic and in their order: the committed offset, and since when it is that. */
  readonly still?: { readonly [topic: string]: readonly Still[] };
  /** excludePersistentLag: committed offsets at the last look, by topic in order of partitions; null: not seen yet. */
  readonly offsets?: { readonly [topic: string]: readonly (number | null)[] };
  /** Records per second that arrived, of the newest looks, oldest first. */
  readonly rates: readonly number[];
  /** Records per second of one consumer while all of them were behind, newest last. */
  readonly speeds?: readonly number[];
  /** When the newest of them was measured. */
  readonly learnedAt?: Millis;
  /** Records per second that some consumer did at least, while others had nothing to do. */
  readonly leasts?: readonly number[];
  /** Last time that there was anything to do: the cooldown counts from here. */
  readonly activeAt?: Millis;
  /** Reads in a row that failed, no further than matters. */
  readonly failures?: number;
  /** Since when the group is handing its partitions out. */
  readonly unsettledAt?: Millis;
  /** Wanted counts of the window for going in, as runs. */
  readonly wanted?: readonly (readonly [Millis, number])[];
}
