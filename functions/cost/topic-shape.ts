import type { TopicSeen } from "../../shared/core/cost/observe/hours.ts";
import type { SeenPartition } from "../../shared/core/cost/observe/look.ts";
import type { HeldConfig, LogDir, PartitionOffsets, TopicInfo } from "../../shared/core/kernel/streams.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";

/** What a look found of one topic. */
export interface TopicFound {
  readonly info: TopicInfo;
  readonly configs: readonly HeldConfig[];
  /** By partition number; undefined: it could not be asked. */
  readonly offsets: readonly (PartitionOffsets | undefined)[];
  /** Bytes of all replicas; absent: brokers do not tell. */
  readonly dirs?: number;
}

const numberOf = (configs: readonly HeldConfig[], name: string): number | undefined => {
  const value = configs.find((one) => one.name === name)?.value;
  const number = value === undefined || value === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
};
const factorOf = ({ partitions }: TopicInfo): number =>
  Math.max(1, ...partitions.map(({ replicas }) => replicas.length));

/** Bytes that the leaders say they have; absent where one of them does not. */
export function leaderBytes({ offsets }: Pick<TopicFound, "offsets">): number | undefined {
  let sum = 0;
  for (const one of offsets) {
    if (one?.bytes === undefined) return undefined;
    sum += one.bytes;
  }
  return offsets.length === 0 ? undefined : sum;
}

/** On all disks: as the brokers tell of every replica, else the leaders' bytes for each copy. */
export function storedBytes(found: TopicFound): number | undefined {
  if (found.dirs !== undefined) return found.dirs;
  const leaders = leaderBytes(found);
  return leaders === undefined ? undefined : leaders * factorOf(found.info);
}

export const isCompacted = ({ configs }: Pick<TopicFound, "configs">): boolean =>
  (configs.find(({ name }) => name === "cleanup.policy")?.value ?? "").includes("compact");

/** What a topic is at this moment. `oldest`: of each partition, as far as it is known. */
export function shapeOf(found: TopicFound, seen: readonly (SeenPartition | null)[], now: Millis): TopicSeen {
  const { info, configs } = found;
  const stored = storedBytes(found);
  const retention = numberOf(configs, "retention.ms");
  const retentionBytes = numberOf(configs, "retention.bytes");
  const firsts = seen.flatMap((one) => (one?.oldest === undefined ? [] : [one.oldest]));
  return {
    ...{ topic: info.name, topicId: info.id, partitions: info.partitions.length, replicationFactor: factorOf(info) },
    ...(info.internal ? { internal: true } : {}),
    ...(stored === undefined ? {} : { storedBytes: stored }),
    // Not "delete": what is not known must not be taken for a topic whose records may go.
    cleanupPolicy: configs.find(({ name }) => name === "cleanup.policy")?.value ?? "unknown",
    ...(retention === undefined ? {} : { retentionMs: retention }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
    ...(firsts.length === 0 ? {} : { oldestAgeMs: Math.max(0, now - Math.min(...firsts)) }),
  };
}

/** Bytes by topic of all replicas that serve; a copy on its way to another disk is no replica yet. */
export function bytesByTopic(dirs: readonly LogDir[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { topic, bytes, future } of dirs) if (!future) sums.set(topic, (sums.get(topic) ?? 0) + bytes);
  return sums;
}
