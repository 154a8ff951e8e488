import * as v from "valibot";
import { keyText } from "../../shared/core/kernel/key.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { evaluateServices } from "./evaluate.ts";

const WakeMessage = v.object({
  key: v.object({ tenant: v.string(), noun: v.string(), subject: v.string() }),
  at: v.number(),
});

interface Message {
  readonly messageId: string;
  readonly wake: Wake;
}

/**
 * Evaluates the services of a batch of wakes, each once however many messages name it. A message that is no wake is
 * reported as failed: it ends in the dead-letter queue, where somebody sees it, instead of vanishing.
 */
export async function handleWakes(runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> {
  const failed: string[] = [];
  const byKey = new Map<string, Message[]>();
  for (const { messageId, body } of records) {
    const wake = messageOf(WakeMessage, body);
    if (wake?.key.noun !== "autoscaling") {
      runtime.telemetry.log("error", "queue message is no wake of a known noun", { messageId });
      failed.push(messageId);
      continue;
    }
    const text = keyText(wake.key);
    byKey.set(text, [...(byKey.get(text) ?? []), { messageId, wake }]);
  }
  const byTenant = Map.groupBy([...byKey.values()].flat(), (message) => message.wake.key.tenant);
  await bounded([...byTenant], 5, async ([tenant, messages]) => {
    const services = [...new Set(messages.map((message) => message.wake.key.subject))];
    const lost = await failures(runtime, tenant, services, messages[0]?.messageId);
    for (const { messageId, wake } of messages) if (lost.has(wake.key.subject)) failed.push(messageId);
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Names of the services that could not be evaluated. */
async function failures(
  runtime: Runtime,
  tenant: string,
  services: readonly string[],
  id: string | undefined,
): Promise<ReadonlySet<string>> {
  try {
    const trigger = { type: "timer" as const, ...(id === undefined ? {} : { id }), detail: "timer: due" };
    const evaluated = await evaluateServices(runtime, { tenant, services, trigger });
    return new Set(evaluated.filter((one) => one.error).map((one) => one.service));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("error", "batch could not be evaluated", { tenant, error: message });
    return new Set(services);
  }
}

/** Lambda: the timers' queue. */
export const handler = queueHandler(handleWakes);
