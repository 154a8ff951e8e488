import { FILLER_RECORDS, fillerBatch } from "../../shared/core/backup/restore/filler.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import { appendOne, placeOf } from "./restore-append.ts";
import type { RestoreContext } from "./restore-types.ts";

/** What is filled is deleted each time so much of it is there: about 300 MB. */
const DELETE_EACH = 32_000_000;

async function deleteTo(context: RestoreContext, of: TopicPartition, offset: Offset): Promise<void> {
  const result = await context.streams.deleteRecords([{ topic: of.topic, partition: of.partition, offset }]);
  if (result.status === "refused")
    throw new HeadgateError(
      "restore.refused",
      `${placeOf(of)}: what fills the offsets before ${offset} cannot be deleted: ${result.why}`,
    );
}

/**
 * Fills [end, logStart) and deletes it, so that the log begins at `logStart`. Begun again it goes on where it ended. Answers where it came to; less than
 * `logStart` where `mayGoOn` said no.
 */
export async function padTo(
  context: RestoreContext,
  of: TopicPartition,
  log: { readonly logStart: Offset; readonly end: Offset },
  logStart: Offset,
  mayGoOn: () => boolean,
): Promise<Offset> {
  let { end } = log;
  // Behind it lie records: what is before them is no filler, or is gone.
  if (end > logStart) return end;
  let deleted = log.logStart;
  const whole = logStart - end >= FILLER_RECORDS ? fillerBatch(FILLER_RECORDS) : undefined;
  while (end < logStart) {
    if (!mayGoOn()) return end;
    const count = Math.min(FILLER_RECORDS, logStart - end);
    await appendOne(context, of, whole && count === FILLER_RECORDS ? whole : fillerBatch(count), count, end);
    end += count;
    if (end - deleted >= DELETE_EACH && end < logStart) {
      await deleteTo(context, of, end);
      deleted = end;
    }
  }
  if (deleted < logStart) await deleteTo(context, of, logStart);
  return end;
}
