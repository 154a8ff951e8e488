import type {
  Fetched,
  FetchRequest,
  GroupOffset,
  HeldConfig,
  LogDir,
  NewTopic,
  Offset,
  PartitionOffsets,
  Produced,
  StreamAcl,
  StreamGroup,
  StreamQuota,
  StreamsCluster,
  StreamsResult,
  TopicConfig,
  TopicInfo,
  TopicPartition,
} from "../kernel/streams.ts";
import type { Millis } from "../kernel/time.ts";

/**
 * One Kafka cluster: its log, topics, groups and rules. No consumer group is joined.
 *
 * Errors of every call: HeadgateError `streams.unavailable` (retryable where the same call may succeed later: no broker answers, a leader moves),
 * `streams.denied` (an ACL or the sign-in; the message names operation and resource). What concerns one topic or partition of many is in its
 * answer, never an error of the whole call.
 */
export interface Streams {
  cluster(): Promise<StreamsCluster>;
  /** Every topic, by name. */
  topics(): Promise<readonly TopicInfo[]>;
  /** Settings that differ from the default, by topic and sorted by name; topics that are not there are absent. */
  topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, readonly TopicConfig[]>>;
  /** Every setting that holds for each topic, sorted by name, and whether it is the topic's own; topics that are not there are absent. */
  heldConfigs(names: readonly string[]): Promise<ReadonlyMap<string, readonly HeldConfig[]>>;
  /**
   * Bytes on the disks of every replica, by topic, partition and broker. A broker that does not answer is left out: what it has is absent, not zero.
   * Clusters that do not tell at all reject with `streams.unavailable` (final).
   */
  logDirs(): Promise<readonly LogDir[]>;
  /** All offsets of a call are read within one round, as near together as the brokers allow. Partitions that are not there are absent. */
  offsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffsets[]>;
  /** First offset whose record is as old as `at` or younger; absent: none is. */
  offsetsAt(
    partitions: readonly TopicPartition[],
    at: Millis,
  ): Promise<readonly (TopicPartition & { readonly offset: Offset })[]>;
  /** One answer for each request, in their order; read committed, so nothing past the last stable offset. Waits at most `waitMs` (default 500) where nothing is there. */
  fetch(requests: readonly FetchRequest[], options?: { readonly waitMs?: number }): Promise<readonly Fetched[]>;
  /** Without `ids`: all groups that have offsets or members. */
  groups(ids?: readonly string[]): Promise<readonly StreamGroup[]>;
  acls(): Promise<readonly StreamAcl[]>;
  quotas(): Promise<readonly StreamQuota[]>;

  createTopic(topic: NewTopic): Promise<StreamsResult>;
  /** Sets exactly these; `value` undefined takes a setting away (the default holds again). `dryRun`: only says whether it would be taken. */
  setTopicConfigs(
    topic: string,
    configs: readonly { readonly name: string; readonly value: string | undefined }[],
    options?: { readonly dryRun?: boolean },
  ): Promise<StreamsResult>;
  addPartitions(topic: string, total: number): Promise<StreamsResult>;
  /** Deleting what is not there is done. */
  deleteTopic(topic: string): Promise<StreamsResult>;
  /** Everything before the offset goes; `logStart` becomes it. */
  deleteRecords(before: readonly (TopicPartition & { readonly offset: Offset })[]): Promise<StreamsResult>;
  /**
   * Appends whole uncompressed record batches (magic 2) to each partition, acknowledged by all replicas in sync. Their offsets are assigned by the broker;
   * their timestamps stay where the topic's timestamp type is CreateTime. `unknown`: it may have been appended; look at the end of the log.
   * At most one request for a partition in one call.
   */
  append(batches: readonly (TopicPartition & { readonly records: Uint8Array })[]): Promise<readonly Produced[]>;
  /**
   * Moves the ends of partitions forward by `count` offsets that no consumer sees (transaction markers). Resolves to where the ends are after it; fewer than asked for is
   * possible, more is not. `refused` where the cluster does not let us.
   */
  skip(
    parts: readonly (TopicPartition & { readonly count: number })[],
  ): Promise<
    readonly (TopicPartition &
      ({ readonly status: "done"; readonly end: Offset } | { readonly status: "refused"; readonly why: string }))[]
  >;
  /** Sets the positions of a group that has no members; others stay as they are. */
  setGroupOffsets(group: string, offsets: readonly GroupOffset[]): Promise<StreamsResult>;
  deleteGroup(group: string): Promise<StreamsResult>;
  addAcls(acls: readonly StreamAcl[]): Promise<StreamsResult>;
  setQuotas(quotas: readonly StreamQuota[]): Promise<StreamsResult>;
  close(): Promise<void>;
}
