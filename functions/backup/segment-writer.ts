import type { ChunkRef } from "../../shared/core/backup/format/types.ts";
import type { WrittenObject } from "../../shared/core/backup/run/unit.ts";
import { sha256 } from "./documents.ts";
import { framePacker } from "./frame-packer.ts";
import type { Place } from "./place.ts";
import { type OpenObject, openObject } from "./segment-object.ts";

/** An object is ended once it has so many bytes. */
const OBJECT_BYTES = 64 * 1024 * 1024;
/** Frames that wait for being compressed while others are gathered: one keeps up with any broker. */
const ABREAST = 1;

/** Whole batches of one partition, and what the catalogue says of them. */
export interface PackedChunk extends Omit<ChunkRef, "object" | "at" | "size" | "sha256" | "raw"> {
  /** Not used by anybody else until `release`. */
  readonly bytes: Uint8Array;
  /** The bytes may be overwritten. */
  readonly release?: () => void;
}

export interface SegmentWriter {
  /**
   * Takes a chunk; resolves when there is room for another one. Frames lie in the objects in the order in which they were given. `told` is called with where it lies.
   * Rejects once an object can be written nowhere.
   */
  add(chunk: PackedChunk, told: (ref: ChunkRef) => void): Promise<void>;
  /** All objects, whole; those that were begun and got nothing are not there. */
  end(): Promise<readonly WrittenObject[]>;
  /** What is under way never becomes visible; objects that are whole stay. */
  abandon(why: unknown): Promise<void>;
}

/**
 * Writes chunks as zstd frames into objects of about 64 MiB, streamed to all places at once. Memory: the chunks that are being compressed and one or two frames. A place that
 * fails is left behind for that object; the next object is offered to it again.
 */
export function segmentWriter(options: {
  readonly places: readonly Place[];
  /** Key of the object with this number, from 0 on. */
  readonly key: (object: number) => string;
  readonly objectBytes?: number;
}): SegmentWriter {
  const most = options.objectBytes ?? OBJECT_BYTES;
  const objects: WrittenObject[] = [];
  let open: OpenObject | undefined;
  let tail: Promise<void> = Promise.resolve();
  let broken: { readonly error: unknown } | undefined;
  const under: Promise<void>[] = [];

  const close = async () => {
    if (open) objects.push(await open.end());
    open = undefined;
  };
  const packer = framePacker();
  const append = async (
    frame: readonly Uint8Array[],
    ref: Omit<ChunkRef, "object" | "at">,
    told: (ref: ChunkRef) => void,
  ) => {
    open ??= openObject(options.places, options.key(objects.length));
    told({ object: objects.length, at: open.size(), ...ref });
    for (const piece of frame) await open.push(piece);
    if (open.size() >= most) await close();
  };

  return {
    add: async ({ bytes, release, ...chunk }, told) => {
      if (broken) throw broken.error;
      const frame = packer.pack(bytes);
      const hash = sha256(bytes);
      const before = tail;
      const mine = (async () => {
        const packed = await frame.finally(release);
        await before;
        const size = packed.reduce((sum, piece) => sum + piece.length, 0);
        await append(packed, { ...chunk, raw: bytes.length, size, sha256: hash }, told);
      })();
      tail = mine;
      mine.catch((error: unknown) => (broken ??= { error }));
      under.push(mine);
      if (under.length > ABREAST) await under.shift();
    },
    end: async () => {
      await Promise.all(under);
      await tail;
      packer.close();
      await close();
      return objects;
    },
    abandon: async (why) => {
      broken ??= { error: why };
      // First the object, on which frames may be waiting; then what comes behind it.
      await open?.abandon(why);
      await Promise.allSettled(under);
      await open?.abandon(why);
      packer.close();
    },
  };
}
