import type { Offset } from "../../kernel/streams.ts";
import { damagedBatch } from "./damaged.ts";
import { type Frame, walkFrames } from "./frames.ts";
import { AT, ATTRIBUTE, type BatchHeader, BEFORE_LENGTH, viewOf } from "./header.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./varint.ts";
import { type Batch, readBatch, sealBatch } from "./walk.ts";

/** The same batch with its records unpacked. */
export function uncompressed(batch: Batch, inflatedRecords: Uint8Array): Batch {
  const bytes = new Uint8Array(AT.records + inflatedRecords.length);
  bytes.set(batch.bytes.subarray(0, AT.records));
  bytes.set(inflatedRecords, AT.records);
  const view = viewOf(bytes);
  view.setInt32(AT.length, bytes.length - BEFORE_LENGTH);
  view.setInt16(AT.attributes, batch.header.attributes & ~ATTRIBUTE.codec);
  return readBatch(sealBatch(bytes));
}

/** A batch of some of a batch's records. Bodies are copied as they are; offsets stay, the first one is the new base. */
function rebuilt(header: BatchHeader, from: Uint8Array, frames: readonly Frame[]): Batch | undefined {
  const first = frames[0];
  const last = frames.at(-1);
  if (!first || !last) return undefined;
  const sizes = frames.map(
    (frame) =>
      1 +
      varlongSize(BigInt(frame.timestampDelta)) +
      varintSize(frame.offset - first.offset) +
      (frame.end - frame.body),
  );
  const bytes = new Uint8Array(AT.records + sizes.reduce((sum, size) => sum + varintSize(size) + size, 0));
  bytes.set(from.subarray(0, AT.records));
  let at: number = AT.records;
  let largest: bigint | undefined;
  for (const [index, frame] of frames.entries()) {
    at = writeVarint(bytes, at, sizes[index] as number);
    bytes[at++] = frame.attributes;
    const delta = BigInt(frame.timestampDelta);
    if (largest === undefined || delta > largest) largest = delta;
    at = writeVarlong(bytes, at, delta);
    at = writeVarint(bytes, at, frame.offset - first.offset);
    bytes.set(from.subarray(frame.body, frame.end), at);
    at += frame.end - frame.body;
  }
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, BigInt(first.offset));
  view.setInt32(AT.length, bytes.length - BEFORE_LENGTH);
  view.setInt32(AT.lastOffsetDelta, last.offset - first.offset);
  view.setInt32(AT.count, frames.length);
  if (header.timestampType === "create") view.setBigInt64(AT.maxTimestamp, header.baseTimestamp + (largest ?? 0n));
  // A sequence counts records from the first one that the producer sent, which may have gone.
  if (header.baseSequence >= 0)
    view.setInt32(AT.baseSequence, (header.baseSequence + (first.offset - header.baseOffset)) & 0x7fffffff);
  return readBatch(sealBatch(bytes));
}

/** The records that `keep` says, at the offsets and with the timestamps they have; undefined: none. The batch itself where it says all. */
export function keepRecords(batch: Batch, keep: (frame: Readonly<Frame>) => boolean): Batch | undefined {
  const kept: Frame[] = [];
  walkFrames(batch, (frame) => {
    if (keep(frame)) kept.push({ ...frame });
  });
  if (kept.length === 0) return undefined;
  return kept.length === batch.header.count ? batch : rebuilt(batch.header, batch.bytes, kept);
}

/** Records with offsets in [from, to). */
export const trimmed = (batch: Batch, from: Offset, to: Offset): Batch | undefined =>
  keepRecords(batch, ({ offset }) => offset >= from && offset < to);

/** Whether the records have one offset after another, from the batch's base to its last. */
export const isContiguous = ({ header }: Batch): boolean => header.count === header.lastOffset - header.baseOffset + 1;

/** The batch in pieces that have no holes between their offsets; the batch itself where it has none. */
export function contiguousRuns(batch: Batch): readonly Batch[] {
  if (isContiguous(batch)) return [batch];
  const runs: Frame[][] = [];
  walkFrames(batch, (frame) => {
    const run = runs.at(-1);
    if (run && run.at(-1)?.offset === frame.offset - 1) run.push({ ...frame });
    else runs.push([{ ...frame }]);
  });
  return runs.flatMap((run) => rebuilt(batch.header, batch.bytes, run) ?? []);
}

/**
 * The batch as a plain producer sends it: no producer, no transaction, base offset 0 for the broker to set; records byte by byte as they are.
 * @throws HeadgateError `backup.damaged`: still compressed, a control batch, or holes between offsets (a broker refuses those)
 */
export function forAppend(batch: Batch): Uint8Array {
  const { header } = batch;
  if (header.codec !== "none") throw damagedBatch(`records are still compressed with ${header.codec}`, AT.attributes);
  if (header.control) throw damagedBatch("a control batch holds no records", AT.attributes);
  if (!isContiguous(batch))
    throw damagedBatch(`offsets ${header.baseOffset} to ${header.lastOffset} have holes between them`, AT.count);
  const bytes = batch.bytes.slice();
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, 0n);
  view.setInt32(AT.leaderEpoch, -1);
  view.setInt16(AT.attributes, header.attributes & ~(ATTRIBUTE.transactional | ATTRIBUTE.deleteHorizon));
  view.setBigInt64(AT.producerId, -1n);
  view.setInt16(AT.producerEpoch, -1);
  view.setInt32(AT.baseSequence, -1);
  return sealBatch(bytes);
}
