import { committed } from "../../shared/core/backup/batch/committed.ts";
import { decodeRecords, type LogRecord } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type { PartitionPlan, RestorePlan, TopicPlan } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";
import { bounded } from "../bounded.ts";
import { placeOf } from "./restore-append.ts";
import { type From, sourceOf } from "./restore-origin.ts";
import { type Picking, picker } from "./restore-records.ts";
import { sameRecord } from "./restore-same.ts";
import type { RestoreContext } from "./restore-types.ts";

const FETCH_BYTES = 4_194_304;
/** Sentences about single records; the rest is counted. */
const TOLD = 5;

export interface PartitionCompared extends TopicPartition {
  readonly source: string;
  /** Of the point, and of the target's that were restored. */
  readonly expected: number;
  readonly found: number;
  readonly first?: Offset;
  readonly last?: Offset;
  /** Missing, added, or not the same in offset, timestamp, key, value or headers. */
  readonly differences: number;
  readonly examples: readonly string[];
}

/** Committed records of a target as a consumer gets them. */
async function* readTarget(streams: Streams, of: TopicPartition): AsyncGenerator<LogRecord> {
  const [log] = await streams.offsets([of]);
  if (!log) throw new HeadgateError("streams.unknown", `${placeOf(of)} is not there (any more)`);
  for (let offset = log.logStart; offset < log.stable; ) {
    const [answer] = await streams.fetch([{ topic: of.topic, partition: of.partition, offset, maxBytes: FETCH_BYTES }]);
    if (answer?.status !== "ok") {
      const why = answer?.status === "failed" ? answer.why : (answer?.status ?? "no answer");
      throw new HeadgateError("streams.unavailable", `${placeOf(of)} cannot be read: ${why}`, { retryable: true });
    }
    const read = committed(answer.records, answer.aborted, offset, log.stable);
    for (const { batch } of read.batches)
      for (const record of decodeRecords(await inflateBatch(batch, of)))
        if (record.offset >= offset && record.offset < log.stable) yield record;
    if (read.next <= offset) return;
    offset = read.next;
  }
}

async function* readSource(
  context: RestoreContext,
  topic: TopicPlan,
  part: PartitionPlan,
  picking: Picking,
): AsyncGenerator<LogRecord> {
  const wanted = picker(picking);
  const { from, to } = part;
  if (from >= to) return;
  for await (const piece of context.source.read(topic.source, part.partition, { from, to }))
    for (const batch of walkBatches(piece)) {
      if (batch.header.lastOffset < from || batch.header.baseOffset >= to) continue;
      for (const record of decodeRecords(batch))
        if (record.offset >= from && record.offset < to && (!wanted || picked(picking, record))) yield record;
    }
}

function picked({ from, to, keys }: Picking, { timestamp, key }: LogRecord): boolean {
  const at = Number(timestamp);
  if ((from !== undefined && at < from) || (to !== undefined && at >= to)) return false;
  return !keys || (key !== null && keys.has(Buffer.from(key).toString("base64")));
}

/** One partition, record by record in order; both sides are read once, a batch at a time. */
async function comparePartition(
  context: RestoreContext,
  plan: RestorePlan,
  topic: TopicPlan,
  part: PartitionPlan,
  picking: Picking = {},
): Promise<PartitionCompared> {
  const of = { topic: topic.target, partition: part.partition };
  const from: From = {
    cluster: context.source.parts.manifest.cluster?.id ?? "",
    topic: topic.source,
    partition: part.partition,
    point: plan.selection,
  };
  const target = readTarget(context.streams, of);
  const examples: string[] = [];
  let [expected, found, differences] = [0, 0, 0];
  let first: Offset | undefined;
  let last: Offset | undefined;
  const differs = (text: string): void => {
    differences += 1;
    if (examples.length < TOLD) examples.push(`${placeOf(of)}: ${text}`);
  };
  /** Next record that was restored, with the offset it had. */
  const next = async (): Promise<{ readonly record: LogRecord; readonly was: Offset } | undefined> => {
    for (;;) {
      const { value: record, done } = await target.next();
      if (done || !record) return undefined;
      const was = part.offsets === "kept" ? record.offset : sourceOf(record, from);
      if (was === undefined || was < part.from) continue;
      if (was >= part.to) return undefined;
      found += 1;
      return { record, was };
    }
  };
  let there = await next();
  for await (const record of readSource(context, topic, part, picking)) {
    expected += 1;
    first ??= record.offset;
    last = record.offset;
    while (there && there.was < record.offset) {
      differs(`offset ${there.was} is not in the point`);
      there = await next();
    }
    if (!there || there.was > record.offset) differs(`offset ${record.offset} is missing`);
    else {
      if (!sameRecord(record, there.record, part.offsets === "translated"))
        differs(`offset ${record.offset} is another record`);
      there = await next();
    }
  }
  for (; there; there = await next()) differs(`offset ${there.was} is not in the point`);
  return {
    ...of,
    source: topic.source,
    expected,
    found,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    differences,
    examples,
  };
}

/**
 * Holds what was restored against the point it came from: every record's offset (or origin), timestamp, key, value and headers, in order.
 *
 * @param known partitions that need no look any more, as "topic/partition" of the target
 * @throws HeadgateError those of the cluster and the places
 */
export async function compareRestored(
  context: RestoreContext,
  plan: RestorePlan,
  options: {
    readonly picking?: Picking;
    readonly known?: ReadonlySet<string>;
    readonly mayGoOn?: () => boolean;
    readonly parallel?: number;
    readonly onPartition?: (one: PartitionCompared) => void;
  } = {},
): Promise<{ readonly whole: boolean; readonly partitions: readonly PartitionCompared[] }> {
  const work = plan.topics
    .flatMap((topic) => topic.parts.map((part) => ({ topic, part })))
    .filter(({ topic, part }) => !options.known?.has(`${topic.target}/${part.partition}`));
  let whole = true;
  const compared = await bounded(work, options.parallel ?? 4, async ({ topic, part }) => {
    if (options.mayGoOn?.() === false) {
      whole = false;
      return [];
    }
    const one = await comparePartition(context, plan, topic, part, options.picking);
    options.onPartition?.(one);
    return [one];
  });
  return { whole, partitions: compared.flat() };
}
