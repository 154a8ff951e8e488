import { tuneDue } from "../../functions/autoscaling/tuning-schedule.ts";
import { type WakeLoop, type WakeLoopOptions, wakeLoop } from "../wake-loop.ts";

export interface TuningLoopOptions extends Omit<WakeLoopOptions, "isMine" | "handle" | "tick"> {
  readonly tenant: string;
}

/** What picks anew what `auto` stands for on one machine: looks each minute what is due, which is one small read for each service that has it. */
export function tuningLoop({ tenant, ...options }: TuningLoopOptions): WakeLoop {
  return wakeLoop({
    ...options,
    isMine: () => false,
    handle: async () => undefined,
    tick: () => tuneDue(options.runtime, tenant),
  });
}
