import type { Runtime } from "../../shared/shell/runtime.ts";
import { type BatchResponse, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { lookAtWakes } from "../wake-batch.ts";
import { isBackup, lookAtSubject } from "./subjects.ts";

const AT_ONCE = 4;

/** Looks at what a batch of wakes of backup runs names. */
export const handleBackupWakes = (runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> =>
  lookAtWakes(runtime, records, {
    isKnown: isBackup,
    atOnce: AT_ONCE,
    noun: "backup",
    failure: "backup run could not be looked at",
    look: ({ key: { tenant, subject } }, id) =>
      lookAtSubject(runtime, tenant, subject, { type: "timer", ...(id === undefined ? {} : { id }), detail: "due" }),
  });

/** Lambda: the queue of wakes of backup runs. */
export const handler = queueHandler(handleBackupWakes);
