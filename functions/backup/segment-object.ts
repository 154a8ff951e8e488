import type { WrittenObject } from "../../shared/core/backup/run/unit.ts";
import type { Place } from "./place.ts";
import { streamAll } from "./write-all.ts";

/** One object that is being written, piece by piece, to all places at once. */
export interface OpenObject {
  /** Bytes that were given so far. */
  readonly size: () => number;
  /** Resolves as soon as another piece may come: one waits while one is being written. Rejects when no place takes the object any more. */
  push(piece: Uint8Array): Promise<void>;
  end(): Promise<WrittenObject>;
  /** Nothing of it becomes visible. */
  abandon(why: unknown): Promise<void>;
}

export function openObject(places: readonly Place[], key: string): OpenObject {
  const waiting: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  let broken: { readonly why: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (broken) throw broken.why;
      const piece = waiting.shift();
      if (piece) {
        changed();
        yield piece;
      } else if (ended) return;
      else await wake.promise;
    }
  }

  let settled: { readonly error?: unknown } | undefined;
  const written = streamAll(places, key, pieces());
  written
    .then(
      () => (settled = {}),
      (error: unknown) => (settled = { error }),
    )
    .finally(changed);

  return {
    size: () => size,
    push: async (piece) => {
      size += piece.length;
      waiting.push(piece);
      changed();
      while (waiting.length > 1 && !settled) await wake.promise;
      if (settled?.error !== undefined) throw settled.error;
    },
    end: async () => {
      ended = true;
      changed();
      const { failed: _, ...object } = await written;
      return object;
    },
    abandon: async (why) => {
      broken = { why };
      changed();
      await written.catch(() => undefined);
    },
  };
}
