import { Writer } from "@platformatic/kafka";
import type { Offset, TopicPartition } from "../core/kernel/streams.ts";
import { cursor, int16, int32, int64, list, tags, text } from "./kafka-bytes.ts";
import type { RawCall } from "./kafka-link.ts";
import { byTopic } from "./kafka-partitions.ts";

export interface ProducedPartition extends TopicPartition {
  readonly code: number;
  readonly baseOffset: Offset;
  readonly logStart: Offset;
  /** What the broker said of it. */
  readonly said: string | null;
}

/** One whole record batch for a partition: a broker takes no more than one in a request. */
export type ProduceItem = TopicPartition & { readonly records: Uint8Array };

const KEY = 0;
/** A batch begins with its offset, which must be 0 on its way to a broker; its checksum does not cover it. */
const NO_OFFSET = Buffer.alloc(8);
/** The versions whose requests name topics, and whose forms are one. */
export const PRODUCE_VERSIONS = [9, 10, 11] as const;

/** Produce, acknowledged by all replicas in sync. */
export function produceCall(
  version: number,
  items: readonly ProduceItem[],
  timeoutMs: number,
): RawCall<ProducedPartition[]> {
  return {
    key: KEY,
    version,
    write: () =>
      Writer.create()
        .appendString(null)
        .appendInt16(-1)
        .appendInt32(timeoutMs)
        .appendArray(byTopic(items), (to, [topic, partitions]) => {
          to.appendString(topic).appendArray(partitions, (one, { partition, records }) => {
            one
              .appendInt32(partition)
              .appendUnsignedVarInt(records.length + 1)
              .append(NO_OFFSET)
              .append(asBuffer(records.subarray(NO_OFFSET.length)));
          });
        })
        .appendTaggedFields(),
    read: readProduce,
  };
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Throws RangeError where the answer is cut short. */
export function readProduce(body: Buffer): ProducedPartition[] {
  const from = cursor(body);
  const all = list(from, () => {
    const topic = text(from) ?? "";
    const partitions = list(from, () => {
      const partition = int32(from);
      const code = int16(from);
      const baseOffset = int64(from);
      int64(from);
      const logStart = int64(from);
      const wrong = list(from, () => {
        int32(from);
        const said = text(from);
        tags(from);
        return said;
      });
      const said = text(from) ?? wrong.find((one) => one !== null) ?? null;
      tags(from);
      return { topic, partition, code, baseOffset, logStart, said };
    });
    tags(from);
    return partitions;
  });
  return all.flat();
}
