import { expect } from "vitest";
import { committed } from "../../shared/core/backup/batch/committed.ts";
import { encodeBatch, type NewRecord } from "../../shared/core/backup/batch/encode.ts";
import { trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { type Batch, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type {
  Fetched,
  Offset,
  PartitionOffsets,
  TopicConfig,
  TopicPartition,
} from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";

/** A record as a producer is given it. Text is UTF-8; null and left out are null. */
export interface GivenRecord {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly (readonly [string, string | null])[];
  /** Epoch ms. Default: now. */
  readonly timestamp?: number;
}

/** A record as a consumer got it; bytes as text. */
export interface SeenRecord {
  readonly offset: Offset;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** A transaction that was begun; each `produce` is one batch. */
export interface DriverTransaction {
  produce(topic: string, partition: number, records: readonly GivenRecord[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** What others do to a cluster, by other means than the port: whoever gives the contract a `Streams` gives it one of these. */
export interface StreamsDriver {
  /** One batch, acknowledged. */
  produce(topic: string, partition: number, records: readonly GivenRecord[], codec?: string): Promise<void>;
  /** Those that it can pack with beside gzip and zstd. */
  readonly codecs: readonly string[];
  /** One producer has one transaction at a time; several producers may have theirs side by side. */
  begin(producer: string): Promise<DriverTransaction>;
  /** Everything a consumer at read committed gets from the log's start, in order. */
  consume(topic: string, partition: number): Promise<readonly SeenRecord[]>;
  /** Joins a group and stays until the answer is called. Absent: nobody can. */
  join?(group: string, topic: string): Promise<() => Promise<void>>;
  /** A connection on which exactly this is denied. Absent: there are no ACLs. */
  without?(operation: string, resourceType: string, resourceName: string): Promise<Streams>;
  /** Whether access rules are kept. */
  readonly acls: boolean;
}

export interface StreamsHarness {
  /** May hold other topics and groups: the contract uses names of its own. */
  readonly streams: Streams;
  readonly driver: StreamsDriver;
  readonly close: () => Promise<void>;
}

const decoder = new TextDecoder();
export const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : decoder.decode(bytes));
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Waits until `look` has an answer; for what a cluster does in the background. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const started = Date.now(); ; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() - started > 15_000) throw new Error(`not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One partition's offsets. */
export async function offsetsOf(streams: Streams, topic: string, partition = 0): Promise<PartitionOffsets> {
  const [found] = await streams.offsets([{ topic, partition }]);
  if (!found) throw new Error(`${topic}/${partition} has no offsets`);
  return found;
}

/** Markers are written a moment after a transaction was ended: waits for the end to be stable at `end`. */
export const settled = (streams: Streams, topic: string, end: Offset, partition = 0): Promise<PartitionOffsets> =>
  eventually(async () => {
    const found = await offsetsOf(streams, topic, partition);
    return found.stable === end && found.end === end && found;
  }, `${topic}/${partition} is stable at ${end}`);

let serial = 0;
/** A name that no other guarantee uses, also not on a cluster that other runs have used. */
export const unique = (what: string): string => `${what}-${Date.now().toString(36)}-${++serial}`;

/** A new topic, its partitions led. */
export async function newTopic(
  streams: Streams,
  what: string,
  options: { readonly partitions?: number; readonly configs?: readonly TopicConfig[] } = {},
): Promise<string> {
  const name = unique(what);
  const partitions = options.partitions ?? 1;
  const made = await streams.createTopic({ name, partitions, replicationFactor: 1, configs: options.configs ?? [] });
  expect(made).toEqual({ status: "done" });
  await led(streams, name, partitions);
  return name;
}

export const led = (streams: Streams, name: string, partitions: number) =>
  eventually(async () => {
    const found = (await streams.topics()).find((one) => one.name === name);
    return (
      found?.partitions.length === partitions && found.partitions.every(({ leader }) => leader !== undefined) && found
    );
  }, `${name} has ${partitions} partitions with leaders`);

export type Okay = Extract<Fetched, { status: "ok" }>;

/** One fetch of one partition, which has to be answered. */
export async function fetchOne(
  streams: Streams,
  topic: string,
  offset: Offset,
  maxBytes = 1_048_576,
  partition = 0,
): Promise<Okay> {
  const [found] = await streams.fetch([{ topic, partition, offset, maxBytes }], { waitMs: 100 });
  if (found?.status !== "ok") throw new Error(`fetch of ${topic}/${partition} at ${offset}: ${JSON.stringify(found)}`);
  return found;
}

export const batchesOf = (fetched: { readonly records: Uint8Array }): readonly Batch[] => [
  ...walkBatches(fetched.records),
];

/** Records of batches as they are, aborted ones included. */
export async function recordsIn(batches: readonly Batch[], place: TopicPartition): Promise<SeenRecord[]> {
  const seen: SeenRecord[] = [];
  for (const batch of batches) {
    for (const record of decodeRecords(await inflateBatch(batch, place)))
      seen.push({
        offset: record.offset,
        timestamp: Number(record.timestamp),
        key: textOf(record.key),
        value: textOf(record.value),
        headers: record.headers.map(({ key, value }) => [key, textOf(value)] as const),
      });
  }
  return seen;
}

/** Reads a partition as a backup does: fetch by fetch, by the list of aborted transactions. */
export async function readCommitted(
  streams: Streams,
  topic: string,
  options: { readonly from?: Offset; readonly maxBytes?: number; readonly partition?: number } = {},
): Promise<readonly SeenRecord[]> {
  const partition = options.partition ?? 0;
  const place = { topic, partition };
  const { logStart, stable } = await offsetsOf(streams, topic, partition);
  const seen: SeenRecord[] = [];
  for (let from = options.from ?? logStart; from < stable; ) {
    const fetched = await fetchOne(streams, topic, from, options.maxBytes, partition);
    const { batches, next } = committed(fetched.records, fetched.aborted, from, stable);
    for (const { batch } of batches) {
      const kept = trimmed(await inflateBatch(batch, place), from, stable);
      if (kept) seen.push(...(await recordsIn([kept], place)));
    }
    expect(next, `nothing was there at ${from} of ${stable}`).toBeGreaterThan(from);
    from = next;
  }
  return seen;
}

/** A batch as a restore appends it. */
export const batchOf = (...records: readonly (string | NewRecord)[]): Uint8Array =>
  encodeBatch(
    records.map((one) =>
      typeof one === "string" ? { timestamp: Date.now(), key: bytesOf("k"), value: bytesOf(one) } : one,
    ),
  );
