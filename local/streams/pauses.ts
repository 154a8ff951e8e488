import type { NewTopic } from "../../shared/core/kernel/streams.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

/** Which topics nobody writes to just now. */
export interface Pauses {
  look(topics: readonly Pick<NewTopic, "name" | "partitions">[]): Promise<void>;
  isPaused(topic: string): boolean;
}

/**
 * A topic that is not there, or has another number of partitions, is left alone; one that came back is, too, until nothing was written to it for `restMs`: what restores it must not
 * meet a producer half way.
 */
export function pauses(log: Pick<Streams, "offsets">, now: () => Millis, restMs: DurationMs): Pauses {
  /** By topic: where its partitions ended together, and since when. */
  const away = new Map<string, { ends: number; since: Millis }>();
  return {
    isPaused: (topic) => away.has(topic),
    look: async (topics) => {
      for (const { name, partitions } of topics) {
        const found = await log.offsets(
          Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
        );
        const ends = found.length < partitions ? -1 : found.reduce((sum, { logStart, end }) => sum + logStart + end, 0);
        const last = away.get(name);
        if (ends < 0 || (last && last.ends !== ends)) away.set(name, { ends, since: now() });
        else if (last && now() - last.since >= restMs) away.delete(name);
      }
    },
  };
}
