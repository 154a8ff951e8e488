import { crc32c } from "./crc32c.ts";
import { damagedBatch } from "./damaged.ts";
import { AT, type BatchHeader, readHeader, viewOf } from "./header.ts";

/** One record batch: exactly its bytes, and what its header says. */
export interface Batch {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
}

/**
 * The batch at `at`. Its checksum is not looked at.
 * @throws HeadgateError `backup.damaged`, with the position
 */
export function readBatch(bytes: Uint8Array, at = 0): Batch {
  const header = readHeader(bytes, at);
  return { header, bytes: bytes.subarray(at, at + header.size) };
}

/**
 * Whole batches one after another, as a log segment or a fetch has them; nothing is copied.
 * @throws HeadgateError `backup.damaged`, with the position, once it comes to something that is no whole batch
 */
export function* walkBatches(bytes: Uint8Array): Generator<Batch, void, undefined> {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at, view);
    yield { header, bytes: bytes.subarray(at, at + header.size) };
    at += header.size;
  }
}

/** CRC-32C of everything behind the checksum's own field. */
export const crcOf = (batch: Uint8Array): number => crc32c(batch, AT.attributes);

/** @throws HeadgateError `backup.damaged`: the batch's bytes are not those that its producer or broker summed up */
export function checkCrc(batch: Batch): void {
  if (crcOf(batch.bytes) !== batch.header.crc)
    throw damagedBatch(`the checksum of the batch from offset ${batch.header.baseOffset} is wrong`, AT.crc);
}

/** Sums a batch up after its bytes were changed. */
export function sealBatch(bytes: Uint8Array): Uint8Array {
  viewOf(bytes).setUint32(AT.crc, crcOf(bytes));
  return bytes;
}
