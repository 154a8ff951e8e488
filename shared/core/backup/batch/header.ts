import type { Offset } from "../../kernel/streams.ts";
import { damagedBatch } from "./damaged.ts";

/** Compression of a batch's records as its attributes say it (Kafka protocol, "Record Batch"). */
export const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Codec = (typeof CODECS)[number];

/** What stands in front of the records of a batch (magic 2). */
export interface BatchHeader {
  readonly baseOffset: Offset;
  /** Bytes of the whole batch, this header included. */
  readonly size: number;
  readonly leaderEpoch: number;
  readonly crc: number;
  readonly attributes: number;
  readonly codec: Codec;
  /** `append`: every record has the timestamp `maxTimestamp`. */
  readonly timestampType: "create" | "append";
  readonly transactional: boolean;
  /** Holds no data but the end of a transaction or a like mark. */
  readonly control: boolean;
  /** Of the batch as it was produced: records before it may be gone by compaction. */
  readonly lastOffset: Offset;
  readonly baseTimestamp: bigint;
  readonly maxTimestamp: bigint;
  /** −1: none. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** As the header says; no record was looked at. */
  readonly count: number;
}

/** Where the fields of a batch lie. */
export const AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

export const ATTRIBUTE = { codec: 7, append: 8, transactional: 16, control: 32, deleteHorizon: 64 } as const;
/** Bytes in front of those that `length` counts. */
export const BEFORE_LENGTH = 12;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Of a 64-bit field; Kafka's own offsets and ids stay far below 2^53. */
export function readInt64(view: DataView, at: number, what: string): number {
  const value = view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) throw damagedBatch(`${what} is past 2^53`, at);
  return value;
}

/**
 * The header of the batch that begins at `at`.
 * @throws HeadgateError `backup.damaged`, with the position: cut short, a length that cannot be, or another format (magic 0 and 1, before Kafka 0.11)
 */
export function readHeader(bytes: Uint8Array, at = 0, view: DataView = viewOf(bytes)): BatchHeader {
  const left = bytes.length - at;
  if (left < AT.records) throw damagedBatch(`a batch is cut short: ${left} of its bytes are there`, at);
  const magic = view.getInt8(at + AT.magic);
  if (magic !== 2) throw damagedBatch(`a batch of format ${magic}, not 2`, at + AT.magic);
  const size = view.getInt32(at + AT.length) + BEFORE_LENGTH;
  if (size < AT.records) throw damagedBatch(`a batch says it has ${size} bytes`, at + AT.length);
  if (size > left) throw damagedBatch(`a batch is cut short: ${left} of its ${size} bytes are there`, at);
  const attributes = view.getInt16(at + AT.attributes);
  const codec = CODECS[attributes & ATTRIBUTE.codec];
  if (!codec) throw damagedBatch(`unknown compression ${attributes & ATTRIBUTE.codec}`, at + AT.attributes);
  const lastOffsetDelta = view.getInt32(at + AT.lastOffsetDelta);
  const count = view.getInt32(at + AT.count);
  const baseOffset = readInt64(view, at + AT.baseOffset, "an offset");
  if (lastOffsetDelta < 0 || count < 0 || count > lastOffsetDelta + 1 || baseOffset < 0)
    throw damagedBatch(`a batch from offset ${baseOffset} says ${count} records up to +${lastOffsetDelta}`, at);
  return {
    baseOffset,
    size,
    leaderEpoch: view.getInt32(at + AT.leaderEpoch),
    crc: view.getUint32(at + AT.crc),
    attributes,
    codec,
    timestampType: attributes & ATTRIBUTE.append ? "append" : "create",
    transactional: (attributes & ATTRIBUTE.transactional) !== 0,
    control: (attributes & ATTRIBUTE.control) !== 0,
    lastOffset: baseOffset + lastOffsetDelta,
    baseTimestamp: view.getBigInt64(at + AT.baseTimestamp),
    maxTimestamp: view.getBigInt64(at + AT.maxTimestamp),
    producerId: readInt64(view, at + AT.producerId, "a producer's id"),
    producerEpoch: view.getInt16(at + AT.producerEpoch),
    baseSequence: view.getInt32(at + AT.baseSequence),
    count,
  };
}
