import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";
import type { Decimal } from "../decimal.ts";

/** A consumer group as it stands at one topic now, and as it was seen there before. */
export interface GroupFacts {
  readonly group: string;
  /** Has members now. */
  readonly members: boolean;
  /** Age of the oldest record that it has not read; 0: it has read all. Absent: unknown, and `why` says so. */
  readonly lagMs?: DurationMs;
  readonly why?: string;
  /** The largest lag of the history, stretches that nobody saw counted as if it had stood still. Absent: not seen before. */
  readonly worstMs?: DurationMs;
  readonly worstAt?: Millis;
  /** When it was last seen to have members or to commit; absent: never. */
  readonly liveAt?: Millis;
}

/** A backup plan that takes the topic. */
export interface BackupNeed {
  readonly plan: string;
  readonly everyMs: DurationMs;
  /** Longest of the runs that are remembered; absent: none was measured, and the plan's deadline counts. */
  readonly runMs?: DurationMs;
  readonly deadlineMs: DurationMs;
}

/** A group that read again: the age of the oldest record it went back to. */
export interface Replay {
  readonly group: string;
  readonly ms: DurationMs;
  readonly at: Millis;
}

/** What the floor is made from. */
export interface FloorFacts {
  readonly topic: string;
  readonly groups: readonly GroupFacts[];
  /** Consumers with members and without a position anywhere: what they read cannot be told. */
  readonly strangers: readonly string[];
  readonly replay?: Replay;
  readonly backups: readonly BackupNeed[];
  /** From when on usage of the cluster is known. Absent: never seen. */
  readonly knownFrom?: Millis;
}

/** Settings of `cost.retention`, as far as the floor goes by them. */
export interface FloorRules {
  readonly safety: number;
  readonly minimum: DurationMs;
  readonly compliance: Readonly<Record<string, DurationMs>>;
  readonly liveFor: DurationMs;
}

export type FloorRule = "lag" | "replay" | "backup" | "compliance" | "minimum";

/** One of what the floor is the largest of. */
export interface FloorTerm {
  readonly rule: FloorRule;
  readonly ms: DurationMs;
  readonly text: string;
}

export type Floor =
  | {
      readonly status: "known";
      /** The largest of the terms. */
      readonly ms: DurationMs;
      readonly terms: readonly FloorTerm[];
      /** What somebody needs as of now, without any safety: the largest lag or replay. */
      readonly needMs: DurationMs;
    }
  | {
      readonly status: "unknown";
      readonly reason: "lag_unknown" | "group_behind" | "group_without_positions";
      readonly text: string;
    };

/** Settings of a topic that decide what Kafka deletes, as they hold. */
export interface TopicSettings {
  readonly cleanupPolicy: string;
  /** -1: for ever. */
  readonly retentionMs?: DurationMs;
  /** Of one partition; -1: without limit. */
  readonly retentionBytes?: number;
  readonly segmentMs?: DurationMs;
  readonly segmentBytes?: number;
  readonly remote: boolean;
  /** -2: as `retention.ms`. */
  readonly localRetentionMs?: DurationMs;
  readonly timestampType?: string;
  /** Values that the topic itself sets, by name. */
  readonly own: Readonly<Record<string, string>>;
}

/** What the history says of one topic. */
export interface TopicHistory {
  /** First hour in which the topic (of this id) was seen. */
  readonly from?: Millis;
  /** Hours seen of those that `history` asks for. */
  readonly hours: number;
  readonly wantedHours: number;
  /** Hours of the last week with and without anybody reading. */
  readonly readHours: number;
  readonly idleHours: number;
}

/** How a topic is read: seldom is less than in one hour of ten. */
export type AccessPattern = "never" | "infrequent" | "frequent" | "unknown";

/** Everything that is known of one topic. */
export interface TopicFacts extends FloorFacts {
  readonly cluster: string;
  readonly topicId?: string;
  readonly internal: boolean;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly settings: TopicSettings;
  readonly history: TopicHistory;
  readonly access: AccessPattern;
  /** On the disks of all replicas. */
  readonly storedBytes?: number;
  /** Age of the oldest record. */
  readonly oldestMs?: DurationMs;
}

/** What a GB-month of storage costs, and who says so. */
export interface StoragePrice {
  readonly perGbMonth: Decimal;
  /** Replicas are in it: only one copy of each record is paid for. */
  readonly ofOneCopy?: boolean;
  readonly currency: string;
  /** "bill aws", "price book us-east-1 2026-11". */
  readonly source: string;
  readonly from?: Day;
  readonly to?: Day;
}
