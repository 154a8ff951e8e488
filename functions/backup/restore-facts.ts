import { decodeRecords, type LogRecord } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type { PartitionPart, TopicPart } from "../../shared/core/backup/format/types.ts";
import { FILLER_KEY } from "../../shared/core/backup/restore/origin.ts";
import { selectionOf, targetGroup, targetTopic, topicWanted } from "../../shared/core/backup/restore/select.ts";
import type {
  RestoreRequest,
  Tail,
  TargetFacts,
  TargetPartition,
  TargetTopic,
} from "../../shared/core/backup/restore/types.ts";
import type { PartitionOffsets, TopicInfo, TopicPartition } from "../../shared/core/kernel/streams.ts";
import { bounded } from "../bounded.ts";
import { type From, lastOrigin, look, sourceOf } from "./restore-origin.ts";
import { sameRecord } from "./restore-same.ts";
import type { RestoreContext } from "./restore-types.ts";

const SIDE_BY_SIDE = 8;
const decoder = new TextDecoder();

/** The last record of the point before an offset. */
async function pointRecord(
  context: RestoreContext,
  topic: string,
  partition: number,
  before: number,
): Promise<LogRecord | undefined> {
  const chunks = context.source.parts.chunks(topic, partition);
  const chunk = chunks.findLast(({ first }) => first < before);
  if (!chunk) return undefined;
  let last: LogRecord | undefined;
  const to = Math.min(before, chunk.last + 1);
  for await (const piece of context.source.read(topic, partition, { from: chunk.first, to }))
    for (const batch of walkBatches(piece))
      if (batch.header.baseOffset < to)
        for (const record of decodeRecords(batch)) if (record.offset < to) last = record;
  return last;
}

const isFiller = ({ key, timestamp }: LogRecord): boolean =>
  timestamp === -1n && key !== null && decoder.decode(key) === FILLER_KEY;

/** The last records of a log, markers left out. */
async function lastRecords(context: RestoreContext, of: TopicPartition, log: PartitionOffsets) {
  for (let back = 64; ; back *= 8) {
    const begin = Math.max(log.logStart, log.end - back);
    let records: readonly LogRecord[] = [];
    for (let at = begin; at < log.end; ) {
      const seen = await look(context.streams, of, at);
      if (seen.records.length > 0) records = seen.records;
      if (seen.next <= at) break;
      at = seen.next;
    }
    if (records.length > 0 || begin === log.logStart) return records;
  }
}

async function tailOf(
  context: RestoreContext,
  topic: string,
  of: TopicPartition,
  log: PartitionOffsets,
  from: From,
): Promise<{ readonly tail: Tail; readonly origin?: number }> {
  if (log.end === log.logStart) return { tail: "nothing" };
  const mine = await pointRecord(context, topic, of.partition, log.end);
  if (mine && mine.offset >= log.logStart) {
    const { records } = await look(context.streams, of, mine.offset);
    const there = records[0];
    if (there?.offset === mine.offset && sameRecord(mine, there)) return { tail: "same" };
  }
  const last = (await lastRecords(context, of, log)).at(-1);
  if (!last) return { tail: "nothing" };
  if (isFiller(last)) return { tail: "filler" };
  const found = await lastOrigin(context.streams, of, log, from);
  if (!found) return { tail: "differs" };
  // Ours alone where both ends of the log are: else others wrote before or behind it.
  const [first] = (await look(context.streams, of, log.logStart)).records;
  const alone = [first, last].every((one) => one !== undefined && sourceOf(one, from) !== undefined);
  return { tail: alone ? "same" : "differs", origin: found.source };
}

async function partitionFacts(
  context: RestoreContext,
  request: RestoreRequest,
  topic: TopicPart,
  part: PartitionPart | undefined,
  target: string,
  log: PartitionOffsets,
): Promise<TargetPartition> {
  const { manifest } = context.source.parts;
  const { partition, logStart, end } = log;
  const base = { partition, logStart, end };
  if (!part) return { ...base, tail: end > logStart ? "differs" : "nothing" };
  const from = {
    cluster: manifest.cluster?.id ?? "",
    topic: topic.name,
    partition,
    point: selectionOf(request, manifest),
  };
  return { ...base, ...(await tailOf(context, topic.name, { topic: target, partition }, log, from)) };
}

async function topicFacts(
  context: RestoreContext,
  request: RestoreRequest,
  topic: TopicPart,
  info: TopicInfo,
): Promise<Omit<TargetTopic, "configs">> {
  const places = info.partitions.map(({ partition }) => ({ topic: info.name, partition }));
  const logs = await context.streams.offsets(places);
  const partitions = await bounded(logs, SIDE_BY_SIDE, (log) =>
    partitionFacts(
      context,
      request,
      topic,
      topic.partitions.find((one) => one.partition === log.partition),
      info.name,
      log,
    ),
  );
  return {
    name: info.name,
    id: info.id,
    replicationFactor: info.partitions[0]?.replicas.length ?? 1,
    partitions: [...partitions].sort((a, b) => a.partition - b.partition),
  };
}

/**
 * What is there of everything a restore would touch: reads only.
 *
 * @throws HeadgateError those of the cluster and the places
 */
export async function restoreFacts(context: RestoreContext, request: RestoreRequest): Promise<TargetFacts> {
  const { streams, source } = context;
  const { kafka } = source.parts;
  const wanted = (kafka?.topics ?? []).filter(({ name }) => topicWanted(request)(name));
  const [cluster, all] = await Promise.all([streams.cluster(), streams.topics()]);
  const there = wanted.flatMap((topic) => {
    const info = all.find(({ name }) => name === targetTopic(request, topic.name));
    return info ? [{ topic, info }] : [];
  });
  const configs = there.length > 0 ? await streams.topicConfigs(there.map(({ info }) => info.name)) : new Map();
  const topics: TargetTopic[] = [];
  for (const { topic, info } of there)
    topics.push({ ...(await topicFacts(context, request, topic, info)), configs: configs.get(info.name) ?? [] });
  const ids = request.groups === "none" ? [] : (kafka?.groups ?? []).map(({ id }) => targetGroup(request, id));
  const groups = ids.length > 0 ? await streams.groups(ids) : [];
  return {
    at: Math.floor(context.now()),
    cluster: { id: cluster.id, brokers: cluster.brokers.length },
    topics,
    groups: groups.map(({ id, state, protocolType, offsets }) => ({
      id,
      state,
      protocolType,
      offsets: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    })),
  };
}
