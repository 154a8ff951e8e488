import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { BreakersEvent, BreakersOptions } from "./breakers-types.ts";

/** The store did not answer, or was not asked because it did not a moment ago. */
export const NO_ANSWER = Symbol("no answer");

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface Guard {
  /** The answer, or {@link NO_ANSWER} after `timeoutMs`; never throws. */
  ask<T>(what: "read" | "write", timeoutMs: DurationMs, call: () => Promise<T>): Promise<T | typeof NO_ANSWER>;
  /** It is not to be asked now. */
  down(): boolean;
}

/** A real timer, because it waits for a socket: it ends with the answer and keeps no process alive. */
export function realWait(ms: DurationMs): { readonly done: Promise<unknown>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    timer.unref();
  });
  return { done, cancel: () => clearTimeout(timer) };
}

/**
 * What stands between the breakers and their store, so that the breaker is never the outage: each question has a short time, and one
 * that was not answered is followed by a pause in which nobody waits. After it one asks, the others go on with what they know.
 */
export function storeGuard(
  options: Pick<BreakersOptions, "wallNow" | "log" | "wait">,
  count: (what: BreakersEvent) => void,
): Guard {
  const { wallNow, log = () => {}, wait = realWait } = options;
  let failures = 0;
  let pausedUntil: Millis = 0;
  let trying = false;

  const failed = (cause: unknown): void => {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    pausedUntil = wallNow() + pause;
    failures += 1;
    count("degraded");
    if (failures > 1) return;
    const error = cause instanceof Error ? cause.message : String(cause);
    log("warn", "circuit breakers go on with what they last knew: their store does not answer", { error });
  };
  // A clock that was set back far must not make the pause one of hours.
  const paused = (at: Millis): boolean => at < pausedUntil && pausedUntil - at <= LONGEST_PAUSE_MS;

  return {
    down: () => failures > 0 && (trying || paused(wallNow())),
    async ask(what, timeoutMs, call) {
      if (failures > 0 && (trying || paused(wallNow()))) return NO_ANSWER;
      const alone = failures > 0;
      if (alone) trying = true;
      count(what);
      const timer = wait(timeoutMs);
      try {
        const answer = call();
        // Nobody listens any more when it fails after its time.
        answer.catch(() => {});
        const first = await Promise.race([answer, timer.done.then(() => NO_ANSWER)]);
        if (first === NO_ANSWER) {
          failed(new Error(`no answer within ${timeoutMs} ms`));
          return NO_ANSWER;
        }
        if (failures > 0) log("info", "circuit breakers share their state again", { failures });
        failures = 0;
        return first as Awaited<typeof answer>;
      } catch (error) {
        failed(error);
        return NO_ANSWER;
      } finally {
        if (alone) trying = false;
        timer.cancel();
      }
    },
  };
}
