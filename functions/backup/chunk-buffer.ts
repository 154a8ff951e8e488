import type { BatchSummary } from "../../shared/core/backup/batch/frames.ts";
import type { Batch } from "../../shared/core/backup/batch/walk.ts";
import type { PackedChunk } from "./segment-writer.ts";

/** Most partitions of a run have little that is new: a buffer begins with this and grows once, to its whole size. */
const SMALL_BYTES = 256 * 1024;

/** Buffers that are used again and again, so that memory does not depend on how soon the collector comes. */
export interface BufferPool {
  take(bytes: number): Uint8Array;
  give(buffer: Uint8Array): void;
}

/** Keeps at most `keep` buffers of `bytes` each, and as many bytes of small ones; larger ones are made for the occasion. */
export function bufferPool(bytes: number, keep: number): BufferPool {
  const small = Math.min(SMALL_BYTES, bytes);
  const shelves = [
    { bytes: small, keep: Math.ceil((keep * bytes) / small), free: [] as Uint8Array[] },
    { bytes, keep, free: [] as Uint8Array[] },
  ];
  return {
    take: (wanted) => {
      const shelf = shelves.find((one) => wanted <= one.bytes);
      return shelf?.free.pop() ?? new Uint8Array(shelf?.bytes ?? wanted);
    },
    give: (buffer) => {
      const shelf = shelves.find((one) => buffer.length === one.bytes);
      if (shelf && shelf.free.length < shelf.keep) shelf.free.push(buffer);
    },
  };
}

/** Batches of one partition that are being gathered. */
export interface ChunkBuffer {
  /** Bytes that wait. */
  readonly size: () => number;
  /** Bytes of memory they are held in. */
  readonly held: () => number;
  /** Whether a batch of this size may join those that wait; one alone always may. */
  readonly fits: (bytes: number) => boolean;
  /** The batch is copied. */
  add(batch: Batch, summary: BatchSummary): void;
  /** What waits, and an empty buffer again; undefined: nothing does. */
  take(): (PackedChunk & { readonly release: () => void }) | undefined;
}

export function chunkBuffer(pool: BufferPool, most: number): ChunkBuffer {
  let buffer: Uint8Array | undefined;
  let size = 0;
  let records = 0;
  let [first, last] = [0, 0];
  let [minTimestamp, maxTimestamp] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const room = (bytes: number): Uint8Array => {
    if (buffer && size + bytes <= buffer.length) return buffer;
    const larger = pool.take(Math.max(size + bytes, 1));
    if (buffer) {
      larger.set(buffer.subarray(0, size));
      pool.give(buffer);
    }
    buffer = larger;
    return larger;
  };
  return {
    size: () => size,
    held: () => buffer?.length ?? 0,
    fits: (bytes) => size === 0 || size + bytes <= most,
    add: ({ bytes }, summary) => {
      room(bytes.length).set(bytes, size);
      if (records === 0) first = summary.first ?? 0;
      last = summary.last ?? last;
      size += bytes.length;
      records += summary.count;
      minTimestamp = Math.min(minTimestamp, summary.minTimestamp ?? minTimestamp);
      maxTimestamp = Math.max(maxTimestamp, summary.maxTimestamp ?? maxTimestamp);
    },
    take: () => {
      if (!buffer) return undefined;
      const whole = buffer;
      const bytes = whole.subarray(0, size);
      const chunk = { bytes, first, last, records, minTimestamp, maxTimestamp, release: () => pool.give(whole) };
      buffer = undefined;
      [size, records] = [0, 0];
      [minTimestamp, maxTimestamp] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      return chunk;
    },
  };
}
