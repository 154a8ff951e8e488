import type { ChunkRef, Gap, PartitionPart } from "../format/types.ts";
import type { PartitionCut, TopicCut } from "./cut.ts";

/** Hash of a text, 64 hex digits. */
export type Hash = (text: string) => string;

/** What the receipts say of one stretch, with chunks that count into the objects of the manifest. */
export interface ReadStretch {
  readonly from: number;
  readonly to: number;
  /** Everything before it was read. */
  readonly next: number;
  readonly chunks: readonly ChunkRef[];
}

/** A partition on its way into a point: its own chunks, then one base after another, the newest first. */
export interface Folding {
  readonly topic: TopicCut;
  readonly cut: PartitionCut;
  readonly own: readonly ChunkRef[];
  readonly end: number;
  /** Of the older chunks, the newest point first. */
  readonly older: { readonly point: string; readonly hashes: string; readonly chunks: number }[];
  records: number;
  first: number | undefined;
  last: number | undefined;
  /** The point whose turn is next; undefined: the chain is walked. */
  wants: string | undefined;
}

/** Joins what was read of a partition. What lies past the first hole is left out: the next run reads it again. */
export function beginFolding(topic: TopicCut, cut: PartitionCut, read: readonly ReadStretch[], gaps: Gap[]): Folding {
  let end = cut.from;
  const own: ChunkRef[] = [];
  for (const stretch of [...read].sort((a, b) => a.from - b.from)) {
    if (stretch.from !== end) break;
    own.push(...stretch.chunks);
    end = stretch.next;
    if (stretch.next < stretch.to) break;
  }
  if (
    end < cut.stable &&
    !gaps.some((gap) => gap.topic === topic.name && gap.partition === cut.partition && gap.kind !== "retention")
  )
    gaps.push({
      kind: "unread",
      topic: topic.name,
      partition: cut.partition,
      from: end,
      to: cut.stable,
      why: `offsets ${end} to ${cut.stable - 1} of ${topic.name}-${cut.partition} were not read in this run; the next one goes on from there`,
    });
  return {
    ...{ topic, cut, own, end, older: [] },
    records: own.reduce((sum, { records }) => sum + records, 0),
    first: own[0]?.first,
    last: own.at(-1)?.last,
    wants: cut.before?.base,
  };
}

/** Takes what the wanted point says of the partition; undefined: it does not know it, and the chain is broken. */
export function takeBase(
  folding: Folding,
  point: string,
  part: Pick<PartitionPart, "chunks" | "base">,
  needs: ReadonlySet<string>,
): void {
  const held = part.chunks.filter(({ last }) => last >= folding.cut.logStart);
  folding.wants = held.length > 0 && part.base !== undefined && needs.has(part.base) ? part.base : undefined;
  if (held.length === 0) return;
  folding.older.push({ point, hashes: held.map(({ sha256 }) => sha256).join(""), chunks: held.length });
  folding.records += held.reduce((sum, { records }) => sum + records, 0);
  folding.first = held[0]?.first;
  folding.last ??= held.at(-1)?.last;
}

export function partitionPart({ cut, own, end, older, records, first, last }: Folding, hash: Hash): PartitionPart {
  const { partition, logStart, highWatermark } = cut;
  const text =
    [...older]
      .reverse()
      .map(({ hashes }) => hashes)
      .join("") + own.map(({ sha256 }) => sha256).join("");
  const base = older[0]?.point;
  const depth = older.length + (own.length > 0 ? 1 : 0);
  return {
    partition,
    logStart,
    end: Math.max(end, 0),
    highWatermark,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    records,
    sha256: hash(text),
    chunks: own,
    ...(base === undefined ? {} : { base }),
    ...(depth > 1 ? { depth } : {}),
  };
}
