import type { NewTopic, TopicConfig, TopicInfo } from "../core/kernel/streams.ts";
import type { Millis } from "../core/kernel/time.ts";
import { refusedConfig } from "./memory-streams-configs.ts";
import { emptyPartition, type PartitionLog } from "./memory-streams-partition.ts";

export interface MemoryTopic {
  readonly name: string;
  readonly id: string;
  readonly replicationFactor: number;
  readonly partitions: PartitionLog[];
  readonly configs: Map<string, string>;
  /** Of each partition: see compactPartition. */
  readonly met: Map<number, Millis>[];
}

/** Names that Kafka keeps for itself (org.apache.kafka.common.internals.Topic). */
const INTERNAL = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** 128 random bits, as Kafka writes topic ids. */
function topicId(random: () => number): string {
  let id = ALPHABET[Math.floor(random() * 26)] ?? "A";
  while (id.length < 21) id += ALPHABET[Math.floor(random() * 64)];
  return id + (ALPHABET[Math.floor(random() * 4) * 16] ?? "A");
}

export function newTopic(
  { name, partitions, replicationFactor, configs }: NewTopic,
  random: () => number,
): MemoryTopic {
  return {
    name,
    id: topicId(random),
    replicationFactor,
    partitions: Array.from({ length: partitions }, emptyPartition),
    met: Array.from({ length: partitions }, () => new Map()),
    configs: new Map(configs.map((one) => [one.name, one.value])),
  };
}

/** Why a cluster of so many brokers does not take the topic. */
export function refusedTopic(topic: NewTopic, brokers: number, others: Iterable<string>): string | undefined {
  const { name, partitions, replicationFactor, configs } = topic;
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(name) || name === "." || name === "..")
    return `topic name ${JSON.stringify(name.slice(0, 300))} is illegal: letters, digits, '.', '_' and '-', at most 249`;
  const collides = [...others].find((other) => other.replaceAll(".", "_") === name.replaceAll(".", "_"));
  if (collides !== undefined) return `topic ${name} collides with existing topic ${collides}`;
  if (!Number.isInteger(partitions) || partitions < 1) return `${partitions} is no number of partitions`;
  if (!Number.isInteger(replicationFactor) || replicationFactor < 1)
    return `${replicationFactor} is no replication factor`;
  if (replicationFactor > brokers)
    return `replication factor ${replicationFactor} is larger than the ${brokers} available brokers`;
  return refusedConfigs(configs);
}

export function refusedConfigs(configs: readonly TopicConfig[]): string | undefined {
  for (const { name, value } of configs) {
    const why = refusedConfig(name, value);
    if (why !== undefined) return why;
  }
  return undefined;
}

export function topicInfo(
  topic: MemoryTopic,
  brokers: readonly { readonly id: number }[],
  isLeaderless: (partition: number) => boolean,
): TopicInfo {
  return {
    name: topic.name,
    id: topic.id,
    internal: INTERNAL.includes(topic.name),
    partitions: topic.partitions.map((_, partition) => {
      const replicas = Array.from(
        { length: topic.replicationFactor },
        (_one, index) => brokers[(partition + index) % brokers.length]?.id ?? 0,
      );
      const [leader] = replicas;
      return isLeaderless(partition)
        ? { partition, replicas, inSync: [] }
        : { partition, ...(leader === undefined ? {} : { leader }), replicas, inSync: replicas };
    }),
  };
}
