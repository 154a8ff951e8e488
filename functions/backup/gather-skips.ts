import type { Streams } from "../../shared/core/ports/streams.ts";

type Part = Parameters<Streams["skip"]>[0][number];
type Skipped = Awaited<ReturnType<Streams["skip"]>>[number];

interface Waiting {
  readonly parts: readonly Part[];
  readonly resolve: (answers: readonly Skipped[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Holes of partitions that are restored side by side go to the cluster together: what comes while one call is under way waits for the next. A log of transactions has a hole
 * for each of them, and a call takes its time whatever the number of partitions.
 */
export function gatherSkips(skip: Streams["skip"]): Streams["skip"] {
  let waiting: Waiting[] = [];
  let busy = false;
  const run = async (): Promise<void> => {
    busy = true;
    // Others that are about to ask do so in this turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const now = waiting;
      waiting = [];
      try {
        const answers = await skip(now.flatMap(({ parts }) => parts));
        for (const { parts, resolve } of now)
          resolve(
            parts.flatMap(
              (part) =>
                answers.find(({ topic, partition }) => topic === part.topic && partition === part.partition) ?? [],
            ),
          );
      } catch (error) {
        for (const { reject } of now) reject(error);
      }
    }
    busy = false;
  };
  return (parts) =>
    new Promise((resolve, reject) => {
      waiting.push({ parts, resolve, reject });
      if (!busy) void run();
    });
}
