import type { Millis } from "../../kernel/time.ts";
import { encodeBatch } from "./encode.ts";
import { viewOf } from "./header.ts";
import { decodeRecords } from "./records.ts";
import type { Batch } from "./walk.ts";

/** Kinds of control records (Kafka protocol, "Control Batches"). */
const KINDS = ["abort", "commit"] as const;
export type ControlKind = (typeof KINDS)[number];

/** The mark that ends a transaction, as a broker writes it. */
export function controlBatch(mark: {
  readonly type: ControlKind;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly offset: number;
  readonly timestamp: Millis | bigint;
  readonly leaderEpoch?: number;
}): Uint8Array {
  const key = new Uint8Array(4);
  viewOf(key).setInt16(2, KINDS.indexOf(mark.type));
  // Version and the epoch of the transaction coordinator.
  const value = new Uint8Array(6);
  return encodeBatch([{ timestamp: mark.timestamp, key, value }], {
    baseOffset: mark.offset,
    transactional: true,
    control: true,
    producerId: mark.producerId,
    producerEpoch: mark.producerEpoch,
    ...(mark.leaderEpoch === undefined ? {} : { leaderEpoch: mark.leaderEpoch }),
  });
}

/** How a control batch ends its producer's transaction; undefined: it is about something else (leader changes, snapshots), or empty by compaction. */
export function controlKind(batch: Batch): ControlKind | undefined {
  for (const { key } of decodeRecords(batch)) {
    return key && key.length >= 4 ? KINDS[viewOf(key).getInt16(2)] : undefined;
  }
  return undefined;
}
