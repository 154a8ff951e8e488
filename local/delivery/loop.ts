import { handleDeliveryWakes } from "../../functions/delivery/queue.ts";
import { tickDelivery } from "../../functions/delivery/schedule.ts";
import { isDelivery } from "../../functions/delivery/subjects.ts";
import { keyText } from "../../shared/core/kernel/key.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";
import { endWithin } from "../end-within.ts";

/** What wakes rollouts on one machine; deployed, a queue and a schedule do. */
export interface DeliveryLoop {
  /** A timer is due. */
  wake(wake: Wake): void;
  /** Goes on with what an earlier process has left. */
  start(): Promise<void>;
  /** Ends when what is being done now is done, or after a few seconds: what is not done then, the next start finishes. */
  stop(): Promise<void>;
}

export interface DeliveryLoopOptions {
  readonly runtime: Runtime;
  readonly tenant: string;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  readonly onError: (error: unknown) => void;
  /** Done each minute as well. */
  readonly each?: readonly (() => Promise<unknown>)[];
}

/** A minute here, but at least so long by the wall. Real ms. */
const SHORTEST_TICK_MS = 1_000;
/** Real ms. */
const STOP_MS = 5_000;
const MOST_LEFT = 10_000;

/**
 * Rollouts are looked at side by side, each by one look at a time: a wake that comes while its rollout is being looked at is one more look
 * afterwards, however many come. So nothing piles up on a fast clock.
 */
export function deliveryLoop({ runtime, tenant, clock, onError, each = [] }: DeliveryLoopOptions): DeliveryLoop {
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
      // A look that fails has said so to the log; the next tick is its next try.
      await handleDeliveryWakes(runtime, [{ messageId: `local-${wake.at}`, body: JSON.stringify(wake) }]);
    } finally {
      const again = looking.get(id) === true && !stopped;
      looking.delete(id);
      if (again) track(look(id, wake));
    }
  };
  const tickLater = (): void => {
    if (stopped) return;
    cancel = clock.at(clock.now() + Math.max(MINUTE_MS, SHORTEST_TICK_MS * clock.speed), () => {
      track(
        Promise.all([tickDelivery(runtime, tenant), ...each.map((one) => one().catch(onError))]).finally(tickLater),
      );
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
      // Not waited for: a hook that hangs must not keep everything else from starting.
      track(tickDelivery(runtime, tenant));
      const left = (await runtime.store.due(Number.MAX_SAFE_INTEGER, MOST_LEFT)).filter(({ noun }) => isDelivery(noun));
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
