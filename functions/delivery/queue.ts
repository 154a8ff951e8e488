import type { Runtime } from "../../shared/shell/runtime.ts";
import { type BatchResponse, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { lookAtWakes } from "../wake-batch.ts";
import { isDelivery, lookAtSubject } from "./subjects.ts";

const AT_ONCE = 20;

/** Looks at what a batch of wakes of rollouts, flags and judgements names. */
export const handleDeliveryWakes = (runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> =>
  lookAtWakes(runtime, records, {
    isKnown: isDelivery,
    atOnce: AT_ONCE,
    noun: "delivery",
    failure: "rollout could not be looked at",
    look: ({ key: { tenant, subject } }, id) =>
      lookAtSubject(runtime, tenant, subject, { type: "timer", ...(id === undefined ? {} : { id }), detail: "due" }),
  });

/** Lambda: the queue of wakes of rollouts. */
export const handler = queueHandler(handleDeliveryWakes);
