import type { AbortedTransaction, Offset } from "../core/kernel/streams.ts";
import type { Millis } from "../core/kernel/time.ts";

/** A batch in a partition's log. */
export interface StoredBatch {
  readonly base: Offset;
  /** Its last offset; larger than the number of its records tells after a compaction. */
  readonly last: Offset;
  /** As it goes over the wire, but for the base offset, which is filled in when it is read: markers of a long skip share their bytes. */
  readonly bytes: Uint8Array;
  readonly maxTimestamp: Millis;
  /** -1: none. */
  readonly producerId: number;
  /** What became of its transaction; "marker" is the control batch that says so. */
  fate: "plain" | "open" | "committed" | "aborted" | "marker";
}

export interface Aborted extends AbortedTransaction {
  /** Of the marker. */
  readonly lastOffset: Offset;
}

/** One partition's log. Offsets only go up; the high watermark is the end, as one replica has it. */
export interface PartitionLog {
  batches: StoredBatch[];
  logStart: Offset;
  end: Offset;
  bytes: number;
  /** Open transactions: producer id → first offset. */
  readonly open: Map<number, Offset>;
  /** By first offset of their markers. */
  aborted: Aborted[];
}

export const emptyPartition = (): PartitionLog => ({
  batches: [],
  logStart: 0,
  end: 0,
  bytes: 0,
  open: new Map(),
  aborted: [],
});

/** Last stable offset: where the first open transaction begins. */
export function stableOf(log: PartitionLog): Offset {
  let stable = log.end;
  for (const first of log.open.values()) stable = Math.min(stable, first);
  return Math.max(stable, log.logStart);
}

/** Index of the batch that holds the offset or, where no batch does, of the next one. */
export function indexAt({ batches }: PartitionLog, offset: Offset): number {
  let low = 0;
  let high = batches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((batches[middle]?.last ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Appends one batch of `offsets` offsets. Answers its first one. */
export function appendTo(
  log: PartitionLog,
  bytes: Uint8Array,
  facts: Pick<StoredBatch, "maxTimestamp" | "producerId" | "fate"> & { readonly offsets: number },
): Offset {
  const base = log.end;
  const { offsets, ...rest } = facts;
  log.batches.push({ base, last: base + offsets - 1, bytes, ...rest });
  log.bytes += bytes.length;
  log.end = base + offsets;
  if (facts.fate === "open" && !log.open.has(facts.producerId)) log.open.set(facts.producerId, base);
  return base;
}

/** The marker of a transaction was appended at `marker`: what it is about is decided. */
export function decide(log: PartitionLog, producerId: number, fate: "committed" | "aborted", marker: Offset): void {
  const first = log.open.get(producerId);
  if (first === undefined) return;
  log.open.delete(producerId);
  for (let index = indexAt(log, first); index < log.batches.length; index++) {
    const batch = log.batches[index];
    if (batch?.producerId === producerId && batch.fate === "open") batch.fate = fate;
  }
  if (fate === "aborted") log.aborted.push({ producerId, firstOffset: first, lastOffset: marker });
}

/** Whole batches from the one that holds `offset`, up to the last stable offset and `maxBytes`, the first one however large. */
export function readFrom(log: PartitionLog, offset: Offset, maxBytes: number): readonly StoredBatch[] {
  const stable = stableOf(log);
  const found: StoredBatch[] = [];
  let size = 0;
  for (let index = indexAt(log, offset); index < log.batches.length; index++) {
    const batch = log.batches[index];
    if (!batch || batch.base >= stable || (found.length > 0 && size + batch.bytes.length > maxBytes)) break;
    found.push(batch);
    size += batch.bytes.length;
  }
  return found;
}

/** Aborted transactions that reach into [from, to). */
export function abortedIn(log: PartitionLog, from: Offset, to: Offset): readonly AbortedTransaction[] {
  return log.aborted
    .filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to)
    .sort((a, b) => a.firstOffset - b.firstOffset)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

/** Batches that lie wholly before `logStart` go, and what is only known because of them. */
export function startAt(log: PartitionLog, logStart: Offset): void {
  if (logStart <= log.logStart) return;
  log.logStart = logStart;
  const gone = log.batches.splice(0, indexAt(log, logStart));
  for (const { bytes } of gone) log.bytes -= bytes.length;
  // By their markers' offsets, so the first ones go first.
  const first = log.aborted.findIndex(({ lastOffset }) => lastOffset >= logStart);
  if (first !== 0) log.aborted = first < 0 ? [] : log.aborted.slice(first);
}

/** Retention by age and size (-1: without limit), by whole batches from the beginning; never into an open transaction. */
export function retainIn(log: PartitionLog, before: Millis | undefined, mostBytes: number): void {
  const stable = stableOf(log);
  let left = log.bytes;
  let start = log.logStart;
  for (const { last, bytes, maxTimestamp } of log.batches) {
    const old = before !== undefined && maxTimestamp < before;
    const over = mostBytes >= 0 && left - bytes.length >= mostBytes;
    if (last >= stable || !(old || over)) break;
    left -= bytes.length;
    start = last + 1;
  }
  startAt(log, start);
}

/** Whatever is at or past `end` is lost: whole batches, as followers truncate. */
export function truncateTo(log: PartitionLog, end: Offset): void {
  const index = log.batches.findIndex(({ last }) => last >= end);
  if (index < 0) return;
  for (const { bytes } of log.batches.splice(index)) log.bytes -= bytes.length;
  log.end = Math.max(log.logStart, (log.batches.at(-1)?.last ?? log.logStart - 1) + 1);
  for (const [producerId, first] of log.open) if (first >= log.end) log.open.delete(producerId);
  for (const { producerId, firstOffset, lastOffset } of log.aborted)
    if (lastOffset >= log.end && firstOffset < log.end) log.open.set(producerId, firstOffset);
  log.aborted = log.aborted.filter(({ lastOffset }) => lastOffset < log.end);
  for (const batch of log.batches) {
    const first = log.open.get(batch.producerId);
    if (first !== undefined && batch.base >= first && batch.fate !== "marker" && batch.fate !== "plain")
      batch.fate = "open";
  }
}
