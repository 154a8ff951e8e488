import { createHash } from "node:crypto";
import type { WrittenObject } from "../../shared/core/backup/run/unit.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { PutOptions } from "../../shared/core/ports/objects.ts";
import type { Place } from "./place.ts";

/** Where one write went. Whoever calls decides what a place that failed means. */
export interface WrittenAt {
  /** Places that have it. */
  readonly at: readonly string[];
  /** `ifAbsent` only: places where something was there already, and still is. */
  readonly exists: readonly string[];
  readonly failed: readonly { readonly place: string; readonly error: HeadgateError }[];
}

const asError = (error: unknown): HeadgateError =>
  error instanceof HeadgateError
    ? error
    : new HeadgateError("objects.unavailable", error instanceof Error ? error.message : String(error), {
        cause: error,
      });

async function everywhere(places: readonly Place[], write: (place: Place) => Promise<unknown>): Promise<WrittenAt> {
  const at: string[] = [];
  const exists: string[] = [];
  const failed: { place: string; error: HeadgateError }[] = [];
  await Promise.all(
    places.map(async (place) => {
      try {
        await write(place);
        at.push(place.name);
      } catch (cause) {
        const error = asError(cause);
        if (error.code === "objects.exists") exists.push(place.name);
        else failed.push({ place: place.name, error });
      }
    }),
  );
  const order = places.map(({ name }) => name);
  const sorted = (names: string[]) => names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { at: sorted(at), exists: sorted(exists), failed };
}

/** Writes one object to all places at once; none waits for another one that fails. */
export const putAll = (
  places: readonly Place[],
  key: string,
  body: Uint8Array | string,
  options?: PutOptions,
): Promise<WrittenAt> => everywhere(places, (place) => place.objects.put(key, body, options));

/** One chunk of a source, for several readers: the next one is read when all of those that are left have taken it. */
interface Turn {
  readonly chunk: Uint8Array | undefined;
  readonly taken: () => void;
}

/**
 * Streams one source to all places, reading it once: memory is a chunk and what each adapter holds, and the slowest place sets the pace. Resolves with size and hash of
 * what was read; a place that fails is left behind. Rejects where the source itself breaks (then nothing is visible anywhere) and where no place has it.
 */
export async function streamAll(
  places: readonly Place[],
  key: string,
  source: AsyncIterable<Uint8Array>,
): Promise<WrittenObject & { readonly failed: WrittenAt["failed"] }> {
  const hash = createHash("sha256");
  let size = 0;
  let broken: { readonly error: unknown } | undefined;
  const readers = places.map(() => reader(() => broken?.error));
  const written = everywhere(places, async (place) => {
    const own = readers[places.indexOf(place)];
    if (!own) return;
    try {
      await place.objects.putStream(key, own.chunks);
    } finally {
      own.leave();
    }
  });
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      await Promise.all(readers.map((one) => one.give(chunk)));
      if (readers.every((one) => one.left())) break;
    }
  } catch (error) {
    broken = { error };
  }
  await Promise.all(readers.map((one) => one.give(undefined)));
  const { at, failed } = await written;
  if (broken) throw broken.error;
  const [first] = failed;
  if (at.length === 0 && first) throw first.error;
  return { key, size, sha256: hash.digest("hex"), at, failed };
}

function reader(broken: () => unknown) {
  let gone = false;
  let turn: Turn | undefined;
  let wake: (() => void) | undefined;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (!turn) await new Promise<void>((resolve) => (wake = resolve));
      const mine = turn as Turn | undefined;
      if (!mine) continue;
      if (mine.chunk === undefined) {
        mine.taken();
        const error = broken();
        if (error !== undefined) throw error;
        return;
      }
      yield mine.chunk;
      turn = undefined;
      mine.taken();
    }
  }
  return {
    chunks: chunks(),
    left: () => gone,
    leave: () => {
      gone = true;
      turn?.taken();
    },
    give: (chunk: Uint8Array | undefined): Promise<void> =>
      gone
        ? Promise.resolve()
        : new Promise((resolve) => {
            turn = { chunk, taken: resolve };
            wake?.();
          }),
  };
}
