import { readHeader } from "../core/backup/batch/header.ts";
import { walkBatches } from "../core/backup/batch/walk.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Offset, Produced, StreamsResult } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { recordsOf } from "./memory-streams-batch.ts";
import { heldBy } from "./memory-streams-configs.ts";
import { memoryControls } from "./memory-streams-controls.ts";
import { skipIn } from "./memory-streams-marks.ts";
import { stableOf, startAt } from "./memory-streams-partition.ts";
import { readOne } from "./memory-streams-read.ts";
import { newTopic, refusedConfigs, refusedTopic, topicInfo } from "./memory-streams-topics.ts";
import type { MemoryLog, MemoryStreamsOptions } from "./memory-streams-types.ts";
import { admitTo, appendBatch, deletesOld, newWorld, partitionOf, retain, type World } from "./memory-streams-world.ts";

const DONE: StreamsResult = { status: "done" };
const refused = (why: string): StreamsResult => ({ status: "refused", why });
const missing = (topic: string, partition?: number): string =>
  partition === undefined ? `topic ${topic} is not there` : `${topic}/${partition} is not there`;

/** A Kafka cluster in memory, empty at first. */
export function memoryStreams(options: MemoryStreamsOptions = {}): MemoryLog {
  const world = newWorld(options);
  return { ...reading(world), ...changing(world), ...memoryControls(world), close: async () => {} };
}

type Reading = Pick<
  Streams,
  | "cluster"
  | "topics"
  | "topicConfigs"
  | "heldConfigs"
  | "logDirs"
  | "offsets"
  | "offsetsAt"
  | "fetch"
  | "groups"
  | "acls"
  | "quotas"
>;

function reading(world: World): Reading {
  const { faults } = world;
  const led = (topic: string, partition: number): void => {
    if (faults.isLeaderless(topic, partition))
      throw new HeadgateError("streams.unavailable", `${topic}/${partition} has no leader`, { retryable: true });
  };
  return {
    cluster: async () => {
      await faults.meet("cluster");
      return structuredClone(world.cluster);
    },
    topics: async () => {
      await faults.meet("topics");
      return [...world.topics.values()]
        .filter(({ name }) => faults.denied("DESCRIBE", "TOPIC", name) === undefined)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((topic) => topicInfo(topic, world.cluster.brokers, (one) => faults.isLeaderless(topic.name, one)));
    },
    topicConfigs: async (names) => {
      await faults.meet("topicConfigs");
      for (const name of names) faults.need("DESCRIBE_CONFIGS", "TOPIC", name);
      return new Map(
        names.flatMap((name) => {
          const topic = world.topics.get(name);
          if (!topic) return [];
          const configs = [...topic.configs].sort(([a], [b]) => (a < b ? -1 : 1));
          return [[name, configs.map(([config, value]) => ({ name: config, value }))]];
        }),
      );
    },
    heldConfigs: async (names) => {
      await faults.meet("heldConfigs");
      for (const name of names) faults.need("DESCRIBE_CONFIGS", "TOPIC", name);
      return new Map(
        names.flatMap((name) => {
          const topic = world.topics.get(name);
          return topic ? [[name, heldBy(topic.configs, world.defaults)]] : [];
        }),
      );
    },
    logDirs: async () => {
      await faults.meet("logDirs");
      faults.need("DESCRIBE", "CLUSTER", "kafka-cluster");
      return [...world.topics.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((topic) =>
          topicInfo(topic, world.cluster.brokers, () => false).partitions.flatMap(({ partition, replicas }) =>
            replicas.map((broker) => ({
              topic: topic.name,
              partition,
              broker,
              bytes: topic.partitions[partition]?.bytes ?? 0,
            })),
          ),
        );
    },
    offsets: async (partitions) => {
      await faults.meet("offsets");
      return partitions.flatMap(({ topic, partition }) => {
        faults.need("DESCRIBE", "TOPIC", topic);
        const log = partitionOf(world, { topic, partition });
        if (!log) return [];
        led(topic, partition);
        const { logStart, end, bytes } = log;
        return [{ topic, partition, logStart, stable: stableOf(log), end, bytes }];
      });
    },
    offsetsAt: async (partitions, at) => {
      await faults.meet("offsetsAt");
      return partitions.flatMap(({ topic, partition }) => {
        faults.need("DESCRIBE", "TOPIC", topic);
        const log = partitionOf(world, { topic, partition });
        if (!log) return [];
        led(topic, partition);
        for (const { base, bytes, maxTimestamp } of log.batches) {
          if (maxTimestamp < at) continue;
          const found = recordsOf(bytes).find(
            (record) => Number(record.timestamp) >= at && base + record.offset >= log.logStart,
          );
          if (!found) continue;
          const offset = base + found.offset;
          return offset < stableOf(log) ? [{ topic, partition, offset }] : [];
        }
        return [];
      });
    },
    fetch: async (requests) => {
      await faults.meet("fetch");
      const answers = requests.map((request) => readOne(world, request));
      // A loop that asks until something comes lets others work.
      if (answers.every((one) => one.status === "ok" && one.records.length === 0))
        await new Promise<void>((resolve) => setImmediate(resolve));
      return answers;
    },
    groups: async (ids) => {
      await faults.meet("groups");
      for (const id of ids ?? []) faults.need("DESCRIBE", "GROUP", id);
      return world.groups.list(ids).filter(({ id }) => faults.denied("DESCRIBE", "GROUP", id) === undefined);
    },
    acls: async () => {
      await faults.meet("acls");
      faults.need("DESCRIBE", "CLUSTER", "kafka-cluster");
      return world.rules.acls();
    },
    quotas: async () => {
      await faults.meet("quotas");
      faults.need("DESCRIBE_CONFIGS", "CLUSTER", "kafka-cluster");
      return world.rules.quotas();
    },
  };
}

function appendOne(world: World, topic: string, partition: number, records: Uint8Array): Produced {
  const place = { topic, partition };
  const denied = world.faults.denied("WRITE", "TOPIC", topic);
  if (denied !== undefined) return { ...place, status: "refused", why: denied };
  const known = world.topics.get(topic);
  const log = known?.partitions[partition];
  if (!known || !log) return { ...place, status: "refused", why: missing(topic, partition) };
  if (world.faults.isLeaderless(topic, partition))
    return { ...place, status: "unknown", why: `${topic}/${partition} has no leader` };
  const admitted: { readonly bytes: Uint8Array; readonly count: number; readonly maxTimestamp: number }[] = [];
  for (const batch of walkBatches(records)) {
    if (batch.header.transactional)
      return { ...place, status: "refused", why: "the batch is of a transaction that is not open" };
    const bytes = admitTo(world, known, batch);
    if (typeof bytes === "string") return { ...place, status: "refused", why: bytes };
    admitted.push({ bytes, count: batch.header.count, maxTimestamp: Number(readHeader(bytes).maxTimestamp) });
  }
  const baseOffset: Offset = log.end;
  for (const { bytes, count, maxTimestamp } of admitted)
    appendBatch(world, log, bytes, { offsets: count, maxTimestamp, producerId: -1, fate: "plain" });
  retain(world, known);
  return { ...place, status: "done", baseOffset, logStart: log.logStart };
}

type Changing = Omit<Streams, keyof Reading | "close">;

function changing(world: World): Changing {
  const { faults, topics } = world;
  const changed = (result: StreamsResult): StreamsResult => {
    world.changes++;
    return result;
  };
  return {
    createTopic: async (topic) => {
      await faults.meet("createTopic");
      faults.need("CREATE", "TOPIC", topic.name);
      if (topics.has(topic.name)) return { status: "exists" };
      const why = refusedTopic(topic, world.cluster.brokers.length, topics.keys());
      if (why !== undefined) return refused(why);
      topics.set(topic.name, newTopic(topic, world.random));
      return changed(DONE);
    },
    setTopicConfigs: async (name, configs, { dryRun = false } = {}) => {
      await faults.meet("setTopicConfigs");
      faults.need("ALTER_CONFIGS", "TOPIC", name);
      const topic = topics.get(name);
      if (!topic) return refused(missing(name));
      const why = refusedConfigs(configs.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])));
      if (why !== undefined) return refused(why);
      if (dryRun) return DONE;
      for (const config of configs) {
        if (config.value === undefined) topic.configs.delete(config.name);
        else topic.configs.set(config.name, config.value);
      }
      return changed(DONE);
    },
    addPartitions: async (name, total) => {
      await faults.meet("addPartitions");
      faults.need("ALTER", "TOPIC", name);
      const topic = topics.get(name);
      if (!topic) return refused(missing(name));
      const count = topic.partitions.length;
      if (total === count) return { status: "exists" };
      if (!Number.isInteger(total) || total < count)
        return refused(`topic ${name} has ${count} partitions, which is more than ${total}`);
      const { partitions, met } = newTopic(
        { name, partitions: total - count, replicationFactor: 1, configs: [] },
        world.random,
      );
      topic.partitions.push(...partitions);
      topic.met.push(...met);
      return changed(DONE);
    },
    deleteTopic: async (name) => {
      await faults.meet("deleteTopic");
      faults.need("DELETE", "TOPIC", name);
      if (topics.delete(name)) world.groups.forget(name);
      return changed(DONE);
    },
    deleteRecords: async (before) => {
      await faults.meet("deleteRecords");
      for (const { topic } of before) faults.need("DELETE", "TOPIC", topic);
      for (const { topic, partition, offset } of before) {
        const known = topics.get(topic);
        const log = known?.partitions[partition];
        if (!known || !log) return refused(missing(topic, partition));
        if (offset < 0 || offset > log.end)
          return refused(`offset ${offset} of ${topic}/${partition} is past its end ${log.end}`);
        if (!deletesOld(world, known))
          return refused(`records of ${topic}/${partition} cannot be deleted: its cleanup.policy has no "delete"`);
      }
      for (const { offset, ...place } of before) {
        const log = partitionOf(world, place);
        if (log) startAt(log, offset);
      }
      return changed(DONE);
    },
    append: async (batches) => {
      await faults.meet("append");
      return batches.map(({ topic, partition, records }) => appendOne(world, topic, partition, records));
    },
    skip: async (parts) => {
      await faults.meet("skip");
      return parts.map(({ topic, partition, count }) => {
        const place = { topic, partition };
        const log = partitionOf(world, place);
        const why = faults.denied("WRITE", "TOPIC", topic) ?? (log ? undefined : missing(topic, partition));
        if (!log || why !== undefined) return { ...place, status: "refused" as const, why: why ?? "" };
        skipIn(world, log, count);
        return { ...place, status: "done" as const, end: log.end };
      });
    },
    setGroupOffsets: async (group, offsets) => {
      await faults.meet("setGroupOffsets");
      faults.need("READ", "GROUP", group);
      return changed(world.groups.set(group, offsets));
    },
    deleteGroup: async (group) => {
      await faults.meet("deleteGroup");
      faults.need("DELETE", "GROUP", group);
      return changed(world.groups.remove(group));
    },
    addAcls: async (acls) => {
      await faults.meet("addAcls");
      faults.need("ALTER", "CLUSTER", "kafka-cluster");
      return changed(world.rules.addAcls(acls));
    },
    setQuotas: async (quotas) => {
      await faults.meet("setQuotas");
      faults.need("ALTER_CONFIGS", "CLUSTER", "kafka-cluster");
      return changed(world.rules.setQuotas(quotas));
    },
  };
}
