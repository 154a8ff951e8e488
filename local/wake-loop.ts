import type { QueueMessage } from "../functions/queue-batch.ts";
import { keyText } from "../shared/core/kernel/key.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import type { LocalClock } from "./clock.ts";
import { endWithin } from "./end-within.ts";

/** What wakes the aggregates of one domain on one machine; deployed, a queue and a schedule do. */
export interface WakeLoop {
  /** A timer is due. */
  wake(wake: Wake): void;
  /** Goes on with what an earlier process has left. */
  start(): Promise<void>;
  /** Ends when what is being done now is done, or after a few seconds: what is not done then, the next start finishes. */
  stop(): Promise<void>;
}

export interface WakeLoopOptions {
  readonly runtime: Runtime;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  readonly onError: (error: unknown) => void;
  readonly isMine: (noun: string) => boolean;
  /** Looks at what the messages name. A look that fails has said so to the log; the next tick is its next try. */
  readonly handle: (records: readonly QueueMessage[]) => Promise<unknown>;
  /** Looks at whatever is due. */
  readonly tick: () => Promise<unknown>;
  /** Done each minute as well. */
  readonly each?: readonly (() => Promise<unknown>)[];
}

/** A minute here, but at least so long by the wall. Real ms. */
const SHORTEST_TICK_MS = 1_000;
/** Real ms. */
const STOP_MS = 5_000;
const MOST_LEFT = 10_000;

/**
 * Aggregates are looked at side by side, each by one look at a time: a wake that comes while its aggregate is being looked at is one more look
 * afterwards, however many come. So nothing piles up on a fast clock.
 */
export function wakeLoop(options: WakeLoopOptions): WakeLoop {
  const { runtime, clock, onError, isMine, handle, tick, each = [] } = options;
  /** By key; true: one more look. */
  const looking = new Map<string, boolean>();
  const working = new Set<Promise<unknown>>();
  let stopped = false;
  let cancel = () => {};

  const track = (work: Promise<unknown>): void => {
    const quiet = work.catch(onError).finally(() => working.delete(quiet));
    working.add(quiet);
  };
  const look = async (id: string, wake: Wake): Promise<void> => {
    looking.set(id, false);
    try {
      await handle([{ messageId: `local-${wake.at}`, body: JSON.stringify(wake) }]);
    } finally {
      const again = looking.get(id) === true && !stopped;
      looking.delete(id);
      if (again) track(look(id, wake));
    }
  };
  const tickLater = (): void => {
    if (stopped) return;
    cancel = clock.at(clock.now() + Math.max(MINUTE_MS, SHORTEST_TICK_MS * clock.speed), () => {
      track(Promise.all([tick(), ...each.map((one) => one().catch(onError))]).finally(tickLater));
    });
  };

  return {
    wake: (wake) => {
      if (stopped) return;
      const id = keyText(wake.key);
      if (looking.has(id)) looking.set(id, true);
      else track(look(id, wake));
    },
    start: async () => {
      // Not waited for: something that hangs must not keep everything else from starting.
      track(tick());
      const left = (await runtime.store.due(Number.MAX_SAFE_INTEGER, MOST_LEFT)).filter(({ noun }) => isMine(noun));
      for (const key of left) {
        const at = (await runtime.store.load(key))?.dueAt;
        if (at !== undefined) await runtime.timers.wake({ key, at });
      }
      tickLater();
    },
    stop: async () => {
      stopped = true;
      cancel();
      await endWithin(working, STOP_MS);
    },
  };
}
