import type { Gap, ObjectRef } from "../format/types.ts";
import type { ReadStretch } from "./fold-partition.ts";
import type { Receipt, Unit } from "./unit.ts";

export const partitionKey = (topic: string, partition: number): string => `${partition}/${topic}`;

/** What all receipts of a run say together. */
export interface ReadRun {
  /** By {@link partitionKey}. */
  readonly stretches: ReadonlyMap<string, readonly ReadStretch[]>;
  readonly objects: readonly ObjectRef[];
  readonly gaps: readonly Gap[];
  readonly droppedRecords: number;
}

/**
 * Puts the receipts of all units one behind the other: objects are counted through, chunks are made to count into them, stretches that took several parts are joined.
 *
 * @param receipts of each unit, in order of `part`; a unit that nobody finished has fewer than it needs, or none
 */
export function readReceipts(units: readonly Unit[], receipts: (unit: number) => readonly Receipt[]): ReadRun {
  const stretches = new Map<string, ReadStretch[]>();
  const objects: ObjectRef[] = [];
  const gaps: Gap[] = [];
  let droppedRecords = 0;
  for (const { unit, stretches: planned } of units) {
    // A partition may have several stretches, but never two in one unit.
    const open = new Map<string, { -readonly [K in keyof ReadStretch]: ReadStretch[K] }>();
    for (const { topic, partition, from, to } of planned)
      open.set(partitionKey(topic, partition), { from, to, next: from, chunks: [] });
    for (const receipt of receipts(unit)) {
      const before = objects.length;
      for (const { key, size, sha256 } of receipt.objects) objects.push({ key, size, sha256 });
      for (const { topic, partition, next, chunks, droppedRecords: dropped, gaps: found } of receipt.stretches) {
        const stretch = open.get(partitionKey(topic, partition));
        if (!stretch) continue;
        stretch.next = Math.max(stretch.next, next);
        stretch.chunks = [...stretch.chunks, ...chunks.map((one) => ({ ...one, object: one.object + before }))];
        gaps.push(...found);
        droppedRecords += dropped;
      }
    }
    for (const [key, stretch] of open) {
      const known = stretches.get(key);
      if (known) known.push(stretch);
      else stretches.set(key, [stretch]);
    }
  }
  return { stretches, objects, gaps, droppedRecords };
}

/** Hashes and receipts of one unit: those that follow one another from the first part on. Several of one part may lie there, if its writers could not see each other. */
export function chainOfReceipts(
  found: readonly { readonly sha256: string; readonly receipt: Receipt }[],
): readonly { readonly sha256: string; readonly receipt: Receipt }[] {
  const ways: (readonly { sha256: string; receipt: Receipt }[])[] = [];
  const follow = (way: readonly { sha256: string; receipt: Receipt }[]): void => {
    const last = way.at(-1);
    const next = found.filter(
      ({ receipt }) =>
        receipt.part === way.length &&
        (last === undefined || receipt.after === undefined || receipt.after === last.sha256),
    );
    if (next.length === 0) ways.push(way);
    for (const one of next) follow([...way, one]);
  };
  follow([]);
  const done = (way: (typeof ways)[number]): number => (way.at(-1)?.receipt.rest.length === 0 ? 1 : 0);
  // The whole one before the unfinished one, then the longest, then by hash: everybody chooses the same.
  return (
    ways.sort(
      (a, b) =>
        done(b) - done(a) ||
        b.length - a.length ||
        (a.map(({ sha256 }) => sha256).join() < b.map(({ sha256 }) => sha256).join() ? -1 : 1),
    )[0] ?? []
  );
}
