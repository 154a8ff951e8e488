import type { Offset } from "../../kernel/streams.ts";
import { damagedBatch } from "./damaged.ts";
import { AT } from "./header.ts";
import { type Cursor, readVarint, readVarlong } from "./varint.ts";
import type { Batch } from "./walk.ts";

/** Where one record lies in its batch; its key, value and headers were not looked at. */
export interface Frame {
  offset: Offset;
  /** Difference to the batch's base timestamp. */
  timestampDelta: number | bigint;
  /** [start, end) with the length in front; `body` is where the key's length begins. */
  start: number;
  body: number;
  end: number;
  attributes: number;
}

/**
 * Visits every record of an uncompressed batch in order; `frame` is the same object each time. Costs nothing for keys and values.
 * @throws HeadgateError `backup.damaged`: compressed, offsets that do not rise, another number of records than the header says, or bytes left over
 */
export function walkFrames(batch: Batch, visit: (frame: Frame) => void): void {
  const { header, bytes } = batch;
  if (header.codec !== "none") throw damagedBatch(`records are still compressed with ${header.codec}`, AT.attributes);
  const cursor: Cursor = { bytes, at: AT.records, end: bytes.length };
  const frame: Frame = { offset: 0, timestampDelta: 0, start: 0, body: 0, end: 0, attributes: 0 };
  let before = -1;
  for (let left = header.count; left > 0; left -= 1) {
    const start = cursor.at;
    const length = readVarint(cursor);
    const end = cursor.at + length;
    if (length < 6 || end > bytes.length) throw damagedBatch(`a record says it has ${length} bytes`, start);
    cursor.end = end;
    frame.attributes = bytes[cursor.at] as number;
    cursor.at += 1;
    frame.timestampDelta = readVarlong(cursor);
    const delta = readVarint(cursor);
    if (delta <= before || header.baseOffset + delta > header.lastOffset)
      throw damagedBatch(`a record's offset ${header.baseOffset + delta} is out of order`, start);
    before = delta;
    frame.offset = header.baseOffset + delta;
    frame.start = start;
    frame.body = cursor.at;
    frame.end = end;
    visit(frame);
    cursor.at = end;
    cursor.end = bytes.length;
  }
  if (cursor.at !== bytes.length)
    throw damagedBatch(`${bytes.length - cursor.at} bytes behind the last record`, cursor.at);
}

/** Of the records of a batch: what a catalogue needs. */
export interface BatchSummary {
  readonly count: number;
  /** Of real records; absent: the batch has none (compaction). */
  readonly first?: Offset;
  readonly last?: Offset;
  /** Milliseconds. */
  readonly minTimestamp?: number;
  readonly maxTimestamp?: number;
}

/** Count, offsets and timestamps without decoding a single key, value or header. */
export function summarize(batch: Batch): BatchSummary {
  const { header } = batch;
  let first = -1;
  let last = -1;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const base = Number(header.baseTimestamp);
  walkFrames(batch, (frame) => {
    if (first < 0) first = frame.offset;
    last = frame.offset;
    const timestamp = base + Number(frame.timestampDelta);
    if (timestamp < min) min = timestamp;
    if (timestamp > max) max = timestamp;
  });
  if (header.count === 0) return { count: 0 };
  if (header.timestampType === "append") min = max = Number(header.maxTimestamp);
  return { count: header.count, first, last, minTimestamp: min, maxTimestamp: max };
}
