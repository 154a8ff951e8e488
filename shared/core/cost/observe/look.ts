import type { Millis } from "../../kernel/time.ts";
import type { UsageHour } from "../usage.ts";

/** A partition as it was at the last look. */
export interface SeenPartition {
  readonly end: number;
  readonly logStart: number;
  /** Timestamp of the first record that is kept; absent: not looked at, or it has none. */
  readonly oldest?: Millis;
}

export interface SeenTopic {
  readonly id: string;
  /** By partition number; null: it could not be asked. */
  readonly partitions: readonly (SeenPartition | null)[];
  /** Bytes of a record on a disk, its part of the batch included. */
  readonly recordBytes?: number;
}

/** Positions of a group: topic → partition → offset. */
export type SeenPositions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What the observer of a Kafka cluster has to know of its last look. What comes after it is what has changed since. */
export interface LastLook {
  readonly v: 1;
  readonly at: Millis;
  readonly topics: Readonly<Record<string, SeenTopic>>;
  readonly groups: Readonly<Record<string, SeenPositions>>;
  /** Where the log of commits was read to, by partition; absent: it cannot be read. */
  readonly commits?: readonly number[];
  /** Hours that may still grow: the present one and the one before. */
  readonly hours: readonly UsageHour[];
}
