import type { ChunkRef, PartitionPart } from "./types.ts";

/** A chunk, and the point whose manifest lists its object. */
export interface HeldChunk {
  readonly point: string;
  readonly chunk: ChunkRef;
}

/** What one point says of a partition. */
export interface ChainLink {
  readonly point: string;
  readonly part: Pick<PartitionPart, "chunks" | "base" | "logStart">;
}

/** What text the hash of a partition is taken of: the hashes of its chunks, one after another. */
export const hashedText = (chunks: readonly HeldChunk[]): string => chunks.map(({ chunk }) => chunk.sha256).join("");

/**
 * The chunks a point holds of a partition, oldest first: its own and those of its bases, without those that lie wholly before the start of the log at its cut.
 *
 * @param newest what the point itself says of the partition
 * @param needs ids of the points its manifest needs: the chain ends where a base is not among them
 * @param linkOf what an earlier point says of the same partition (by topic id and number); undefined: nothing, the chain is broken
 * @returns `missing`: the base that is needed and not there
 */
export function heldChunks(
  newest: ChainLink,
  needs: ReadonlySet<string>,
  linkOf: (point: string) => ChainLink["part"] | undefined,
): { readonly chunks: readonly HeldChunk[]; readonly missing?: string } {
  const found: (readonly HeldChunk[])[] = [];
  let link: ChainLink | undefined = newest;
  let missing: string | undefined;
  while (link) {
    const { point, part }: ChainLink = link;
    found.push(part.chunks.filter(({ last }) => last >= newest.part.logStart).map((chunk) => ({ point, chunk })));
    link = undefined;
    if (part.base === undefined || !needs.has(part.base)) break;
    const base = linkOf(part.base);
    if (base) link = { point: part.base, part: base };
    else missing = part.base;
  }
  return { chunks: found.reverse().flat(), ...(missing === undefined ? {} : { missing }) };
}
