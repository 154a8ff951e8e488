import type { Wake } from "../../shared/core/ports/timers.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type BatchResponse, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { lookAtWakes } from "../wake-batch.ts";
import { flushGroup } from "./flush.ts";
import { SILENCE_NOUN } from "./nouns.ts";
import { lookAtSilence } from "./silence-sweep.ts";

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

/** Looks at what a batch of wakes of groups and silences names. */
export const handleAlertingWakes = (runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> =>
  lookAtWakes(runtime, records, {
    isKnown: isAlerting,
    atOnce: AT_ONCE,
    noun: "alerting",
    failure: "group could not be flushed",
    look: (wake, id) => handleWake(runtime, wake, id),
  });

/** Lambda: the queue of flushes. */
export const handler = queueHandler(handleAlertingWakes);
