import { handleAlarms, parseAlarmEvent } from "../functions/autoscaling/alarm.ts";
import { handleWakes } from "../functions/autoscaling/queue.ts";
import { sweep, tick } from "../functions/autoscaling/schedule.ts";
import { tryExport } from "../functions/decisions/export.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import { MINUTE_MS, type Millis } from "../shared/core/kernel/time.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import { type AppliedConfig, currentConfig } from "../shared/shell/config-store.ts";
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

export interface LoopOptions {
  readonly runtime: Runtime;
  readonly onError: (error: unknown) => void;
  /** Seen at each period, so that a configuration applied meanwhile is noticed. */
  readonly onConfig: (applied: AppliedConfig) => void;
}

export function controlLoop({ runtime, onError, onConfig }: LoopOptions): Loop {
  const tenant = DEFAULT_TENANT;
  const alarms = localAlarms(runtime.samples, tenant, async (event) => {
    await handleAlarms(runtime, parseAlarmEvent(event).notices);
  });
  let minute = -1;
  let quarter = -1;
  let next: Millis | undefined;
  let queued = false;
  let stopped = false;
  // One thing after the other: two looks at one service at the same moment would only get in each other's way.
  let line: Promise<void> = Promise.resolve();

  const each = async (work: () => Promise<unknown>) => {
    try {
      if (!stopped) await work();
    } catch (error) {
      onError(error);
    }
  };
  const work = async () => {
    queued = false;
    const end = next;
    if (end !== undefined && !stopped) {
      next = undefined;
      await each(async () => {
        const current = await currentConfig(runtime, tenant);
        if (!current) return;
        onConfig(current);
        await alarms.evaluate(current.config, end);
      });
      if (Math.floor(end / MINUTE_MS) !== minute) {
        minute = Math.floor(end / MINUTE_MS);
        await each(() => tick(runtime));
      }
      if (Math.floor(end / SWEEP_MS) !== quarter) {
        quarter = Math.floor(end / SWEEP_MS);
        await each(() => sweep(runtime, tenant));
        await tryExport(runtime, tenant);
      }
    }
  };

  return {
    period: (end) => {
      // Periods that end while one is being worked on are worked on together, as the newest: nothing piles up.
      next = end;
      if (queued) return;
      queued = true;
      line = line.then(work);
    },
    wake: (wake) => {
      const records = [{ messageId: `local-${wake.at}`, body: JSON.stringify(wake) }];
      line = line.then(() => each(() => handleWakes(runtime, records)));
    },
    stop: async () => {
      stopped = true;
      await line;
    },
  };
}
