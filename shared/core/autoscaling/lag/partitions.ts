import type { KafkaLagPolicy } from "./policy.ts";
import type { GroupSeen, PartitionSeen } from "./types.ts";

/** A partition with lag. */
export interface Lagging {
  readonly topic: string;
  readonly partition: number;
  readonly lag: number;
  readonly committed: number;
}

/** What a group has read and not read, over all of its partitions. */
export interface Totals {
  readonly partitions: number;
  /** Of them, those of which nothing is known at this look. */
  readonly unknown: number;
  /** Of them, those that were never committed and would be read from their end: nothing waits in them. */
  readonly unread: number;
  readonly lag: number;
  /** By topic, in the order of their numbers. */
  readonly lagging: readonly Lagging[];
  /** As {@link import("./types.ts").LagMemory.topics}. */
  readonly topics: { readonly [topic: string]: readonly [partitions: number, ends: number, positions: number] };
}

/** Whether these can be offsets at all: whole numbers in order, −1 for "never committed". */
export function usable(partition: PartitionSeen | null | undefined): partition is PartitionSeen {
  if (!Array.isArray(partition)) return false;
  const [committed, end, start] = partition as PartitionSeen;
  return (
    Number.isSafeInteger(committed) &&
    committed >= -1 &&
    Number.isSafeInteger(end) &&
    Number.isSafeInteger(start) &&
    start >= 0 &&
    start <= end
  );
}

/**
 * Adds the partitions up. What a consumer can still read waits: from the committed offset, or from the log's start where that is later (retention).
 * Where nothing is committed, or only an offset past the end (the topic was made anew), consumers begin where `reset` says.
 */
export function totalsOf(seen: GroupSeen, reset: KafkaLagPolicy["offsetReset"]): Totals {
  let [all, unknown, unread, lag] = [0, 0, 0, 0];
  const lagging: Lagging[] = [];
  const topics: [topic: string, sums: readonly [number, number, number]][] = [];
  for (const [topic, partitions] of Object.entries(seen.topics)) {
    let [read, ends, positions] = [0, 0, 0];
    all += partitions.length;
    for (const [index, partition] of partitions.entries()) {
      if (!usable(partition)) {
        unknown += 1;
        continue;
      }
      const [committed, end, start] = partition;
      const lost = committed < 0 || committed > end;
      if (lost && reset === "latest") {
        unread += 1;
        continue;
      }
      const position = lost ? start : Math.max(committed, start);
      read += 1;
      ends += end;
      positions += position;
      if (end === position) continue;
      lag += end - position;
      lagging.push({ topic, partition: index, lag: end - position, committed });
    }
    topics.push([topic, [read, ends, positions]]);
  }
  return { partitions: all, unknown, unread, lag, lagging, topics: Object.fromEntries(topics) };
}
