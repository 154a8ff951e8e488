import * as v from "valibot";
import { keyText } from "../shared/core/kernel/key.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { bounded } from "./bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage } from "./queue-batch.ts";

const WakeMessage = v.object({
  key: v.object({ tenant: v.string(), noun: v.string(), subject: v.string() }),
  at: v.number(),
});

/** What is done about the wakes of one domain. */
export interface WakeWork {
  readonly isKnown: (noun: string) => boolean;
  readonly atOnce: number;
  /** What failures are counted by, and what the log says of one. */
  readonly noun: string;
  readonly failure: string;
  readonly look: (wake: Wake, id: string | undefined) => Promise<unknown>;
}

/**
 * Looks at what a batch of wakes names, side by side, each once however many messages name it. A message that is no wake is reported as
 * failed: it ends in the dead-letter queue, where somebody sees it, instead of vanishing.
 */
export async function lookAtWakes(
  runtime: Runtime,
  records: readonly QueueMessage[],
  { isKnown, atOnce, noun, failure, look }: WakeWork,
): Promise<BatchResponse> {
  const failed: string[] = [];
  const byKey = new Map<string, { readonly wake: Wake; readonly ids: string[] }>();
  for (const { messageId, body } of records) {
    const wake = messageOf(WakeMessage, body);
    if (!wake || !isKnown(wake.key.noun)) {
      runtime.telemetry.log("error", "queue message is no wake of a known noun", { messageId });
      failed.push(messageId);
      continue;
    }
    const text = keyText(wake.key);
    const known = byKey.get(text);
    if (known) known.ids.push(messageId);
    else byKey.set(text, { wake, ids: [messageId] });
  }
  await bounded([...byKey.values()], atOnce, async ({ wake, ids }) => {
    try {
      await look(wake, ids[0]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", failure, { ...wake.key, error: message });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun });
      failed.push(...ids);
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
