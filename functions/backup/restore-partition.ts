import { type Assembled, assembler } from "../../shared/core/backup/restore/assemble.ts";
import type { PartitionPlan, TopicPlan } from "../../shared/core/backup/restore/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import { appendOne, logOf, markTo } from "./restore-append.ts";
import { lastOrigin, originOf } from "./restore-origin.ts";
import { padTo } from "./restore-pad.ts";
import { framesOf, originHeader, type Picking, picker } from "./restore-records.ts";
import type { PartitionDone, RestoreContext } from "./restore-types.ts";

/** Batches stay below what topics and consumers take by default (1 MiB), whatever they may take while a restore runs. */
const BATCH_BYTES = 1_000_000;

interface PartitionWork {
  readonly topic: TopicPlan;
  readonly part: PartitionPlan;
  readonly picking: Picking;
  readonly selection: string;
  /** Id of the cluster the point was taken from. */
  readonly cluster: string;
  /** Positions of groups, as the source counted, rising: told where they are now, where records are translated. */
  readonly wanted: readonly Offset[];
  readonly mayGoOn: () => boolean;
  readonly onRecords: (records: number, bytes: number) => void;
}

interface Tally {
  next: Offset;
  end: Offset;
  records: number;
  bytes: number;
  padded: number;
  markers: number;
  positions: (readonly [Offset, Offset])[];
}

const failed = (error: unknown): Pick<PartitionDone, "status" | "why"> => ({
  status: error instanceof HeadgateError && error.retryable ? "more" : "failed",
  why: error instanceof Error ? error.message : String(error),
});

/**
 * Restores one partition from where it stands on. Never rejects: what went wrong is in the answer, and other partitions go on. At most one request is under way at a time, so
 * records keep their order.
 */
export async function restorePartition(context: RestoreContext, work: PartitionWork): Promise<PartitionDone> {
  const { topic, part } = work;
  const of = { topic: topic.target, partition: part.partition };
  const tally: Tally = { next: part.from, end: 0, records: 0, bytes: 0, padded: 0, markers: 0, positions: [] };
  const base = { topic: topic.source, target: topic.target, partition: part.partition };
  try {
    const whole = await (part.offsets === "kept" ? kept(context, work, of, tally) : moved(context, work, of, tally));
    return { ...base, ...tally, status: whole ? "done" : "more" };
  } catch (error) {
    return { ...base, ...tally, ...failed(error) };
  }
}

/** Sends what an assembler has made while the next batch is being made: one at a time. */
function sender(send: (one: Assembled) => Promise<void>) {
  let under: Promise<void> = Promise.resolve();
  const idle = () => under;
  return {
    idle,
    send: async (one: Assembled | undefined) => {
      await under;
      if (one) under = send(one);
      // Whoever comes next meets its failure; until then it is nobody's.
      under.catch(() => {});
    },
  };
}

async function kept(context: RestoreContext, work: PartitionWork, of: TopicPartition, tally: Tally): Promise<boolean> {
  const { topic, part, picking } = work;
  const log = await logOf(context, of);
  tally.end = log.end;
  const padded = await padTo(context, of, log, part.logStart, work.mayGoOn);
  tally.padded = padded - log.end;
  tally.end = padded;
  tally.next = Math.max(part.from, padded);
  if (padded < part.logStart) return false;
  const batches = assembler(BATCH_BYTES);
  const out = sender(async ({ bytes, first, last, records }) => {
    await appendOne(context, of, bytes, records, first);
    tally.end = last + 1;
    tally.next = last + 1;
    tally.records += records;
    tally.bytes += bytes.length;
    work.onRecords(records, bytes.length);
  });
  let expected = padded;
  const hole = async (to: Offset): Promise<void> => {
    await out.send(batches.take());
    await out.idle();
    await markTo(context, of, expected, to);
    tally.markers += to - expected;
    tally.end = to;
    tally.next = to;
    expected = to;
  };
  const from = Math.max(part.from, padded);
  for await (const piece of from < part.to
    ? context.source.read(topic.source, part.partition, { from, to: part.to })
    : []) {
    for (const { batch, frames } of framesOf(piece, from, part.to, picker(picking)))
      for (const frame of frames) {
        if (frame.offset > expected) await hole(frame.offset);
        while (!batches.add(batch, frame)) {
          await out.send(batches.take());
          if (!work.mayGoOn()) {
            await out.idle();
            return false;
          }
        }
        expected = frame.offset + 1;
      }
  }
  await out.send(batches.take());
  await out.idle();
  if (expected < part.to) await hole(part.to);
  tally.next = part.to;
  return true;
}

async function moved(context: RestoreContext, work: PartitionWork, of: TopicPartition, tally: Tally): Promise<boolean> {
  const { topic, part, picking, selection, cluster } = work;
  const origin = { cluster, topic: topic.source, partition: part.partition, point: selection };
  const header = originHeader(origin);
  const log = await logOf(context, of);
  tally.end = log.end;
  const last = await lastOrigin(context.streams, of, log, origin);
  const from = Math.max(part.from, last === undefined ? part.from : last.source + 1);
  tally.next = from;
  const batches = assembler(BATCH_BYTES);
  let ahead = 0;
  let behind = last === undefined ? log.end : last.at + 1;
  const waiting = work.wanted.filter((offset) => offset >= from);
  const out = sender(async ({ bytes, last: end, records, sources }) => {
    const at = await appendOne(context, of, bytes, records);
    for (; ahead < waiting.length && (waiting[ahead] as Offset) <= end; ahead += 1) {
      const wanted = waiting[ahead] as Offset;
      tally.positions.push([wanted, at + originOf(sources, wanted)]);
    }
    behind = at + records;
    tally.end = behind;
    tally.next = end + 1;
    tally.records += records;
    tally.bytes += bytes.length;
    work.onRecords(records, bytes.length);
  });
  for await (const piece of from < part.to
    ? context.source.read(topic.source, part.partition, { from, to: part.to })
    : []) {
    for (const { batch, frames } of framesOf(piece, from, part.to, picker(picking)))
      for (const frame of frames) {
        const mark = header(frame.offset);
        while (!batches.add(batch, frame, mark)) {
          await out.send(batches.take());
          if (!work.mayGoOn()) {
            await out.idle();
            return false;
          }
        }
      }
  }
  await out.send(batches.take());
  await out.idle();
  tally.next = part.to;
  // Behind the last record nothing is left to read.
  for (; ahead < waiting.length; ahead += 1) tally.positions.push([waiting[ahead] as Offset, behind]);
  return true;
}
