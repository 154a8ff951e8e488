import { type CommittedBatch, committed } from "../../shared/core/backup/batch/committed.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

/** The same batch from the broker once more; undefined: it does not come. */
export async function rereadBatch(
  streams: Streams,
  { topic, partition }: TopicPartition,
  { batch: { header }, trim }: CommittedBatch,
): Promise<CommittedBatch | undefined> {
  const { baseOffset, lastOffset, size } = header;
  try {
    const [answer] = await streams.fetch([{ topic, partition, offset: baseOffset, maxBytes: size }]);
    if (answer?.status !== "ok") return undefined;
    const { batches } = committed(answer.records, answer.aborted, baseOffset, lastOffset + 1);
    const found = batches.find(({ batch }) => batch.header.baseOffset === baseOffset);
    return found && { batch: found.batch, trim };
  } catch (error) {
    if (error instanceof HeadgateError && (error.retryable || error.code === "backup.damaged")) return undefined;
    throw error;
  }
}
