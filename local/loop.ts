import { handleAlarms, parseAlarmEvent } from "../functions/autoscaling/alarm.ts";
import { handleWakes } from "../functions/autoscaling/queue.ts";
import { sweep, tick } from "../functions/autoscaling/schedule.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import { type Millis, MINUTE_MS } from "../shared/core/kernel/time.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import { currentConfig } from "../shared/shell/config-store.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { localAlarms } from "./alarms.ts";

/** What wakes the functions on a laptop: the same entries that EventBridge, Scheduler and SQS call when deployed. */
export interface Loop {
  /** A virtual period has ended: alarms look, each minute the tick, each quarter of an hour the sweep. */
  period(end: Millis): void;
  /** A timer is due. */
  wake(wake: Wake): void;
  /** Ends when what is being done now is done. */
  stop(): Promise<void>;
}

const SWEEP_MS = 15 * MINUTE_MS;

export function controlLoop(runtime: Runtime, onError: (error: unknown) => void): Loop {
  const tenant = DEFAULT_TENANT;
  const alarms = localAlarms(runtime.samples, async (event) => {
    await handleAlarms(runtime, tenant, parseAlarmEvent(event).notices);
  });
  let minute = -1;
  let quarter = -1;
  let next: Millis | undefined;
  let working: Promise<void> | undefined;
  let wakes: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const each = async (work: () => Promise<unknown>) => {
    try {
      if (!stopped) await work();
    } catch (error) {
      onError(error);
    }
  };
  const work = async () => {
    while (next !== undefined && !stopped) {
      const end = next;
      next = undefined;
      await each(async () => {
        const current = await currentConfig(runtime, tenant);
        if (current) await alarms.evaluate(current.config, end);
      });
      if (Math.floor(end / MINUTE_MS) !== minute) {
        minute = Math.floor(end / MINUTE_MS);
        await each(() => tick(runtime));
      }
      if (Math.floor(end / SWEEP_MS) !== quarter) {
        quarter = Math.floor(end / SWEEP_MS);
        await each(() => sweep(runtime, tenant));
      }
    }
    working = undefined;
  };

  return {
    period: (end) => {
      // Periods that end while one is being worked on are worked on together, as the newest: nothing piles up.
      next = end;
      working ??= work();
    },
    wake: (wake) => {
      wakes = wakes.then(() =>
        each(() => handleWakes(runtime, [{ messageId: `local-${wake.at}`, body: JSON.stringify(wake) }])),
      );
    },
    stop: async () => {
      stopped = true;
      await Promise.all([working, wakes]);
    },
  };
}
