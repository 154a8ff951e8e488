import { committed } from "../../shared/core/backup/batch/committed.ts";
import { decodeRecords, type LogRecord } from "../../shared/core/backup/batch/records.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";

const FETCH_BYTES = 1 << 20;

/** Committed records of one partition from an offset to its end as it is now, one after another, in bounded memory. What cannot be fetched ends it. */
export async function* recordsFrom(
  streams: Streams,
  place: TopicPartition,
  from: Offset,
  to: Offset,
): AsyncGenerator<LogRecord> {
  for (let offset = from; offset < to; ) {
    const [got] = await streams.fetch([{ ...place, offset, maxBytes: FETCH_BYTES }], { waitMs: 200 });
    if (got?.status !== "ok" || got.records.length === 0) return;
    const { batches, next } = committed(got.records, got.aborted, offset, to);
    for (const { batch } of batches)
      for (const record of decodeRecords(await inflateBatch(batch, place)))
        if (record.offset >= offset && record.offset < to) yield record;
    if (next <= offset) return;
    offset = next;
  }
}
