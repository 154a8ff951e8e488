import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { encodeBatch, type NewRecord } from "../core/backup/batch/encode.ts";
import { AT, ATTRIBUTE, type Codec, viewOf } from "../core/backup/batch/header.ts";
import { uncompressed } from "../core/backup/batch/rebuild.ts";
import { decodeRecords, type LogRecord } from "../core/backup/batch/records.ts";
import { type Batch, crcOf, readBatch, sealBatch } from "../core/backup/batch/walk.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { MemoryCodec, MemoryRecord } from "./memory-streams-types.ts";

const encoder = new TextEncoder();
const bytesOf = (value: Uint8Array | string | null | undefined): Uint8Array | null =>
  typeof value === "string" ? encoder.encode(value) : (value ?? null);

const DEFLATE: Readonly<Record<Exclude<MemoryCodec, "none">, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};

/** How a codec packs; undefined: not at all, or not here. */
export const packing = (
  codec: Codec,
): { readonly codec: Codec; readonly deflate: (bytes: Uint8Array) => Uint8Array } | undefined =>
  codec === "gzip" || codec === "zstd" ? { codec, deflate: DEFLATE[codec] } : undefined;

export const recordOf = (record: MemoryRecord, now: Millis): NewRecord => ({
  timestamp: record.timestamp ?? now,
  key: bytesOf(record.key),
  value: bytesOf(record.value),
  headers: (record.headers ?? []).map(([key, value]) => ({ key, value: bytesOf(value) })),
});

/** The batch with its records unpacked. */
export function plainBatch(batch: Batch): Batch {
  const { codec } = batch.header;
  if (codec === "none") return batch;
  const packed = batch.bytes.subarray(AT.records);
  if (codec === "gzip") return uncompressed(batch, gunzipSync(packed));
  if (codec === "zstd") return uncompressed(batch, zstdDecompressSync(packed));
  throw new RangeError(`records packed with ${codec} cannot be read by a log in memory`);
}

export const recordsOf = (bytes: Uint8Array): readonly LogRecord[] => [...decodeRecords(plainBatch(readBatch(bytes)))];

/** Where in the log a batch lies, in its bytes. The checksum does not cover it. */
export function placeBatch(bytes: Uint8Array, at: number, base: number): void {
  const view = viewOf(bytes);
  view.setBigInt64(at + AT.baseOffset, BigInt(base));
  view.setInt32(at + AT.leaderEpoch, 0);
}

/** What a topic asks of a batch. */
export interface Admission {
  readonly now: Millis;
  readonly maxBytes: number;
  readonly keysNeeded: boolean;
  readonly appendTime: boolean;
  /** Ms a record's time may be behind and ahead of now. */
  readonly behind: number;
  readonly ahead: number;
  /** Codec of the topic; undefined: as it was produced. */
  readonly codec: Codec | undefined;
}

/** As a broker validates a produced batch (org.apache.kafka.storage.internals.log.LogValidator) and writes it; a text: why not. */
export function admit(batch: Batch, rules: Admission): Uint8Array | string {
  const { header } = batch;
  if (crcOf(batch.bytes) !== header.crc) return "the checksum of a batch is wrong";
  if (header.control) return "clients are not allowed to write control records";
  if (header.count === 0 || header.count !== header.lastOffset - header.baseOffset + 1)
    return "a batch whose offsets are not one after another, or without records";
  const plain = plainBatch(batch);
  let largest = -1n;
  for (const { key, timestamp } of decodeRecords(plain)) {
    if (rules.keysNeeded && key === null) return "a compacted topic cannot accept a record without key";
    if (timestamp > largest) largest = timestamp;
    if (rules.appendTime || timestamp === -1n) continue;
    if (rules.now - Number(timestamp) > rules.behind || Number(timestamp) - rules.now > rules.ahead)
      return `timestamp ${timestamp} is out of range: message.timestamp.before.max.ms and after.max.ms say how far it may be from now`;
  }
  const pack = packing(rules.codec ?? header.codec);
  const repacked = rules.codec !== undefined && rules.codec !== header.codec && (pack || rules.codec === "none");
  const bytes = repacked ? repack(plain, rules.codec ?? "none") : batch.bytes.slice();
  if (bytes.length > rules.maxBytes)
    return `a batch of ${bytes.length} bytes is larger than max.message.bytes (${rules.maxBytes})`;
  const view = viewOf(bytes);
  const attributes = view.getInt16(AT.attributes);
  view.setInt16(AT.attributes, rules.appendTime ? attributes | ATTRIBUTE.append : attributes & ~ATTRIBUTE.append);
  view.setBigInt64(AT.maxTimestamp, rules.appendTime ? BigInt(rules.now) : largest);
  placeBatch(bytes, 0, 0);
  return sealBatch(bytes);
}

/** The same header before records packed with another codec. */
function repack(plain: Batch, codec: Codec): Uint8Array {
  const pack = packing(codec);
  if (!pack) return plain.bytes.slice();
  const packed = pack.deflate(plain.bytes.subarray(AT.records));
  const bytes = new Uint8Array(AT.records + packed.length);
  bytes.set(plain.bytes.subarray(0, AT.records));
  bytes.set(packed, AT.records);
  const view = viewOf(bytes);
  view.setInt32(AT.length, bytes.length - AT.leaderEpoch);
  view.setInt16(AT.attributes, (plain.header.attributes & ~ATTRIBUTE.codec) | codecNumber(codec));
  return bytes;
}

const codecNumber = (codec: Codec): number => ({ none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 })[codec];

/** A batch of these records, of a transaction where `producerId` says so. Offsets begin at 0. */
export function newBatch(
  records: readonly MemoryRecord[],
  now: Millis,
  codec: MemoryCodec,
  producer?: { readonly id: number; readonly epoch: number; readonly sequence: number },
): Uint8Array {
  const pack = packing(codec);
  return encodeBatch(
    records.map((record) => recordOf(record, now)),
    {
      ...(pack ? { compress: pack } : {}),
      ...(producer
        ? {
            transactional: true,
            producerId: producer.id,
            producerEpoch: producer.epoch,
            baseSequence: producer.sequence,
          }
        : {}),
    },
  );
}
