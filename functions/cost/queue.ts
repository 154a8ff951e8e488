import type { Runtime } from "../../shared/shell/runtime.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { CostMessage } from "./work-message.ts";

/** Does what one message asks for. @throws HeadgateError of store and journal */
export async function doCostWork(runtime: Runtime, message: CostMessage, id?: string): Promise<void> {
  if (message.task === "look") {
    const { lookAtSubject } = await import("./subjects.ts");
    const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: "due" };
    await lookAtSubject(runtime, message.tenant, message.subject, trigger);
    return;
  }
  const { doChore } = await import("./chores.ts");
  await doChore(runtime, message.tenant, message.task);
}

/**
 * Does what a batch of messages asks for, one after the other. A step that fails is kept in its clock and comes again by the tick; a message is
 * given back only where nothing could be kept. One that asks for nothing known ends in the dead-letter queue, where somebody sees it.
 */
export async function handleCostWork(runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> {
  const failed: string[] = [];
  for (const { messageId, body } of records) {
    const message = messageOf(CostMessage, body);
    if (!message) {
      runtime.telemetry.log("error", "queue message is no work of cost", { messageId });
      failed.push(messageId);
      continue;
    }
    try {
      await doCostWork(runtime, message, messageId);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "work of cost failed", { ...message, error: why });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "cost" });
      failed.push(messageId);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Lambda: the queue of the work of cost. */
export const handler = queueHandler(handleCostWork);
