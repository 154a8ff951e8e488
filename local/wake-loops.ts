import { isBackup } from "../functions/backup/subjects.ts";
import { isCost } from "../functions/cost/subjects.ts";
import { sweepFlags } from "../functions/delivery/flags-sweep.ts";
import { isDelivery } from "../functions/delivery/subjects.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import { tuningLoop } from "./autoscaling/loop.ts";
import { backupLoop } from "./backup/loop.ts";
import type { CostLoopOptions } from "./cost/loop.ts";
import { costLoop } from "./cost/loop.ts";
import { deliveryLoop } from "./delivery/loop.ts";

/** What wakes releases, backups, cost and the tuning of services on one machine, each in a loop of its own: none holds up another. */
export interface WakeLoops {
  /** False: it belongs to somebody else. */
  wake(wake: Wake): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function wakeLoops(options: CostLoopOptions): WakeLoops {
  const { runtime, tenant } = options;
  const rollouts = deliveryLoop({ ...options, each: [() => sweepFlags(runtime, tenant)] });
  const backups = backupLoop(options);
  const costs = costLoop(options);
  const all = [rollouts, backups, costs, tuningLoop(options)];
  return {
    wake: (wake) => {
      const { noun } = wake.key;
      const loop = isDelivery(noun) ? rollouts : isBackup(noun) ? backups : isCost(noun) ? costs : undefined;
      loop?.wake(wake);
      return loop !== undefined;
    },
    start: async () => {
      for (const loop of all) await loop.start();
    },
    stop: async () => void (await Promise.all(all.map((loop) => loop.stop()))),
  };
}
