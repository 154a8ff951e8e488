import { handleDeliveryWakes } from "../../functions/delivery/queue.ts";
import { tickDelivery } from "../../functions/delivery/schedule.ts";
import { isDelivery } from "../../functions/delivery/subjects.ts";
import { type WakeLoop, type WakeLoopOptions, wakeLoop } from "../wake-loop.ts";

export interface DeliveryLoopOptions extends Omit<WakeLoopOptions, "isMine" | "handle" | "tick"> {
  readonly tenant: string;
}

/** What wakes rollouts on one machine. */
export function deliveryLoop({ tenant, ...options }: DeliveryLoopOptions): WakeLoop {
  const { runtime } = options;
  return wakeLoop({
    ...options,
    isMine: isDelivery,
    handle: (records) => handleDeliveryWakes(runtime, records),
    tick: () => tickDelivery(runtime, tenant),
  });
}
