import type { Millis } from "../kernel/time.ts";

/**
 * What was used of the streaming platform in one hour, by meaning. Counted once an hour by the observer (`functions/cost/observe-usage.ts`),
 * kept at `cost/usage/<cluster>/<day>/<hour>.json` in the object store; what could not be read is absent and named in `missing`.
 */
export interface UsageHour {
  readonly v: 1;
  readonly cluster: string;
  /** Start of the hour, UTC. */
  readonly hour: Millis;
  /** How much of the hour was seen, ms; less where the observer began or was away. */
  readonly seenMs: number;
  readonly topics: readonly TopicUsage[];
  readonly groups: readonly GroupUsage[];
  readonly jobs: readonly JobUsage[];
  readonly services: readonly ServiceUsage[];
  readonly missing: readonly string[];
  /** What was read and is less sure than it could be: "rewinds between two looks may be missed". Sentences. */
  readonly notes?: readonly string[];
}

/** What stands in `missing` of an hour in which groups could not be read begins so: who read what, and who went back, is not known of it. */
export const GROUPS_UNREAD = "groups";

export interface TopicUsage {
  readonly topic: string;
  readonly topicId?: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** On the disks of all replicas at the end of the hour. */
  readonly storedBytes?: number;
  /** Of leaders, in the hour. */
  readonly inBytes?: number;
  readonly inRecords?: number;
  readonly outBytes?: number;
  /** Kafka's own (`__consumer_offsets` and the like): what it costs is shared. */
  readonly internal?: true;
  readonly cleanupPolicy: string;
  /** −1: for ever. Absent: unknown. */
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  /** Age of the oldest record that is still there, ms. */
  readonly oldestAgeMs?: number;
}

export interface GroupUsage {
  readonly group: string;
  readonly topic: string;
  /** Members or a commit that moved within the hour. */
  readonly live: boolean;
  readonly fetchedRecords?: number;
  readonly fetchedBytes?: number;
  /** Largest age of a record at a committed position in the hour; 0 where all is read. Absent: unknown, and so is how little may be kept. */
  readonly maxTimeLagMs?: number;
  /** A position is before the first record that is kept: records were gone before they were read. The lag is then that of the oldest one there. */
  readonly lost?: true;
  /** Largest age of a record that was read again (a position that went back) in the hour; absent: nothing was. */
  readonly replayAgeMs?: number;
}

export interface JobUsage {
  /** "": slots that were there and that nobody used. */
  readonly job: string;
  readonly cluster: string;
  readonly slotSeconds: number;
}

export interface ServiceUsage {
  readonly service: string;
  readonly taskSeconds: number;
  readonly cpu?: number;
  readonly memoryMb?: number;
  /** Percent, of the hour. */
  readonly cpuAvg?: number;
  readonly cpuP95?: number;
  readonly cpuP99?: number;
  readonly cpuMax?: number;
  readonly memoryAvg?: number;
  readonly memoryP95?: number;
  readonly memoryP99?: number;
  readonly memoryMax?: number;
  readonly samples?: number;
  /** Requests in the hour. */
  readonly requests?: number;
}
