import { CODECS, type Codec } from "../core/backup/batch/header.ts";
import type { Batch } from "../core/backup/batch/walk.ts";
import type { Offset, StreamsCluster, TopicPartition } from "../core/kernel/streams.ts";
import type { Millis } from "../core/kernel/time.ts";
import { admit } from "./memory-streams-batch.ts";
import { configOf } from "./memory-streams-configs.ts";
import { type Faults, memoryFaults } from "./memory-streams-faults.ts";
import { type MemoryGroups, memoryGroups } from "./memory-streams-groups.ts";
import { appendTo, type PartitionLog, retainIn, type StoredBatch } from "./memory-streams-partition.ts";
import { memoryRules } from "./memory-streams-rules.ts";
import type { MemoryTopic } from "./memory-streams-topics.ts";
import type { MemoryStreamsOptions } from "./memory-streams-types.ts";

/** Everything a cluster in memory knows; the port and the controls are ways to look at it and to change it. */
export interface World {
  readonly now: () => Millis;
  readonly random: () => number;
  cluster: StreamsCluster;
  readonly defaults: Readonly<Record<string, string>>;
  readonly topics: Map<string, MemoryTopic>;
  readonly groups: MemoryGroups;
  readonly rules: ReturnType<typeof memoryRules>;
  readonly faults: Faults;
  readonly producers: Map<string, { readonly id: number; epoch: number; sequence: number; busy: boolean }>;
  changes: number;
}

export function newWorld(options: MemoryStreamsOptions): World {
  const brokers = Array.from({ length: options.brokers ?? 1 }, (_, index) => ({
    id: index + 1,
    host: "memory",
    port: 9092 + index,
  }));
  const topics = new Map<string, MemoryTopic>();
  const now = options.now ?? Date.now;
  return {
    // Times of records are whole: a clock that runs faster than ours gives fractions.
    now: () => Math.floor(now()),
    random: options.random ?? Math.random,
    cluster: { id: "memory", brokers, controller: 1, ...options.cluster },
    defaults: options.defaults ?? {},
    topics,
    groups: memoryGroups((topic, partition) => topics.get(topic)?.partitions[partition] !== undefined),
    rules: memoryRules(),
    faults: memoryFaults(),
    producers: new Map(),
    changes: 0,
  };
}

export const partitionOf = (world: World, { topic, partition }: TopicPartition): PartitionLog | undefined =>
  world.topics.get(topic)?.partitions[partition];

const setting = (world: World, topic: MemoryTopic, name: string): string =>
  configOf(topic.configs, world.defaults, name);

export const isCompacted = (world: World, topic: MemoryTopic): boolean =>
  setting(world, topic, "cleanup.policy").includes("compact");

export const deletesOld = (world: World, topic: MemoryTopic): boolean =>
  setting(world, topic, "cleanup.policy").includes("delete");

export const deleteRetention = (world: World, topic: MemoryTopic): number =>
  Number(setting(world, topic, "delete.retention.ms"));

/** Retention by the topic's own settings. */
export function retain(world: World, topic: MemoryTopic): void {
  if (!deletesOld(world, topic)) return;
  const age = Number(setting(world, topic, "retention.ms"));
  const most = Number(setting(world, topic, "retention.bytes"));
  for (const log of topic.partitions) retainIn(log, age < 0 ? undefined : world.now() - age, most);
}

/** Checks a batch against the topic's rules; a text: why it is refused. */
export function admitTo(world: World, topic: MemoryTopic, batch: Batch): Uint8Array | string {
  const codec = setting(world, topic, "compression.type");
  return admit(batch, {
    now: world.now(),
    maxBytes: Number(setting(world, topic, "max.message.bytes")),
    keysNeeded: isCompacted(world, topic),
    appendTime: setting(world, topic, "message.timestamp.type") === "LogAppendTime",
    behind: Number(setting(world, topic, "message.timestamp.before.max.ms")),
    ahead: Number(setting(world, topic, "message.timestamp.after.max.ms")),
    codec: codec === "uncompressed" ? "none" : CODECS.find((one): one is Codec => one === codec),
  });
}

/** Appends what was admitted. */
export function appendBatch(
  world: World,
  log: PartitionLog,
  bytes: Uint8Array,
  facts: Pick<StoredBatch, "maxTimestamp" | "producerId" | "fate"> & { readonly offsets: number },
): Offset {
  world.changes++;
  return appendTo(log, bytes, facts);
}
