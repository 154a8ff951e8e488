import * as v from "valibot";
import { integer } from "../../shared/core/kernel/schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { type BatchResponse, messageOf, type QueueMessage, queueHandler } from "../queue-batch.ts";
import { scoreShard } from "./score.ts";
import type { ScoreMessage } from "./shards.ts";

const Message = v.object({
  tenant: v.pipe(v.string(), v.minLength(1)),
  shard: integer(0, 65_535),
  shards: integer(1, 65_536),
  to: v.pipe(v.number(), v.finite()),
});

/**
 * Scores the shards of a batch of messages, each shard once however many messages name it, up to the latest instant of them. A shard
 * that another worker has is done: that one, or the next minute's, reads the same points. A message that is none is reported as
 * failed: it ends in the dead-letter queue, where somebody sees it.
 */
export async function handleScores(runtime: Runtime, records: readonly QueueMessage[]): Promise<BatchResponse> {
  const failed: string[] = [];
  const byShard = new Map<string, { message: ScoreMessage; ids: string[] }>();
  for (const { messageId, body } of records) {
    const message = parseMessage(body);
    if (!message) {
      runtime.telemetry.log("error", "queue message names no shard", { messageId });
      failed.push(messageId);
      continue;
    }
    const name = `${message.tenant}/${message.shards}/${message.shard}`;
    const before = byShard.get(name);
    if (!before) byShard.set(name, { message, ids: [messageId] });
    else {
      before.ids.push(messageId);
      before.message = { ...before.message, to: Math.max(before.message.to, message.to) };
    }
  }
  await bounded([...byShard.values()], 2, async ({ message, ids }) => {
    try {
      const trigger = {
        type: "queue" as const,
        ...(ids[0] === undefined ? {} : { id: ids[0] }),
        detail: "points are due",
      };
      const scored = await scoreShard(runtime, { ...message, trigger });
      if (scored.failures.length > 0 || scored.status === "lost") failed.push(...ids);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", "shard could not be scored", { ...message, error: why });
      failed.push(...ids);
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

function parseMessage(body: string): ScoreMessage | undefined {
  const message = messageOf(Message, body);
  return message && message.shard < message.shards ? message : undefined;
}

/** Lambda: the scoring queue. */
export const handler = queueHandler(handleScores);
