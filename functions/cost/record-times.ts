import { committed } from "../../shared/core/backup/batch/committed.ts";
import { walkFrames } from "../../shared/core/backup/batch/frames.ts";
import { type Batch, walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type { Fetched, FetchRequest, Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";

/** Enough for an ordinary batch; a larger one is given whole all the same. */
const BYTES = 32_768;
/** Requests of one fetch: an answer has {@link BYTES} of each. */
const AT_ONCE = 100;
/** Aborted transactions and markers may fill an answer; then what is behind it is asked for, so often. */
const HOPS = 8;

export interface RecordPlace extends TopicPartition {
  readonly offset: Offset;
}

export type RecordTime =
  | {
      readonly status: "read";
      /** Absent: the record has none. */
      readonly at?: Millis;
      /** The first record at or behind the offset that a consumer gets. */
      readonly offset: Offset;
      /** What was asked for is not kept any more: this is the oldest that is. */
      readonly lost: boolean;
    }
  /** Nothing that a consumer gets is there. */
  | { readonly status: "none" }
  | { readonly status: "failed"; readonly why: string };

export const timeKey = ({ topic, partition, offset }: RecordPlace): string => `${topic}/${partition}/${offset}`;

/**
 * Timestamps of the records that a consumer would get next at some places (read committed), each place once; by "topic/partition/offset". Batches are unpacked as far as
 * the record; one that cannot be is told by the time its header begins with, which is no younger.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied`
 */
export async function recordTimes(
  streams: Pick<Streams, "fetch">,
  places: readonly RecordPlace[],
): Promise<ReadonlyMap<string, RecordTime>> {
  const found = new Map<string, RecordTime>();
  let asked = [
    ...new Map(places.map((place) => [timeKey(place), { ...place, key: timeKey(place), lost: false }])).values(),
  ];
  for (let hop = 0; asked.length > 0 && hop < HOPS; hop += 1) {
    const again: typeof asked = [];
    for (let at = 0; at < asked.length; at += AT_ONCE) {
      const some = asked.slice(at, at + AT_ONCE);
      // One fetch may ask for a partition once.
      for (const round of rounds(some)) {
        const requests = round.map(
          ({ topic, partition, offset }): FetchRequest => ({ topic, partition, offset, maxBytes: BYTES }),
        );
        const answers = await streams.fetch(requests, { waitMs: 0 });
        for (const [index, one] of round.entries()) {
          const answer = answers[index];
          if (!answer) continue;
          if (answer.status === "out_of_range" && one.offset < answer.logStart) {
            again.push({ ...one, offset: answer.logStart, lost: true });
            continue;
          }
          const read = await timeIn(answer, one);
          if (typeof read === "number") again.push({ ...one, offset: read });
          else found.set(one.key, read.status === "read" ? { ...read, lost: one.lost } : read);
        }
      }
    }
    asked = again;
  }
  for (const { key } of asked) found.set(key, { status: "failed", why: "nothing but aborted transactions was found" });
  return found;
}

/** Pieces in which no partition stands twice. */
function rounds<T extends TopicPartition>(all: readonly T[]): readonly (readonly T[])[] {
  const pieces: { readonly seen: Set<string>; readonly items: T[] }[] = [];
  for (const one of all) {
    const key = `${one.topic}/${one.partition}`;
    let piece = pieces.find(({ seen }) => !seen.has(key));
    if (!piece) pieces.push((piece = { seen: new Set(), items: [] }));
    piece.seen.add(key);
    piece.items.push(one);
  }
  return pieces.map(({ items }) => items);
}

/** What an answer tells of a place, or where to ask next. */
async function timeIn(answer: Fetched, place: RecordPlace): Promise<RecordTime | Offset> {
  if (answer.status === "out_of_range" || answer.status === "unknown") return { status: "none" };
  if (answer.status === "failed") return { status: "failed", why: answer.why };
  if (answer.records.length === 0) return { status: "none" };
  const { batches, next } = committed(answer.records, answer.aborted, place.offset, answer.stable);
  for (const { batch } of batches) {
    const read = await timeOf(batch, place);
    if (read) return read;
  }
  return next > place.offset && next < answer.stable ? next : { status: "none" };
}

const timed = (at: number, offset: Offset): RecordTime => ({
  status: "read",
  ...(at < 0 ? {} : { at }),
  offset,
  lost: false,
});

async function timeOf(packed: Batch, place: RecordPlace): Promise<RecordTime | undefined> {
  const { header } = packed;
  if (header.timestampType === "append")
    return timed(Number(header.maxTimestamp), Math.max(place.offset, header.baseOffset));
  let batch: Batch;
  try {
    batch = await inflateBatch(packed, place);
  } catch {
    return timed(Number(header.baseTimestamp), Math.max(place.offset, header.baseOffset));
  }
  let first: RecordTime | undefined;
  walkFrames(batch, ({ offset, timestampDelta }) => {
    if (first === undefined && offset >= place.offset)
      first = timed(Number(header.baseTimestamp) + Number(timestampDelta), offset);
  });
  return first;
}

/**
 * Bytes of a record on a disk, of the batches at some places: one for each topic.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied`
 */
export async function tailSizes(
  streams: Pick<Streams, "fetch">,
  places: readonly RecordPlace[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const requests = places.slice(at, at + AT_ONCE).map((place): FetchRequest => ({ ...place, maxBytes: BYTES }));
    for (const answer of await streams.fetch(requests, { waitMs: 0 })) {
      if (answer.status !== "ok") continue;
      for (const { header } of walkBatches(answer.records))
        if (!header.control && header.count > 0) sizes.set(answer.topic, header.size / header.count);
    }
  }
  return sizes;
}
