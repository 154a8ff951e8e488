import * as v from "valibot";
import { keyText } from "../../shared/core/kernel/key.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { flushGroup } from "./flush.ts";
import { SILENCE_NOUN } from "./nouns.ts";
import { lookAtSilence } from "./silence-sweep.ts";

const WakeMessage = v.object({
  key: v.object({ tenant: v.string(), noun: v.string(), subject: v.string() }),
  at: v.number(),
});

/** Nouns whose wakes are handled here. */
export const isAlerting = (noun: string): boolean => noun === "alerting" || noun === SILENCE_NOUN;

/** More than the lanes of the receivers let run: those decide whose turn it is. */
const AT_ONCE = 1_000;

/**
 * Looks at a group or silence whose time has come.
 *
 * @throws HeadgateError of store, journal and objects; the wake has to come again then
 */
export async function handleWake(runtime: Runtime, { key, at }: Wake, id?: string): Promise<void> {
  const { tenant, noun, subject } = key;
  if (noun === SILENCE_NOUN) return lookAtSilence(runtime, tenant, subject);
  const trigger = { type: "timer" as const, ...(id === undefined ? {} : { id }), detail: "due" };
  await flushGroup(runtime, tenant, subject, trigger, at);
}

/**
 * Looks at what a batch of wakes names, side by side, each once however many messages name it. A message that is no wake is reported
 * as failed: it ends in the dead-letter queue, where somebody sees it, instead of vanishing.
 */
export async function handleAlertingWakes(runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> {
  const failed: string[] = [];
  const byKey = new Map<string, { readonly wake: Wake; readonly ids: string[] }>();
  for (const { messageId, body } of records) {
    const wake = messageOf(WakeMessage, body);
    if (!wake || !isAlerting(wake.key.noun)) {
      runtime.telemetry.log("error", "queue message is no wake of a known noun", { messageId });
      failed.push(messageId);
      continue;
    }
    const text = keyText(wake.key);
    const known = byKey.get(text);
    if (known) known.ids.push(messageId);
    else byKey.set(text, { wake, ids: [messageId] });
  }
  await bounded([...byKey.values()], AT_ONCE, async ({ wake, ids }) => {
    try {
      await handleWake(runtime, wake, ids[0]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "group could not be flushed", { ...wake.key, error: message });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "alerting" });
      failed.push(...ids);
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Lambda: the queue of flushes. */
export const handler = queueHandler(handleAlertingWakes);
