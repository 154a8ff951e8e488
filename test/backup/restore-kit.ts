import type { RestoreContext, RestoreSource } from "../../functions/backup/restore-types.ts";
import { committed } from "../../shared/core/backup/batch/committed.ts";
import { summarize } from "../../shared/core/backup/batch/frames.ts";
import { trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import type { ChunkRef, KafkaPart, Manifest, PartitionPart } from "../../shared/core/backup/format/types.ts";
import type { PointParts, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { ConsumedRecord, MemoryLog } from "../../shared/edge/memory-streams-types.ts";

export const NOW = 1_790_000_000_000;

/** A log whose clock stands. */
export const logAt = (options: Parameters<typeof memoryStreams>[0] = {}): MemoryLog =>
  memoryStreams({ now: () => NOW, ...options });

export const config = (configs: Readonly<Record<string, string>>) =>
  Object.entries(configs).map(([name, value]) => ({ name, value }));

export async function topic(
  log: MemoryLog,
  name: string,
  options: { partitions?: number; configs?: Readonly<Record<string, string>>; replicationFactor?: number } = {},
): Promise<void> {
  const made = await log.createTopic({
    name,
    partitions: options.partitions ?? 1,
    replicationFactor: options.replicationFactor ?? 1,
    configs: config({ "retention.ms": "-1", ...options.configs }),
  });
  if (made.status !== "done") throw new Error(`${name}: ${JSON.stringify(made)}`);
}

/** A restore point of everything that a log has now, held in memory: what a backup would have written, without the writing. */
export async function pointOf(
  log: MemoryLog,
  options: { readonly id?: string; readonly manifest?: Partial<Manifest>; readonly flink?: PointParts["flink"] } = {},
): Promise<RestoreSource> {
  const pieces = new Map<string, { readonly ref: ChunkRef; readonly bytes: Uint8Array }[]>();
  const topics = [];
  const infos = await log.topics();
  const configs = await log.topicConfigs(infos.map(({ name }) => name));
  for (const info of infos) {
    const partitions: PartitionPart[] = [];
    for (const { partition } of info.partitions) {
      const of = { topic: info.name, partition };
      const [at] = await log.offsets([of]);
      if (!at) throw new Error("no offsets");
      const held: { ref: ChunkRef; bytes: Uint8Array }[] = [];
      for (let offset = at.logStart; offset < at.stable; ) {
        const [answer] = await log.fetch([{ ...of, offset, maxBytes: 20_000 }]);
        if (answer?.status !== "ok") throw new Error(JSON.stringify(answer));
        const read = committed(answer.records, answer.aborted, offset, at.stable);
        for (const { batch, trim } of read.batches) {
          const flat = await inflateBatch(batch, of);
          const kept = trim ? trimmed(flat, offset, at.stable) : flat;
          const said = kept && summarize(kept);
          if (!kept || said?.first === undefined) continue;
          const ref: ChunkRef = {
            object: 0,
            at: 0,
            size: kept.bytes.length,
            raw: kept.bytes.length,
            first: said.first,
            last: said.last ?? said.first,
            records: said.count,
            minTimestamp: said.minTimestamp ?? -1,
            maxTimestamp: said.maxTimestamp ?? -1,
            sha256: "",
          };
          held.push({ ref, bytes: kept.bytes.slice() });
        }
        if (read.next === offset) break;
        offset = read.next;
      }
      pieces.set(`${info.name}/${partition}`, held);
      const first = held[0]?.ref.first;
      const last = held.at(-1)?.ref.last;
      partitions.push({
        partition,
        logStart: at.logStart,
        end: at.stable,
        highWatermark: at.end,
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
        records: held.reduce((sum, { ref }) => sum + ref.records, 0),
        sha256: "",
        chunks: held.map(({ ref }) => ref),
      });
    }
    topics.push({
      name: info.name,
      id: info.id,
      replicationFactor: info.partitions[0]?.replicas.length ?? 1,
      configs: configs.get(info.name) ?? [],
      partitions,
    });
  }
  const cluster = await log.cluster();
  const kafka: KafkaPart = {
    topics,
    groups: (await log.groups()).map(({ id, state, protocolType, offsets }) => ({ id, state, protocolType, offsets })),
    acls: await log.acls(),
    quotas: await log.quotas(),
  };
  const manifest: Manifest = {
    format: "headgate-backup",
    version: 1,
    id: options.id ?? "bkp_20260921_140000",
    plan: "hourly",
    kind: "full",
    by: "test",
    startedAt: NOW,
    cutAt: NOW,
    finishedAt: NOW,
    cluster: { name: "main", id: cluster.id, brokers: cluster.brokers.length },
    needs: [],
    parts: [],
    objects: [],
    destinations: ["a"],
    totals: {
      topics: topics.length,
      partitions: 0,
      groups: kafka.groups.length,
      records: 0,
      newRecords: 0,
      newBytes: 0,
      storedBytes: 0,
      droppedRecords: 0,
    },
    gaps: [],
    warnings: [],
    ...options.manifest,
  };
  const of = (name: string, partition: number) => pieces.get(`${name}/${partition}`) ?? [];
  return {
    parts: {
      manifest,
      kafka,
      ...(options.flink ? { flink: options.flink } : {}),
      chunks: (name, partition) => of(name, partition).map(({ ref }) => ref),
    },
    read: async function* (name, partition, { from, to }) {
      for (const { ref, bytes } of of(name, partition)) if (ref.last >= from && ref.first < to) yield bytes;
    },
  };
}

export const contextOf = (streams: MemoryLog, source: RestoreSource): RestoreContext => ({
  streams,
  source,
  now: () => NOW,
  sleep: async () => {},
});

/** A topic as somebody sees it who reads it from the beginning: what a restore has to give back. */
export const seen = (log: MemoryLog, name: string, partition = 0) =>
  log.consume(name, partition).map((record: ConsumedRecord) => ({
    offset: record.offset,
    timestamp: record.timestamp,
    key: record.key && Buffer.from(record.key).toString("latin1"),
    value: record.value && Buffer.from(record.value).toString("latin1"),
    headers: record.headers.map(([key, value]) => [key, value && Buffer.from(value).toString("latin1")]),
  }));

export const EVERYTHING: RestoreRequest = {};
