import { Writer } from "@platformatic/kafka";
import type { AbortedTransaction, FetchRequest } from "../core/kernel/streams.ts";
import { cursor, int16, int32, int64, length, list, tags, text } from "./kafka-bytes.ts";
import type { RawCall } from "./kafka-link.ts";
import { byTopic } from "./kafka-partitions.ts";

/** What a broker answered for one partition, records as they came. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly end: number;
  readonly stable: number;
  readonly logStart: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly throttleMs: number;
  readonly code: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchAsk {
  readonly requests: readonly FetchRequest[];
  readonly waitMs: number;
  /** Topics by their ids, hexadecimal with dashes: from version 13 on names are not understood. */
  readonly ids?: ReadonlyMap<string, string>;
}

const KEY = 1;
const READ_COMMITTED = 1;

/** Fetch, without a session, of version 12 (by name) or 13 (by id). */
export function fetchCall(version: 12 | 13, ask: FetchAsk): RawCall<FetchAnswer> {
  const names = new Map([...(ask.ids ?? [])].map(([name, id]) => [id.replaceAll("-", ""), name]));
  return {
    key: KEY,
    version,
    write: () => writeFetch(version, ask),
    read: (body) => readFetch(body, version === 12 ? undefined : names),
  };
}

function writeFetch(version: 12 | 13, { requests, waitMs, ids }: FetchAsk): Writer {
  const total = requests.reduce((sum, { maxBytes }) => sum + maxBytes, 0);
  return Writer.create()
    .appendInt32(-1)
    .appendInt32(waitMs)
    .appendInt32(1)
    .appendInt32(Math.min(total, 2_147_483_647))
    .appendInt8(READ_COMMITTED)
    .appendInt32(0)
    .appendInt32(-1)
    .appendArray(byTopic(requests), (to, [topic, partitions]) => {
      if (version === 12) to.appendString(topic);
      else to.appendUUID(ids?.get(topic));
      to.appendArray(partitions, (one, { partition, offset, maxBytes }) => {
        one
          .appendInt32(partition)
          .appendInt32(-1)
          .appendInt64(BigInt(offset))
          .appendInt32(-1)
          .appendInt64(-1n)
          .appendInt32(maxBytes);
      });
    })
    .appendArray([], () => {})
    .appendString("")
    .appendTaggedFields();
}

/** `names`: topics by their ids in 32 hexadecimal digits, where the answer has ids. Throws RangeError where it is cut short. */
export function readFetch(body: Buffer, names?: ReadonlyMap<string, string>): FetchAnswer {
  const from = cursor(body);
  const throttleMs = int32(from);
  const code = int16(from);
  int32(from);
  const partitions = list(from, () => {
    let topic = "";
    if (names === undefined) topic = text(from) ?? "";
    else {
      topic = names.get(body.toString("hex", from.at, from.at + 16)) ?? "";
      from.at += 16;
    }
    const all = list(from, () => readPartition(from, topic));
    tags(from);
    return all;
  });
  return { throttleMs, code, partitions: partitions.flat() };
}

function readPartition(from: ReturnType<typeof cursor>, topic: string): FetchedPartition {
  const partition = int32(from);
  const code = int16(from);
  const end = int64(from);
  const stable = int64(from);
  const logStart = int64(from);
  const aborted = list(from, () => {
    const one = { producerId: int64(from), firstOffset: int64(from) };
    tags(from);
    return one;
  });
  int32(from);
  const size = Math.max(0, length(from));
  if (from.at + size > from.bytes.length) throw new RangeError("the answer ends within its records");
  const records = from.bytes.subarray(from.at, from.at + size);
  from.at += size;
  tags(from);
  return { topic, partition, code, end, stable, logStart, aborted, records };
}

const SIZE_AT = 8;
const MAGIC_AT = 16;
/** Offset and size, which the size does not count. */
const OUTSIDE = 12;

/** Where the last whole batch ends, and whether one is of a format that Kafka had before 0.11. */
export function wholeBatches(records: Buffer): { readonly end: number; readonly old: boolean } {
  let at = 0;
  while (at + MAGIC_AT < records.length) {
    const next = at + OUTSIDE + records.readInt32BE(at + SIZE_AT);
    if (records.readInt8(at + MAGIC_AT) < 2) return { end: at, old: true };
    if (next > records.length || next <= at) break;
    at = next;
  }
  return { end: at, old: false };
}
