import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { passedThrough } from "../../shared/edge/young-garbage.ts";
import type { RestoreContext } from "./restore-types.ts";

const TRIES = 8;
const PAUSE_MS = 250;

export const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Where a partition's log begins and ends. */
export async function logOf(context: RestoreContext, of: TopicPartition) {
  const [now] = await context.streams.offsets([of]);
  if (!now) throw new HeadgateError("streams.unknown", `${placeOf(of)} is not there (any more)`);
  return now;
}

const stopped = (of: TopicPartition, expected: Offset, found: Offset): HeadgateError =>
  new HeadgateError(
    "restore.refused",
    `${placeOf(of)}: somebody else writes to it: its end should be ${expected} and is ${found}; nothing more is restored into it`,
  );

/**
 * Appends one batch of `count` records, and answers the offset its first record got. With `expected` that has to be it: else somebody else writes, and it stops. An answer
 * that was lost is made up from where the log ends.
 *
 * @throws HeadgateError `restore.refused` final; `streams.unavailable` retryable: the same call may be made again, after a look at the end
 */
export async function appendOne(
  context: RestoreContext,
  of: TopicPartition,
  bytes: Uint8Array,
  count: number,
  expected?: Offset,
): Promise<Offset> {
  let why = "";
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await context.sleep(PAUSE_MS * 2 ** Math.min(attempt - 1, 4));
    if (attempt > 0 && expected !== undefined) {
      const { end } = await logOf(context, of);
      if (end === expected + count) return expected;
      if (end !== expected) throw stopped(of, expected, end);
    }
    const [done] = await context.streams.append([{ topic: of.topic, partition: of.partition, records: bytes }]);
    passedThrough(3 * bytes.length);
    if (!done) throw new HeadgateError("streams.unknown", `${placeOf(of)} is not there (any more)`);
    if (done.status === "done") {
      if (expected !== undefined && done.baseOffset !== expected) throw stopped(of, expected, done.baseOffset);
      return done.baseOffset;
    }
    if (done.status === "refused")
      throw new HeadgateError("restore.refused", `${placeOf(of)}: the cluster refused records: ${done.why}`);
    why = done.why;
    // Without an offset that it must have, only a look at what lies there tells whether it is in.
    if (expected === undefined) break;
  }
  throw new HeadgateError("streams.unavailable", `${placeOf(of)}: records may not have arrived: ${why}`, {
    retryable: true,
  });
}

/** Moves the end of the log from `from` to `to` by markers. */
export async function markTo(context: RestoreContext, of: TopicPartition, from: Offset, to: Offset): Promise<void> {
  const skip: Streams["skip"] = context.skip ?? ((parts) => context.streams.skip(parts));
  for (let end = from; end < to; ) {
    const [done] = await skip([{ topic: of.topic, partition: of.partition, count: to - end }]);
    if (!done) throw new HeadgateError("streams.unknown", `${placeOf(of)} is not there (any more)`);
    if (done.status === "refused")
      throw new HeadgateError(
        "restore.refused",
        `${placeOf(of)}: the hole from ${end} to ${to} cannot be made: ${done.why}; translate its offsets instead`,
      );
    if (done.end > to) throw stopped(of, to, done.end);
    if (done.end <= end)
      throw new HeadgateError("streams.unavailable", `${placeOf(of)}: no marker came in at ${end}`, {
        retryable: true,
      });
    end = done.end;
  }
}
