import type { Offset } from "../../kernel/streams.ts";
import type { Millis } from "../../kernel/time.ts";

/** Which offset became which: a record of `mm2-offset-syncs.<target>.internal`. */
export interface OffsetSync {
  readonly topic: string;
  readonly partition: number;
  readonly upstream: Offset;
  readonly downstream: Offset;
}

/** Where a group stands on both sides: a record of `<source>.checkpoints.internal`. */
export interface Checkpoint {
  readonly group: string;
  /** As it is called over there. */
  readonly topic: string;
  readonly partition: number;
  readonly upstream: Offset;
  readonly downstream: Offset;
  readonly metadata: string;
}

/** A record of `heartbeats`. */
export interface Heartbeat {
  readonly source: string;
  readonly target: string;
  readonly at: Millis;
}

const decoder = new TextDecoder();

/** Reads Kafka's primitive types one after another; undefined past the end. */
function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: number): number => {
    if (at + size > bytes.length) throw new RangeError("short");
    at += size;
    return at - size;
  };
  const int16 = () => view.getInt16(take(2));
  return {
    int16,
    int32: () => view.getInt32(take(4)),
    int64: () => Number(view.getBigInt64(take(8))),
    text: () => {
      const size = int16();
      const from = take(Math.max(0, size));
      return decoder.decode(bytes.subarray(from, from + Math.max(0, size)));
    },
  };
}

function read<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    // Not of this kind, or of a later version: who looks at many records leaves one aside.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Bytes = Uint8Array | null;

/** Layouts of org.apache.kafka.connect.mirror: OffsetSync, Checkpoint and Heartbeat; both of the last have a version (0) in front. Undefined: no such record. */
export const readOffsetSync = (key: Bytes, value: Bytes): OffsetSync | undefined =>
  key && value
    ? read(() => {
        const [k, v] = [reader(key), reader(value)];
        return { topic: k.text(), partition: k.int32(), upstream: v.int64(), downstream: v.int64() };
      })
    : undefined;

export const readCheckpoint = (key: Bytes, value: Bytes): Checkpoint | undefined =>
  key && value
    ? read(() => {
        const [k, v] = [reader(key), reader(value)];
        if (v.int16() !== 0) return undefined;
        return {
          group: k.text(),
          topic: k.text(),
          partition: k.int32(),
          upstream: v.int64(),
          downstream: v.int64(),
          metadata: v.text(),
        };
      })
    : undefined;

export const readHeartbeat = (key: Bytes, value: Bytes): Heartbeat | undefined =>
  key && value
    ? read(() => {
        const [k, v] = [reader(key), reader(value)];
        if (v.int16() !== 0) return undefined;
        return { source: k.text(), target: k.text(), at: v.int64() };
      })
    : undefined;
