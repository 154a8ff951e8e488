import type { Offset } from "../../kernel/streams.ts";
import type { Frame } from "../batch/frames.ts";
import { AT, BEFORE_LENGTH, viewOf } from "../batch/header.ts";
import { readVarint, varintSize, varlongSize, writeVarint, writeVarlong } from "../batch/varint.ts";
import { type Batch, sealBatch } from "../batch/walk.ts";

/** One batch to append, as a plain producer sends it, and which records of the source it holds. */
export interface Assembled {
  readonly bytes: Uint8Array;
  readonly first: Offset;
  readonly last: Offset;
  readonly records: number;
  /** Where each record was, for those that bear an origin; else empty. */
  readonly sources: readonly Offset[];
}

interface Assembler {
  /** Records that wait. */
  readonly records: number;
  /** Adds a record; false, and nothing was added, where the batch would grow over its size and is not empty. */
  add(batch: Batch, frame: Readonly<Frame>, origin?: { readonly key: Uint8Array; readonly value: Uint8Array }): boolean;
  /** Ends the batch; undefined: nothing waits. */
  take(): Assembled | undefined;
}

/** Most bytes that the lengths and differences in front of a record's key take. */
const FRONT = 32;

/** Where the number of headers stands in a record whose key begins at `body`, and where the headers begin. */
function headersAt(bytes: Uint8Array, body: number, end: number) {
  const cursor = { bytes, at: body, end };
  for (let field = 0; field < 2; field += 1) {
    const length = readVarint(cursor);
    if (length > 0) cursor.at += length;
  }
  const at = cursor.at;
  const count = readVarint(cursor);
  return { at, count, begin: cursor.at };
}

/**
 * Puts records of many batches into one plain batch: bodies are copied byte by byte, offsets are counted from 0 for the broker to set, and each record's own timestamp stays,
 * also where a log had stamped the batch as a whole (a broker takes no such batch from a producer).
 */
export function assembler(maxBytes: number): Assembler {
  let bytes = new Uint8Array(0);
  let at = 0;
  let records = 0;
  let first = 0;
  let last = 0;
  let base = 0n;
  let largest = 0n;
  let sources: Offset[] = [];

  const begin = (size: number): void => {
    bytes = new Uint8Array(Math.max(maxBytes, AT.records + size));
    at = AT.records;
  };

  const add: Assembler["add"] = (batch, frame, origin) => {
    const { header } = batch;
    const timestamp =
      header.timestampType === "append" ? header.maxTimestamp : header.baseTimestamp + BigInt(frame.timestampDelta);
    const body = frame.end - frame.body;
    const more = origin ? origin.key.length + origin.value.length + 16 : 0;
    const room = body + more + FRONT;
    if (records === 0) {
      begin(room);
      base = timestamp;
      largest = timestamp;
      first = frame.offset;
    } else if (at + room > bytes.length) return false;
    const delta = timestamp - base;
    if (timestamp > largest) largest = timestamp;
    const front = 1 + varlongSize(delta) + varintSize(records);
    if (origin) {
      const { at: countAt, count, begin: rest } = headersAt(batch.bytes, frame.body, frame.end);
      const added =
        varintSize(origin.key.length) + origin.key.length + varintSize(origin.value.length) + origin.value.length;
      const size = front + (countAt - frame.body) + varintSize(count + 1) + (frame.end - rest) + added;
      at = writeFront(size, frame.attributes, delta);
      bytes.set(batch.bytes.subarray(frame.body, countAt), at);
      at = writeVarint(bytes, at + countAt - frame.body, count + 1);
      bytes.set(batch.bytes.subarray(rest, frame.end), at);
      at = writeVarint(bytes, at + frame.end - rest, origin.key.length);
      bytes.set(origin.key, at);
      at = writeVarint(bytes, at + origin.key.length, origin.value.length);
      bytes.set(origin.value, at);
      at += origin.value.length;
      sources.push(frame.offset);
    } else {
      at = writeFront(front + body, frame.attributes, delta);
      bytes.set(batch.bytes.subarray(frame.body, frame.end), at);
      at += body;
    }
    last = frame.offset;
    records += 1;
    return true;
  };

  const writeFront = (size: number, attributes: number, delta: bigint): number => {
    let next = writeVarint(bytes, at, size);
    bytes[next++] = attributes;
    next = writeVarlong(bytes, next, delta);
    return writeVarint(bytes, next, records);
  };

  return {
    get records() {
      return records;
    },
    add,
    take: () => {
      if (records === 0) return undefined;
      const made = { bytes: sealed(bytes.subarray(0, at), records, base, largest), first, last, records, sources };
      records = 0;
      sources = [];
      return made;
    },
  };
}

/** Fills in the front of a plain batch whose records are there. */
function sealed(bytes: Uint8Array, records: number, base: bigint, largest: bigint): Uint8Array {
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, 0n);
  view.setInt32(AT.length, bytes.length - BEFORE_LENGTH);
  view.setInt32(AT.leaderEpoch, -1);
  view.setInt8(AT.magic, 2);
  view.setInt16(AT.attributes, 0);
  view.setInt32(AT.lastOffsetDelta, records - 1);
  view.setBigInt64(AT.baseTimestamp, base);
  view.setBigInt64(AT.maxTimestamp, largest);
  view.setBigInt64(AT.producerId, -1n);
  view.setInt16(AT.producerEpoch, -1);
  view.setInt32(AT.baseSequence, -1);
  view.setInt32(AT.count, records);
  return sealBatch(bytes);
}
