import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { Place } from "./place.ts";

/** How a destination is. `why` is a whole sentence. */
export interface PlaceProbe {
  readonly name: string;
  readonly address?: string;
  readonly status: "ok" | "failed";
  readonly why?: string;
  /** Real time it took. */
  readonly tookMs: DurationMs;
}

export interface ProbeOptions {
  /** Also writes, reads and removes an object below `work/`: says whether a backup could be written now, and that an object is not overwritten. */
  readonly write?: boolean;
  /** Unique per probe: names the object. */
  readonly id: string;
  /** Real ms, monotonic. */
  readonly elapsed: () => number;
}

/** Asks every place at once. Never rejects. */
export const probePlaces = (places: readonly Place[], options: ProbeOptions): Promise<readonly PlaceProbe[]> =>
  Promise.all(
    places.map(async (place) => {
      const { name, address } = place;
      const began = options.elapsed();
      const why = await trouble(place, options).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      return {
        ...{ name, ...(address === undefined ? {} : { address }) },
        ...(why === undefined ? { status: "ok" as const } : { status: "failed" as const, why }),
        tookMs: Math.round(options.elapsed() - began),
      };
    }),
  );

async function trouble({ objects }: Place, { write, id }: ProbeOptions): Promise<string | undefined> {
  await objects.list("points/", { limit: 1 });
  if (!write) return undefined;
  const key = `work/probe/${id}`;
  await objects.put(key, id, { ifAbsent: true });
  try {
    const second = await objects.put(key, "another", { ifAbsent: true }).then(
      () => "it overwrites objects although it is asked not to (If-None-Match): two runs could spoil each other there",
      (error: unknown) => {
        if (error instanceof HeadgateError && error.code === "objects.exists") return undefined;
        throw error;
      },
    );
    if (second !== undefined) return second;
    const read = await objects.get(key);
    if (!read || new TextDecoder().decode(read) !== id) return "what was written to it is not what it gives back";
    return undefined;
  } finally {
    await objects.remove(key).catch(() => undefined);
  }
}
