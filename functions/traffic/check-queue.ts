import * as v from "valibot";
import { integer } from "../../shared/core/kernel/schema.ts";
import type { CheckHttp } from "../../shared/edge/http-check.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import type { CheckPart } from "./checker.ts";

const text = v.pipe(v.string(), v.minLength(1));
const instant = v.pipe(v.number(), v.finite());
const Part = v.object({
  kind: v.literal("part"),
  tenant: text,
  service: text,
  part: integer(0, 63),
  parts: integer(1, 64),
  from: instant,
  to: instant,
});
const Look = v.object({ kind: v.literal("look"), tenant: text });
const Message = v.variant("kind", [Part, Look]);

/** What the queue of the checker carries: a part of a large service, or that it is time for another look within the minute. */
export type CheckMessage = v.InferOutput<typeof Message>;

/** Sends messages to the queue of the checker; `afterSeconds`: they arrive no earlier. */
export interface CheckQueue {
  send(messages: readonly CheckMessage[], afterSeconds?: number): Promise<void>;
}

const PARTS_AT_ONCE = 4;

/** Hands parts of large services to other functions. */
export const handTo = (queue: CheckQueue) => (parts: readonly CheckPart[]) =>
  queue.send(parts.map((part) => ({ kind: "part" as const, ...part })));

/**
 * Makes what a batch of messages names. A message that is none is reported as failed: it ends in the dead-letter queue, where somebody sees
 * it. A part that is late by more than a period is made all the same: a late check is better than none.
 */
export async function handleChecks(
  runtime: Runtime,
  records: readonly QueueMessage[],
  { check, queue }: { readonly check: CheckHttp; readonly queue: CheckQueue },
): Promise<BatchResponse> {
  const failed: string[] = [];
  const { checkDue, checkPart } = await import("./checker.ts");
  await bounded(records, PARTS_AT_ONCE, async ({ messageId, body }) => {
    const message = messageOf(Message, body);
    const trigger = { type: "queue" as const, id: messageId, detail: "checks are due" };
    try {
      if (!message) throw new Error("queue message is no check");
      const options = { check, trigger };
      const { errors } =
        message.kind === "part"
          ? await checkPart(runtime, message, options)
          : await checkDue(runtime, message.tenant, { ...options, hand: handTo(queue) });
      if (errors[0]) throw errors[0];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "checks could not be made", { messageId, error: why });
      failed.push(messageId);
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Lambda: the queue of the checker. */
export const handler = queueHandler(async (runtime, records) => {
  const [{ deployedCheck, deployedQueue }] = await Promise.all([import("./check-deployed.ts")]);
  return handleChecks(runtime, records, { check: deployedCheck(), queue: deployedQueue(process.env) });
});
