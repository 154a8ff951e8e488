import type { ControlKind } from "../core/backup/batch/control.ts";
import { readBatch } from "../core/backup/batch/walk.ts";
import type { Offset } from "../core/kernel/streams.ts";
import { newBatch, recordsOf } from "./memory-streams-batch.ts";
import { compactPartition } from "./memory-streams-compact.ts";
import { mark } from "./memory-streams-marks.ts";
import { decide, indexAt, type PartitionLog, retainIn, stableOf, truncateTo } from "./memory-streams-partition.ts";
import { dump, load } from "./memory-streams-snapshot.ts";
import { type MemoryTopic, newTopic } from "./memory-streams-topics.ts";
import type {
  ConsumedRecord,
  MemoryLog,
  MemoryRecord,
  MemoryTransaction,
  ProduceOptions,
} from "./memory-streams-types.ts";
import { admitTo, appendBatch, deleteRetention, isCompacted, retain, type World } from "./memory-streams-world.ts";

function topicOf(world: World, name: string): MemoryTopic {
  const topic = world.topics.get(name);
  if (!topic) throw new RangeError(`topic ${name} is not there`);
  return topic;
}

function partOf(topic: MemoryTopic, partition: number): PartitionLog {
  const log = topic.partitions[partition];
  if (!log) throw new RangeError(`${topic.name}/${partition} is not there`);
  return log;
}

function produce(
  world: World,
  name: string,
  partition: number,
  records: readonly MemoryRecord[],
  { codec = "none" }: ProduceOptions,
  producer?: { readonly id: number; readonly epoch: number; readonly sequence: number },
): Offset {
  const topic = topicOf(world, name);
  const log = partOf(topic, partition);
  const bytes = admitTo(world, topic, readBatch(newBatch(records, world.now(), codec, producer)));
  if (typeof bytes === "string") throw new RangeError(bytes);
  const base = appendBatch(world, log, bytes, {
    offsets: records.length,
    maxTimestamp: Number(readBatch(bytes).header.maxTimestamp),
    producerId: producer?.id ?? -1,
    fate: producer ? "open" : "plain",
  });
  retain(world, topic);
  return base;
}

function begin(world: World, name: string): MemoryTransaction {
  let producer = world.producers.get(name);
  if (!producer)
    world.producers.set(name, (producer = { id: 1000 + world.producers.size, epoch: -1, sequence: 0, busy: false }));
  if (producer.busy) throw new RangeError(`producer ${name} is in a transaction already`);
  const one = producer;
  one.busy = true;
  one.epoch++;
  one.sequence = 0;
  const touched = new Set<PartitionLog>();
  let over = false;
  const end = (type: ControlKind): void => {
    if (over) throw new RangeError(`the transaction of ${name} is over`);
    over = true;
    one.busy = false;
    for (const log of touched)
      decide(log, one.id, type === "abort" ? "aborted" : "committed", mark(world, log, type, one));
  };
  return {
    producerId: one.id,
    produce: (topic, partition, records, options = {}) => {
      if (over) throw new RangeError(`the transaction of ${name} is over`);
      const base = produce(world, topic, partition, records, options, one);
      one.sequence += records.length;
      touched.add(partOf(topicOf(world, topic), partition));
      return base;
    },
    commit: () => end("commit"),
    abort: () => end("abort"),
  };
}

function consume(log: PartitionLog, from: Offset): readonly ConsumedRecord[] {
  const found: ConsumedRecord[] = [];
  const stable = stableOf(log);
  const start = Math.max(from, log.logStart);
  for (let index = indexAt(log, start); index < log.batches.length; index++) {
    const batch = log.batches[index];
    if (!batch || batch.base >= stable) break;
    if (batch.fate !== "plain" && batch.fate !== "committed") continue;
    for (const { offset, timestamp, key, value, headers } of recordsOf(batch.bytes)) {
      if (batch.base + offset < start) continue;
      found.push({
        offset: batch.base + offset,
        timestamp: Number(timestamp),
        key,
        value,
        headers: headers.map((one) => [one.key, one.value]),
      });
    }
  }
  return found;
}

type Controls = Pick<
  MemoryLog,
  | "produce"
  | "transaction"
  | "consume"
  | "compact"
  | "expire"
  | "retain"
  | "recreate"
  | "truncate"
  | "commitGroup"
  | "faults"
  | "snapshot"
  | "restore"
  | "size"
  | "changes"
  | "groupOf"
>;

/** What is done to a cluster in memory from outside its port. */
export function memoryControls(world: World): Controls {
  return {
    produce: (topic, partition, records, options = {}) => produce(world, topic, partition, records, options),
    transaction: (producer = "producer") => begin(world, producer),
    consume: (topic, partition, from = 0) => consume(partOf(topicOf(world, topic), partition), from),
    compact: (name) => {
      const topic = topicOf(world, name);
      if (!isCompacted(world, topic)) return;
      for (const [partition, log] of topic.partitions.entries())
        compactPartition(log, world.now(), deleteRetention(world, topic), topic.met[partition] ?? new Map());
      world.changes++;
    },
    expire: (name, before) => {
      for (const log of topicOf(world, name).partitions) retainIn(log, before, -1);
      world.changes++;
    },
    retain: () => {
      for (const topic of world.topics.values()) retain(world, topic);
    },
    recreate: (name) => {
      const { partitions, replicationFactor, configs } = topicOf(world, name);
      world.groups.forget(name);
      const again = {
        name,
        partitions: partitions.length,
        replicationFactor,
        configs: [...configs].map(([config, value]) => ({ name: config, value })),
      };
      world.topics.set(name, newTopic(again, world.random));
      world.changes++;
    },
    truncate: (name, partition, end) => {
      truncateTo(partOf(topicOf(world, name), partition), end);
      world.changes++;
    },
    commitGroup: (group, offsets, { state, protocolType } = {}) => {
      world.groups.commit(group, offsets, state, protocolType);
      world.changes++;
    },
    faults: world.faults.control,
    snapshot: () => dump(world),
    restore: (text) => load(world, text),
    size: () =>
      [...world.topics.values()].reduce(
        (sum, { partitions }) => sum + partitions.reduce((all, one) => all + one.bytes, 0),
        0,
      ),
    changes: () => world.changes,
    groupOf: (id) => world.groups.list([id])[0],
  };
}
