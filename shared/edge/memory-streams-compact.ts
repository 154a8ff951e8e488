import { encodeBatch } from "../core/backup/batch/encode.ts";
import { readBatch } from "../core/backup/batch/walk.ts";
import type { Millis } from "../core/kernel/time.ts";
import { packing, recordsOf } from "./memory-streams-batch.ts";
import { type PartitionLog, type StoredBatch, stableOf } from "./memory-streams-partition.ts";

const isData = ({ fate }: StoredBatch): boolean => fate !== "marker";
const keyText = (key: Uint8Array): string => Buffer.from(key).toString("latin1");

/**
 * What Kafka's log cleaner does to a partition at `now`: of each key the newest committed record stays; records of aborted transactions and those without key go; a deletion
 * (null value) goes `deleteRetentionMs` after the cleaner first met it, and so does the marker of a transaction whose records are all gone. Offsets do not change: batches
 * keep their first and last one and have holes. Only what is before the last stable offset is looked at, and never the newest batch, which stands for the active segment.
 *
 * `met` remembers when a batch's deletions were first met: base offset → instant.
 */
export function compactPartition(
  log: PartitionLog,
  now: Millis,
  deleteRetentionMs: number,
  met: Map<number, Millis>,
): void {
  const stable = stableOf(log);
  const clean = log.batches.slice(0, -1).filter(({ last }) => last < stable);
  const newest = new Map<string, number>();
  for (const batch of clean) {
    if (batch.fate !== "plain" && batch.fate !== "committed") continue;
    for (const { key, offset } of placed(batch)) if (key) newest.set(keyText(key), offset);
  }
  // A producer's newest batch stays, be it empty: its sequence goes on from there.
  const lastOf = new Map(
    log.batches.flatMap((one) => (isData(one) && one.producerId >= 0 ? [[one.producerId, one]] : [])),
  );
  const kept: StoredBatch[] = [];
  for (const batch of clean) {
    const since = met.get(batch.base);
    const expired = since !== undefined && now >= since + deleteRetentionMs;
    if (batch.fate === "marker") {
      if (kept.some((one) => one.producerId === batch.producerId) || !expired) kept.push(batch);
      if (since === undefined) met.set(batch.base, now);
      continue;
    }
    const records = batch.fate === "aborted" ? [] : placed(batch);
    const left = records.filter(
      ({ key, value, offset }) =>
        key !== null && newest.get(keyText(key)) === offset && !(value === null && expired) && offset >= log.logStart,
    );
    if (since === undefined && left.some(({ value }) => value === null)) met.set(batch.base, now);
    if (left.length === records.length && batch.fate !== "aborted") kept.push(batch);
    else if (left.length > 0 || lastOf.get(batch.producerId) === batch) kept.push(rewritten(batch, left));
  }
  log.batches = [...kept, ...log.batches.slice(clean.length)];
  log.bytes = log.batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const there = new Set(log.batches.map(({ base }) => base));
  for (const base of met.keys()) if (!there.has(base)) met.delete(base);
}

type Placed = ReturnType<typeof recordsOf>;

/** Records at their offsets in the log. */
const placed = (batch: StoredBatch): Placed =>
  recordsOf(batch.bytes).map((record) => ({ ...record, offset: record.offset + batch.base }));

function rewritten(batch: StoredBatch, left: Placed): StoredBatch {
  const { header } = readBatch(batch.bytes);
  const compress = packing(header.codec);
  const bytes = encodeBatch(
    left.map((record) => ({ ...record, offset: record.offset - batch.base })),
    {
      baseOffset: 0,
      lastOffset: batch.last - batch.base,
      timestampType: header.timestampType,
      transactional: header.transactional,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      ...(header.timestampType === "append" ? { maxTimestamp: header.maxTimestamp } : {}),
      ...(compress ? { compress } : {}),
    },
  );
  return { ...batch, bytes, maxTimestamp: Number(readBatch(bytes).header.maxTimestamp) };
}
