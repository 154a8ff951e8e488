import { flushDue } from "../../functions/alerting/flush.ts";
import { handleWake } from "../../functions/alerting/queue.ts";
import { rerouteAll } from "../../functions/alerting/reroute.ts";
import { bounded } from "../../functions/bounded.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";
import { endWithin } from "../end-within.ts";

/** What wakes groups of alerts on one machine; deployed, a queue and a schedule do. */
export interface AlertLoop {
  /** A timer is due. */
  wake(wake: Wake): void;
  /** Another configuration is in force: groups are formed anew. */
  configured(): Promise<void>;
  /** Sets the timers of what an earlier process has left, and flushes what is due already. */
  start(): Promise<void>;
  /** Ends when what is being sent is sent, or after a few seconds: what is not done then, the next start finishes. */
  stop(): Promise<void>;
}

export interface AlertLoopOptions {
  readonly runtime: Runtime;
  readonly tenant: string;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  readonly onError: (error: unknown) => void;
}

/** Real ms. */
const STOP_MS = 5_000;
/** A minute here, but at least so long by the wall. Real ms. */
const SHORTEST_SWEEP_MS = 1_000;
const MOST_LEFT = 200_000;

/** Wakes are handled at once and side by side: groups have nothing to do with each other, and a receiver that hangs must hold up none. */
export function alertLoop({ runtime, tenant, clock, onError }: AlertLoopOptions): AlertLoop {
  const working = new Set<Promise<unknown>>();
  let stopped = false;
  let cancel = () => {};

  const track = (work: Promise<unknown>): Promise<void> => {
    const quiet = work.then(
      () => undefined,
      (error: unknown) => onError(error),
    );
    working.add(quiet);
    void quiet.finally(() => working.delete(quiet));
    return quiet;
  };

  const sweepLater = (): void => {
    if (stopped) return;
    const every = Math.max(MINUTE_MS, SHORTEST_SWEEP_MS * clock.speed);
    cancel = clock.at(clock.now() + every, () => {
      // Not waited for by the next one: a group that takes long is somebody's claim, and left alone.
      if (!stopped) void track(flushDue(runtime, tenant));
      sweepLater();
    });
  };

  return {
    wake: (wake) => {
      if (!stopped) void track(handleWake(runtime, wake));
    },
    configured: () => (stopped ? Promise.resolve() : track(rerouteAll(runtime, tenant))),
    start: async () => {
      await rerouteAll(runtime, tenant);
      const keys = await runtime.store.due(Number.MAX_SAFE_INTEGER, MOST_LEFT);
      await bounded(
        keys.filter(({ noun }) => noun.startsWith("alerting")),
        100,
        async (key) => {
          const at = (await runtime.store.load(key))?.dueAt;
          if (at !== undefined) await runtime.timers.wake({ key, at });
        },
      );
      sweepLater();
    },
    stop: async () => {
      stopped = true;
      cancel();
      await endWithin(working, STOP_MS);
    },
  };
}
