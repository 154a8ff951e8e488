import type { Offset } from "../../kernel/streams.ts";
import { AT, ATTRIBUTE, BEFORE_LENGTH, CODECS, type Codec, viewOf } from "./header.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./varint.ts";
import { sealBatch } from "./walk.ts";

export interface NewRecord {
  /** Default: the one behind the record before it. Must rise. */
  readonly offset?: Offset;
  /** Milliseconds since 1970. */
  readonly timestamp: bigint | number;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly {
    readonly key: string;
    /** Instead of `key` in UTF-8. */
    readonly keyBytes?: Uint8Array;
    readonly value: Uint8Array | null;
  }[];
}

export interface EncodeOptions {
  /** Of the first record, where it does not say. Default 0. */
  readonly baseOffset?: Offset;
  /** The end of the batch where records behind the last one are gone; default: the last record. */
  readonly lastOffset?: Offset;
  /** `append`: every record has the timestamp `maxTimestamp`. Default `create`. */
  readonly timestampType?: "create" | "append";
  /** Default: the largest of the records. */
  readonly maxTimestamp?: bigint | number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** Default −1: none. */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly leaderEpoch?: number;
  /** Packs the records; default: they stay as they are. */
  readonly compress?: { readonly codec: Codec; readonly deflate: (records: Uint8Array) => Uint8Array };
}

const encoder = new TextEncoder();
const fieldSize = (value: Uint8Array | null | undefined) =>
  value ? varintSize(value.length) + value.length : varintSize(-1);

function writeField(bytes: Uint8Array, at: number, value: Uint8Array | null | undefined): number {
  if (!value) return writeVarint(bytes, at, -1);
  const start = writeVarint(bytes, at, value.length);
  bytes.set(value, start);
  return start + value.length;
}

interface Measured {
  readonly record: NewRecord;
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly headers: readonly { readonly key: Uint8Array; readonly value: Uint8Array | null }[];
  /** Without the length in front. */
  readonly size: number;
}

function measure(record: NewRecord, offsetDelta: number, timestampDelta: bigint): Measured {
  const headers = (record.headers ?? []).map(({ key, keyBytes, value }) => ({
    key: keyBytes ?? encoder.encode(key),
    value,
  }));
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + varintSize(headers.length);
  size += fieldSize(record.key) + fieldSize(record.value);
  for (const header of headers) size += fieldSize(header.key) + fieldSize(header.value);
  return { record, offsetDelta, timestampDelta, headers, size };
}

function writeRecord(bytes: Uint8Array, start: number, measured: Measured): number {
  let at = writeVarint(bytes, start, measured.size);
  bytes[at++] = 0;
  at = writeVarlong(bytes, at, measured.timestampDelta);
  at = writeVarint(bytes, at, measured.offsetDelta);
  at = writeField(bytes, at, measured.record.key);
  at = writeField(bytes, at, measured.record.value);
  at = writeVarint(bytes, at, measured.headers.length);
  for (const header of measured.headers) at = writeField(bytes, writeField(bytes, at, header.key), header.value);
  return at;
}

/**
 * One record batch (magic 2) of these records, its checksum set. Timestamps may lie any 64-bit distance apart.
 * @throws RangeError no record and no `lastOffset`, or offsets that do not rise
 */
export function encodeBatch(records: readonly NewRecord[], options: EncodeOptions = {}): Uint8Array {
  const baseOffset = options.baseOffset ?? records[0]?.offset ?? 0;
  const baseTimestamp = BigInt(records[0]?.timestamp ?? -1);
  let next = baseOffset;
  let largest = records.length === 0 ? -1n : baseTimestamp;
  let room = 0;
  const measured = records.map((record) => {
    const offset = record.offset ?? next;
    if (offset < next) throw new RangeError(`offset ${offset} after ${next - 1}`);
    next = offset + 1;
    const timestamp = BigInt(record.timestamp);
    if (timestamp > largest) largest = timestamp;
    const one = measure(record, offset - baseOffset, timestamp - baseTimestamp);
    room += varintSize(one.size) + one.size;
    return one;
  });
  const lastOffset = options.lastOffset ?? next - 1;
  if (lastOffset < next - 1 || lastOffset < baseOffset)
    throw new RangeError(`last offset ${lastOffset} before ${next - 1}`);

  const plain = new Uint8Array(AT.records + room);
  let at: number = AT.records;
  for (const one of measured) at = writeRecord(plain, at, one);
  const packed = options.compress?.deflate(plain.subarray(AT.records));
  const bytes = packed ? new Uint8Array(AT.records + packed.length) : plain;
  if (packed) bytes.set(packed, AT.records);

  let attributes = Math.max(0, CODECS.indexOf(options.compress?.codec ?? "none"));
  if (options.timestampType === "append") attributes |= ATTRIBUTE.append;
  if (options.transactional) attributes |= ATTRIBUTE.transactional;
  if (options.control) attributes |= ATTRIBUTE.control;
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, BigInt(baseOffset));
  view.setInt32(AT.length, bytes.length - BEFORE_LENGTH);
  view.setInt32(AT.leaderEpoch, options.leaderEpoch ?? -1);
  view.setInt8(AT.magic, 2);
  view.setInt16(AT.attributes, attributes);
  view.setInt32(AT.lastOffsetDelta, lastOffset - baseOffset);
  view.setBigInt64(AT.baseTimestamp, baseTimestamp);
  view.setBigInt64(AT.maxTimestamp, BigInt(options.maxTimestamp ?? largest));
  view.setBigInt64(AT.producerId, BigInt(options.producerId ?? -1));
  view.setInt16(AT.producerEpoch, options.producerEpoch ?? -1);
  view.setInt32(AT.baseSequence, options.baseSequence ?? -1);
  view.setInt32(AT.count, records.length);
  return sealBatch(bytes);
}
