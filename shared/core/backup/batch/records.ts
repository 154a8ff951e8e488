import type { Offset } from "../../kernel/streams.ts";
import { damagedBatch } from "./damaged.ts";
import { AT } from "./header.ts";
import { type Cursor, readVarint, readVarlong } from "./varint.ts";
import type { Batch } from "./walk.ts";

export interface RecordHeader {
  readonly key: string;
  /** The key as it is stored: need not be UTF-8. */
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A record as a consumer would get it. Keys, values and headers are views into the batch. */
export interface LogRecord {
  readonly offset: Offset;
  /** Milliseconds since 1970; −1: none. */
  readonly timestamp: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

const decoder = new TextDecoder();
const NO_HEADERS: readonly RecordHeader[] = [];

function field(cursor: Cursor, what: string): Uint8Array | null {
  const length = readVarint(cursor);
  if (length === -1) return null;
  const start = cursor.at;
  const end = start + length;
  if (length < 0 || end > cursor.end) throw damagedBatch(`${what} says it has ${length} bytes`, start);
  cursor.at = end;
  return cursor.bytes.subarray(start, end);
}

function headersOf(cursor: Cursor): readonly RecordHeader[] {
  const at = cursor.at;
  const count = readVarint(cursor);
  if (count === 0) return NO_HEADERS;
  // Each takes two bytes at the least.
  if (count < 0 || count > (cursor.end - cursor.at) / 2)
    throw damagedBatch(`a record says it has ${count} headers`, at);
  const headers: RecordHeader[] = [];
  for (let left = count; left > 0; left -= 1) {
    const keyBytes = field(cursor, "a header's key");
    if (!keyBytes) throw damagedBatch("a header without a key", cursor.at);
    headers.push({ key: decoder.decode(keyBytes), keyBytes, value: field(cursor, "a header's value") });
  }
  return headers;
}

/**
 * The records of an uncompressed batch, one by one as they are asked for.
 * @throws HeadgateError `backup.damaged`, with the position in the batch, at the first record that is not as the protocol says
 */
export function* decodeRecords(batch: Batch): Generator<LogRecord, void, undefined> {
  const { header, bytes } = batch;
  if (header.codec !== "none") throw damagedBatch(`records are still compressed with ${header.codec}`, AT.attributes);
  const cursor: Cursor = { bytes, at: AT.records, end: bytes.length };
  let before = -1;
  for (let left = header.count; left > 0; left -= 1) {
    const start = cursor.at;
    const length = readVarint(cursor);
    const end = cursor.at + length;
    if (length < 6 || end > bytes.length) throw damagedBatch(`a record says it has ${length} bytes`, start);
    cursor.end = end;
    cursor.at += 1;
    const timestampDelta = readVarlong(cursor);
    const delta = readVarint(cursor);
    if (delta <= before || header.baseOffset + delta > header.lastOffset)
      throw damagedBatch(`a record's offset ${header.baseOffset + delta} is out of order`, start);
    before = delta;
    const key = field(cursor, "a key");
    const value = field(cursor, "a value");
    const headers = headersOf(cursor);
    if (cursor.at !== end) throw damagedBatch(`${end - cursor.at} bytes behind a record's headers`, cursor.at);
    cursor.end = bytes.length;
    const timestamp =
      header.timestampType === "append" ? header.maxTimestamp : header.baseTimestamp + BigInt(timestampDelta);
    yield { offset: header.baseOffset + delta, timestamp, key, value, headers };
  }
  if (cursor.at !== bytes.length)
    throw damagedBatch(`${bytes.length - cursor.at} bytes behind the last record`, cursor.at);
}
