import { Writer } from "@platformatic/kafka";
import type { TopicPartition } from "../core/kernel/streams.ts";
import { cursor, int16, int32, list, tags, text } from "./kafka-bytes.ts";
import type { RawCall } from "./kafka-link.ts";
import { byTopic } from "./kafka-partitions.ts";

export const MARKER_KEY = 27;
/** What brokers from 2.7 on offer. */
export const MARKER_VERSION = 1;

export interface Markers {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Partitions of each marker; one control record is appended to each of them. */
  readonly each: readonly (readonly TopicPartition[])[];
}

export type MarkerCodes = readonly (TopicPartition & { readonly code: number })[];

/** WriteTxnMarkers: what a transaction coordinator tells the leaders. Ours end transactions that nothing was written in. */
export function markersCall({ producerId, epoch, each }: Markers): RawCall<MarkerCodes> {
  return {
    key: MARKER_KEY,
    version: MARKER_VERSION,
    write: () =>
      Writer.create()
        .appendArray([...each], (one, partitions) => {
          one
            .appendInt64(producerId)
            .appendInt16(epoch)
            .appendBoolean(false)
            .appendArray(byTopic(partitions), (to, [topic, own]) => {
              to.appendString(topic).appendArray(own, (at, { partition }) => at.appendInt32(partition), true, false);
            })
            .appendInt32(0);
        })
        .appendTaggedFields(),
    read: readMarkers,
  };
}

/** Throws RangeError where the answer is cut short. */
export function readMarkers(body: Buffer): MarkerCodes {
  const from = cursor(body);
  const all = list(from, () => {
    from.at += 8;
    const topics = list(from, () => {
      const topic = text(from) ?? "";
      const partitions = list(from, () => {
        const one = { topic, partition: int32(from), code: int16(from) };
        tags(from);
        return one;
      });
      tags(from);
      return partitions;
    });
    tags(from);
    return topics.flat();
  });
  return all.flat();
}
