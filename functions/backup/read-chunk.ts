import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import type { ChunkRef, ObjectRef } from "../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { passedThrough } from "../../shared/edge/young-garbage.ts";
import { sha256 } from "./documents.ts";
import type { Place } from "./place.ts";
import { faultOf, type PointFault } from "./points.ts";

const decompress = promisify(zstdDecompress);

/** Unpacks a frame, never to more than the catalogue says. @throws Error: it is damaged, or not what the hash says */
export async function unpackFrame(
  frame: Uint8Array,
  { raw, sha256: hash }: Pick<ChunkRef, "raw" | "sha256">,
): Promise<Uint8Array> {
  const bytes = await decompress(frame, { maxOutputLength: Math.max(raw, 1), chunkSize: Math.max(64, raw) });
  if (bytes.length !== raw) throw new Error(`unpacks to ${bytes.length} bytes, not ${raw}`);
  if (sha256(bytes) !== hash) throw new Error("is not what its hash says");
  return bytes;
}

/**
 * Unpacked bytes of a chunk, their hash checked, from the first place that has it in order.
 *
 * @param onFault told of every place that has not
 * @throws HeadgateError `backup.damaged`, `objects.unavailable` where no place has
 */
export async function readChunk(
  places: readonly Place[],
  object: ObjectRef | undefined,
  chunk: ChunkRef,
  onFault: (fault: PointFault) => void,
): Promise<Uint8Array> {
  if (!object)
    throw new HeadgateError(
      "backup.damaged",
      `a chunk lies in object ${chunk.object}, which its manifest does not list`,
    );
  const { key } = object;
  let trouble: HeadgateError | undefined;
  for (const place of places) {
    const where = `${key} at ${place.name}`;
    try {
      const frame = await place.objects.get(key, { start: chunk.at, endExclusive: chunk.at + chunk.size });
      if (!frame) throw new Error("is not there");
      if (frame.length !== chunk.size) throw new Error(`is cut short at byte ${chunk.at + frame.length}`);
      passedThrough(frame.length + chunk.raw);
      return await unpackFrame(frame, chunk);
    } catch (error) {
      const known = error instanceof HeadgateError ? error : undefined;
      const what = `${where}: the frame at byte ${chunk.at} ${(error as Error).message}`;
      const fault = known ?? new HeadgateError("backup.damaged", what, { cause: error });
      trouble ??= fault;
      onFault(faultOf(place, key, fault));
    }
  }
  throw trouble ?? new HeadgateError("backup.damaged", `${key} is nowhere`);
}
