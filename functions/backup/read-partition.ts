import type { HeldChunk } from "../../shared/core/backup/format/chain.ts";
import type { Offset } from "../../shared/core/kernel/streams.ts";
import { ahead } from "./list-all.ts";
import type { Point } from "./load-point.ts";
import type { PointFault } from "./points.ts";
import { readChunk } from "./read-chunk.ts";

/** Chunks in memory: one is used while the next one comes. */
const AHEAD = 2;

export interface ReadRange {
  /** Records in [from, to); default: all. */
  readonly from?: Offset;
  readonly to?: Offset;
  /** Told when a place has an object not in order and another one is used. */
  readonly onFault?: (fault: PointFault) => void;
}

/** Unpacked chunks with what the catalogue says of them, in order; see {@link readPartition}. */
export async function* readChunks(
  point: Point,
  topic: string,
  partition: number,
  { from = 0, to = Number.MAX_SAFE_INTEGER, onFault }: ReadRange = {},
): AsyncGenerator<HeldChunk & { readonly bytes: Uint8Array }> {
  const held = (await point.chunks(topic, partition)).filter(({ chunk }) => chunk.last >= from && chunk.first < to);
  const load = async (one: HeldChunk) => {
    // A chunk lies in an object of the point that wrote it.
    const { places, manifest } = one.point === point.id ? point : await point.earlier(one.point);
    const bytes = await readChunk(places, manifest.objects[one.chunk.object], one.chunk, (fault) => {
      point.addFault(fault);
      onFault?.(fault);
    });
    return { ...one, bytes };
  };
  yield* ahead(held, AHEAD, load);
}

/**
 * The records a point holds of a partition: pieces of whole uncompressed batches in order, earlier points' first. Read chunk by chunk with every hash checked; memory is
 * two chunks. The first and the last piece may reach out of the range. What one place has not in order comes from another.
 *
 * @throws HeadgateError `input.invalid`: the point holds no such partition; `backup.damaged`, `objects.unavailable`: a chunk can be had nowhere
 */
export async function* readPartition(
  point: Point,
  topic: string,
  partition: number,
  range: ReadRange = {},
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of readChunks(point, topic, partition, range)) yield bytes;
}
