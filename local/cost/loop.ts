import { doCostWork } from "../../functions/cost/queue.ts";
import { tickCost } from "../../functions/cost/schedule.ts";
import { isCost } from "../../functions/cost/subjects.ts";
import type { CostMessage } from "../../functions/cost/work-message.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import { type WakeLoop, type WakeLoopOptions, wakeLoop } from "../wake-loop.ts";

export interface CostLoopOptions extends Omit<WakeLoopOptions, "isMine" | "handle" | "tick"> {
  readonly tenant: string;
}

/** What reads bills, observes usage and makes reports on one machine: ticks whose work is done here, one piece after the other. */
export function costLoop({ tenant, ...options }: CostLoopOptions): WakeLoop {
  const { runtime, onError } = options;
  const work = (message: CostMessage) => doCostWork(runtime, message).catch(onError);
  return wakeLoop({
    ...options,
    isMine: isCost,
    handle: async (records) => {
      for (const { body } of records) {
        const { key } = JSON.parse(body) as Wake;
        await work({ tenant: key.tenant, task: "look", subject: key.subject });
      }
    },
    tick: async () => {
      const asked: CostMessage[] = [];
      await tickCost(runtime, { send: async (messages) => void asked.push(...messages) }, tenant);
      for (const message of asked) await work(message);
    },
  });
}
