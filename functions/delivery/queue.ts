import * as v from "valibot";
import { keyText } from "../../shared/core/kernel/key.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { isDelivery, lookAtSubject } from "./subjects.ts";

const WakeMessage = v.object({
  key: v.object({ tenant: v.string(), noun: v.string(), subject: v.string() }),
  at: v.number(),
});

const AT_ONCE = 20;

/**
 * Looks at what a batch of wakes names, side by side, each once however many messages name it. A message that is no wake is reported as
 * failed: it ends in the dead-letter queue, where somebody sees it, instead of vanishing.
 */
export async function handleDeliveryWakes(runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> {
  const failed: string[] = [];
  const byKey = new Map<string, { readonly wake: Wake; readonly ids: string[] }>();
  for (const { messageId, body } of records) {
    const wake = messageOf(WakeMessage, body);
    if (!wake || !isDelivery(wake.key.noun)) {
      runtime.telemetry.log("error", "queue message is no wake of a known noun", { messageId });
      failed.push(messageId);
      continue;
    }
    const text = keyText(wake.key);
    const known = byKey.get(text);
    if (known) known.ids.push(messageId);
    else byKey.set(text, { wake, ids: [messageId] });
  }
  await bounded([...byKey.values()], AT_ONCE, async ({ wake: { key }, ids }) => {
    try {
      const [id] = ids;
      const trigger = { type: "timer" as const, ...(id === undefined ? {} : { id }), detail: "due" };
      await lookAtSubject(runtime, key.tenant, key.subject, trigger);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "rollout could not be looked at", { ...key, error: message });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "delivery" });
      failed.push(...ids);
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Lambda: the queue of wakes of rollouts. */
export const handler = queueHandler(handleDeliveryWakes);
