import * as v from "valibot";
import { readBatch } from "../core/backup/batch/walk.ts";
import { mark } from "./memory-streams-marks.ts";
import { decide, type PartitionLog } from "./memory-streams-partition.ts";
import { newTopic } from "./memory-streams-topics.ts";
import type { World } from "./memory-streams-world.ts";

const Partition = v.object({
  logStart: v.number(),
  end: v.number(),
  /** Base offset, last offset, what became of it, bytes in base64. */
  batches: v.array(
    v.tuple([v.number(), v.number(), v.picklist(["plain", "open", "committed", "aborted", "marker"]), v.string()]),
  ),
  /** Producer and first offset; with a marker's offset: decided. */
  open: v.array(v.tuple([v.number(), v.number()])),
  aborted: v.array(v.object({ producerId: v.number(), firstOffset: v.number(), lastOffset: v.number() })),
  met: v.array(v.tuple([v.number(), v.number()])),
});
const config = v.object({ name: v.string(), value: v.string() });
const Saved = v.object({
  v: v.literal(1),
  cluster: v.string(),
  topics: v.array(
    v.object({
      name: v.string(),
      id: v.string(),
      replicationFactor: v.number(),
      configs: v.array(config),
      partitions: v.array(Partition),
    }),
  ),
  groups: v.array(
    v.object({
      id: v.string(),
      state: v.string(),
      protocolType: v.string(),
      offsets: v.array(
        v.object({
          topic: v.string(),
          partition: v.number(),
          offset: v.number(),
          metadata: v.exactOptional(v.string()),
        }),
      ),
    }),
  ),
  acls: v.array(
    v.object({
      resourceType: v.string(),
      resourceName: v.string(),
      patternType: v.string(),
      principal: v.string(),
      host: v.string(),
      operation: v.string(),
      permission: v.string(),
    }),
  ),
  quotas: v.array(
    v.object({ entity: v.record(v.string(), v.nullable(v.string())), values: v.record(v.string(), v.number()) }),
  ),
  producers: v.array(v.object({ name: v.string(), id: v.number(), epoch: v.number() })),
});

const dumpPartition = (log: PartitionLog, met: ReadonlyMap<number, number>): v.InferOutput<typeof Partition> => ({
  logStart: log.logStart,
  end: log.end,
  batches: log.batches.map(({ base, last, fate, bytes }) => [base, last, fate, Buffer.from(bytes).toString("base64")]),
  open: [...log.open],
  aborted: log.aborted,
  met: [...met],
});

/** Everything a cluster in memory holds, as JSON. */
export function dump(world: World): string {
  const saved: v.InferOutput<typeof Saved> = {
    v: 1,
    cluster: world.cluster.id,
    topics: [...world.topics.values()].map(({ name, id, replicationFactor, configs, partitions, met }) => ({
      name,
      id,
      replicationFactor,
      configs: [...configs].map(([key, value]) => ({ name: key, value })),
      partitions: partitions.map((log, index) => dumpPartition(log, met[index] ?? new Map())),
    })),
    groups: world.groups.all().map((group) => ({ ...group, offsets: [...group.offsets] })),
    acls: [...world.rules.acls()],
    quotas: world.rules.quotas().map(({ entity, values }) => ({ entity: { ...entity }, values: { ...values } })),
    producers: [...world.producers].map(([name, { id, epoch }]) => ({ name, id, epoch })),
  };
  return JSON.stringify(saved);
}

/**
 * Replaces everything by a snapshot. Transactions that were open then are aborted, as a broker does with those whose producer is gone.
 * Throws for what no snapshot is; nothing was changed then.
 */
export function load(world: World, text: string): void {
  const saved = v.parse(Saved, JSON.parse(text));
  const topics = saved.topics.map(({ partitions, ...one }) => {
    const topic = { ...newTopic({ ...one, partitions: partitions.length }, () => 0), id: one.id };
    for (const [index, part] of partitions.entries()) {
      const log = topic.partitions[index];
      if (!log) continue;
      log.logStart = part.logStart;
      log.end = part.end;
      log.aborted = part.aborted;
      log.batches = part.batches.map(([base, last, fate, base64]) => {
        const bytes = new Uint8Array(Buffer.from(base64, "base64"));
        const { maxTimestamp, producerId } = readBatch(bytes).header;
        return { base, last, fate, bytes, maxTimestamp: Number(maxTimestamp), producerId };
      });
      log.bytes = log.batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
      for (const [producerId, first] of part.open) log.open.set(producerId, first);
      for (const [base, at] of part.met) topic.met[index]?.set(base, at);
    }
    return topic;
  });
  world.cluster = { ...world.cluster, id: saved.cluster };
  world.topics.clear();
  for (const topic of topics) world.topics.set(topic.name, topic);
  world.groups.load(saved.groups);
  world.rules.load(saved.acls, saved.quotas);
  world.producers.clear();
  for (const { name, id, epoch } of saved.producers) world.producers.set(name, { id, epoch, sequence: 0, busy: false });
  world.changes++;
  for (const { partitions } of topics)
    for (const log of partitions)
      for (const id of [...log.open.keys()]) decide(log, id, "aborted", mark(world, log, "abort", { id, epoch: 0 }));
}
