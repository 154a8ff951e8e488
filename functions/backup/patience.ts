import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type DurationMs, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";

/** How long somebody at a command line waits for a cluster that is away for a moment: a broker that is restarted, a leader that moves. */
export interface Patience {
  readonly limitMs: DurationMs;
  readonly signal?: AbortSignal;
  /** Told before each pause; `waitedMs` so far. */
  readonly onWait?: (why: string, waitedMs: DurationMs) => void;
}

/** Longer than a broker takes to come back; a wrong address is told of within a minute. */
export const PATIENCE_MS: DurationMs = 45 * SECOND_MS;

const FIRST_MS: DurationMs = SECOND_MS / 2;
const LONGEST_MS: DurationMs = 5 * SECOND_MS;

const isAway = (error: unknown): error is HeadgateError =>
  error instanceof HeadgateError && error.code === "streams.unavailable" && error.retryable;

/**
 * Does something of a cluster again and again while the cluster does not answer, with pauses that double from half a second to five. No try begins behind the limit.
 *
 * @throws what the last try threw; whatever trying again does not mend, at once
 */
export async function patiently<T>(
  { now, sleep }: { readonly now: () => Millis; readonly sleep: (ms: number) => Promise<void> },
  { limitMs, signal, onWait }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  const since = now();
  let paused = 0;
  const stopped = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, LONGEST_MS)) {
    try {
      return await work();
    } catch (error) {
      // A clock that stands still does not make it wait for ever.
      const waited = Math.max(paused, now() - since);
      if (!isAway(error) || waited >= limitMs || signal?.aborted) throw error;
      onWait?.(error.message, waited);
      const next = Math.min(pause, limitMs - waited);
      await Promise.race([sleep(next), stopped]);
      if (signal?.aborted) throw error;
      paused += next;
    }
  }
}
