import type { AbortedTransaction, Offset } from "../../kernel/streams.ts";
import { controlKind } from "./control.ts";
import { type Batch, walkBatches } from "./walk.ts";

/** A batch that a reader of committed data sees. */
export interface CommittedBatch {
  readonly batch: Batch;
  /** Reaches out of [from, to): unpack it, then {@link trimmed}. */
  readonly trim: boolean;
}

export interface Committed {
  readonly batches: readonly CommittedBatch[];
  /** Control records and records of aborted transactions in [from, to). */
  readonly droppedRecords: number;
  /** Offsets in [from, next) that no record has, in its batch or between two: compaction. The stretch reaches over all of them. */
  readonly missing?: { readonly count: number; readonly from: Offset; readonly to: Offset };
  /** Everything before it was looked at: behind the last batch, at most `to`; `from` where there was none. */
  readonly next: Offset;
}

/** Adds up what is missing. */
function holes() {
  let [count, from, to] = [0, 0, 0];
  return {
    add: (many: number, first: Offset, end: Offset) => {
      if (many <= 0) return;
      if (count === 0) from = first;
      count += many;
      to = end;
    },
    sum: () => (count === 0 ? {} : { missing: { count, from, to } }),
  };
}

/** As many of a batch's records as can lie in [from, to); exact unless compaction left holes in a batch that reaches out of it. */
function countIn({ header }: Batch, from: Offset, to: Offset): number {
  const overlap = Math.min(header.lastOffset + 1, to) - Math.max(header.baseOffset, from);
  return Math.max(0, Math.min(header.count, overlap));
}

/**
 * What one fetch holds in [from, to) once aborted transactions and control batches are taken out. Needs nothing but the answer itself: `aborted` names every aborted
 * transaction that overlaps it, also those that began before it. Aborted transactions come into force at their first offset and end at that producer's next abort mark, so
 * several of one producer in one answer are told apart (the algorithm of Kafka's own consumer, KIP-98).
 * @throws HeadgateError `backup.damaged`, with the position in `bytes`
 */
export function committed(
  bytes: Uint8Array,
  aborted: readonly AbortedTransaction[],
  from: Offset,
  to: Offset,
): Committed {
  const coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const inForce = new Set<number>();
  const batches: CommittedBatch[] = [];
  let droppedRecords = 0;
  const missing = holes();
  let next = from;
  let taken = 0;
  for (const batch of walkBatches(bytes)) {
    const { header } = batch;
    for (let one = coming[taken]; one && one.firstOffset <= header.lastOffset; one = coming[++taken])
      inForce.add(one.producerId);
    if (header.control && controlKind(batch) === "abort") inForce.delete(header.producerId);
    if (header.lastOffset < from) continue;
    if (header.baseOffset >= to) {
      missing.add(to - next, next, to);
      next = Math.max(next, to);
      break;
    }
    const [start, end] = [Math.max(header.baseOffset, from), Math.min(to, header.lastOffset + 1)];
    missing.add(start - next, next, start);
    next = Math.max(next, end);
    const count = countIn(batch, from, to);
    missing.add(end - start - count, start, end);
    if (header.count === 0) continue;
    if (header.control || (header.transactional && inForce.has(header.producerId))) droppedRecords += count;
    else batches.push({ batch, trim: header.baseOffset < from || header.lastOffset >= to });
  }
  return { batches, droppedRecords, next, ...missing.sum() };
}
