import { decodeRecords, type LogRecord } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import { ORIGIN_HEADER, type Origin, readOrigin } from "../../shared/core/backup/restore/origin.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";

/** Of a look into a log: a few batches. */
const LOOK_BYTES = 1_200_000;
/** Offsets at the end of a log in which a restore looks for its own records. */
const MOST_LOOKED = 2_000_000;
const decoder = new TextDecoder();

/** First of the sources at or behind an offset; they rise. */
export function originOf(sources: readonly Offset[], wanted: Offset): number {
  let low = 0;
  let high = sources.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sources[middle] as Offset) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type From = Omit<Origin, "offset">;

/** Where a record was before it was translated; undefined: it was not, or is of another restore. */
export function sourceOf(record: LogRecord, from: From): Offset | undefined {
  const header = record.headers.findLast(({ key }) => key === ORIGIN_HEADER);
  const origin = header?.value ? readOrigin(decoder.decode(header.value)) : undefined;
  return origin &&
    origin.cluster === from.cluster &&
    origin.topic === from.topic &&
    origin.partition === from.partition &&
    origin.point === from.point
    ? origin.offset
    : undefined;
}

/** Records of a log from an offset on, as many as one fetch gives; `next`: where the next fetch goes on. Control batches have none. */
export async function look(
  streams: Streams,
  of: TopicPartition,
  offset: Offset,
): Promise<{ readonly records: readonly LogRecord[]; readonly next: Offset }> {
  const request = { topic: of.topic, partition: of.partition, offset, maxBytes: LOOK_BYTES };
  const [answer] = await streams.fetch([request], { waitMs: 0 });
  if (answer?.status !== "ok") return { records: [], next: offset };
  const records: LogRecord[] = [];
  let next = offset;
  for (const batch of walkBatches(answer.records)) {
    next = Math.max(next, batch.header.lastOffset + 1);
    if (batch.header.control) continue;
    for (const record of decodeRecords(await inflateBatch(batch, of)))
      if (record.offset >= offset) records.push(record);
  }
  return { records, next };
}

/**
 * The last record of this restore that a log holds: looked for backwards from its end, in steps that double, since others may have written behind it.
 */
export async function lastOrigin(
  streams: Streams,
  of: TopicPartition,
  log: { readonly logStart: Offset; readonly end: Offset },
  from: From,
): Promise<{ readonly source: Offset; readonly at: Offset } | undefined> {
  let upTo = log.end;
  const least = Math.max(log.logStart, log.end - MOST_LOOKED);
  for (let step = 512; upTo > least; step *= 2) {
    const begin = Math.max(least, upTo - step);
    let found: { readonly source: Offset; readonly at: Offset } | undefined;
    for (let at = begin; at < upTo; ) {
      const seen = await look(streams, of, at);
      for (const record of seen.records) {
        if (record.offset >= upTo) break;
        const source = sourceOf(record, from);
        if (source !== undefined) found = { source, at: record.offset };
      }
      if (seen.next <= at) break;
      at = seen.next;
    }
    if (found) return found;
    upTo = begin;
  }
  return undefined;
}
