import type { CommittedBatch } from "../../shared/core/backup/batch/committed.ts";
import { committed } from "../../shared/core/backup/batch/committed.ts";
import type { ChunkRef, Gap } from "../../shared/core/backup/format/types.ts";
import type { Stretch, StretchDone } from "../../shared/core/backup/run/unit.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Fetched, Offset } from "../../shared/core/kernel/streams.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { ChunkBuffer } from "./chunk-buffer.ts";

/** Between two tries at a partition that does not answer: this, doubling, to the second one. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** A broker that has just begun knows no topic yet: one that is missing is looked for so often. */
export const LOOKS_FOR_TOPIC = 4;
/** A log that ends before the cut may be a leader that is just catching up: so many looks, the last after about five seconds. */
const LOOKS = 8;

interface Trouble {
  readonly since: Millis;
  readonly tries: number;
  readonly againAt: Millis;
  /** Tries in a row that found the log as if nothing would ever come. */
  readonly looks: number;
}

/** One stretch, and how far it came. Changed in place. */
export interface Reading {
  readonly stretch: Stretch;
  readonly waiting: ChunkBuffer;
  /** In order; `undefined` while a chunk is still being packed. */
  readonly chunks: (ChunkRef | undefined)[];
  readonly gaps: Gap[];
  next: Offset;
  dropped: number;
  missing: { count: number; from: Offset; to: Offset } | undefined;
  /** Nothing more is read: it is whole, or a gap says why not. */
  over: boolean;
  /** What was read may be of another topic: it does not count. */
  disowned: boolean;
  /** Since when nothing came, and when it is looked at again. */
  trouble: Trouble | undefined;
}

export const beginReading = (stretch: Stretch, waiting: ChunkBuffer): Reading => ({
  stretch,
  waiting,
  chunks: [],
  gaps: [],
  next: stretch.from,
  dropped: 0,
  missing: undefined,
  over: stretch.from >= stretch.to,
  disowned: false,
  trouble: undefined,
});

export const pauseAfter = (tries: number): DurationMs => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
const nameOf = ({ stretch }: Reading) => `${stretch.topic}-${stretch.partition}`;

function addGap(reading: Reading, kind: Gap["kind"], from: Offset, to: Offset, why: string): void {
  const { topic, partition } = reading.stretch;
  reading.gaps.push({ kind, topic, partition, from, to, why });
}

/** Nothing of the rest can be had: the gap says why, `next` stays where it is, and so a later run goes on there. */
export function giveUp(reading: Reading, kind: Gap["kind"], why: string): void {
  addGap(reading, kind, reading.next, reading.stretch.to, `${nameOf(reading)}: ${why}`);
  reading.over = true;
}

/** A batch whose bytes nobody can read is left out, and what comes behind it goes on. */
export function leaveOut(reading: Reading, { batch }: CommittedBatch, why: string): void {
  const { from, to } = reading.stretch;
  const { baseOffset, lastOffset } = batch.header;
  addGap(reading, "unread", Math.max(from, baseOffset), Math.min(to, lastOffset + 1), why);
}

/** The topic was made anew in the middle of the run: what was read may be of either one, and none of it counts. */
export function disown(reading: Reading, why: string): void {
  reading.gaps.length = 0;
  reading.disowned = true;
  reading.next = reading.stretch.from;
  reading.dropped = 0;
  reading.missing = undefined;
  giveUp(reading, "recreated", why);
}

/** @param final it looked as if nothing would ever come; so many such looks in a row there were */
function waitMore(reading: Reading, now: Millis, final = true): number {
  const tries = (reading.trouble?.tries ?? 0) + 1;
  const looks = final ? (reading.trouble?.looks ?? 0) + 1 : 0;
  reading.trouble = { since: reading.trouble?.since ?? now, tries, againAt: now + pauseAfter(tries - 1), looks };
  return looks;
}

function endedEarly(reading: Reading, end: Offset, now: Millis): void {
  if (waitMore(reading, now) < LOOKS) return;
  giveUp(
    reading,
    "truncated",
    `the log ends at offset ${end}, before the cut at ${reading.stretch.to}: data was lost in the cluster`,
  );
}

/**
 * Nothing came although there is room for it. Compaction may have taken everything up to the last stable offset (the records of an aborted transaction, say); then a broker
 * never gives anything again. An answer that is full of other partitions says nothing.
 */
function gaveNothing(reading: Reading, answer: Fetched & { status: "ok" }, now: Millis, hadRoom: boolean): void {
  const { next, stretch } = reading;
  if (answer.end < stretch.to && answer.end <= next) {
    endedEarly(reading, answer.end, now);
    return;
  }
  if (!hadRoom) {
    // The others are getting on, so it is asked again at once, and first.
    reading.trouble ??= { since: now, tries: 1, againAt: now, looks: 0 };
    return;
  }
  if (answer.stable < stretch.to) {
    // A leader that took over learns from the others what is decided.
    waitMore(reading, now, false);
    return;
  }
  if (waitMore(reading, now) < LOOKS) return;
  addMissing(reading, { count: stretch.to - next, from: next, to: stretch.to });
  reading.next = stretch.to;
  reading.over = true;
}

function addMissing(
  reading: Reading,
  missing: { readonly count: number; readonly from: Offset; readonly to: Offset },
): void {
  const { count, from } = reading.missing ?? { count: 0, from: missing.from };
  reading.missing = { count: count + missing.count, from, to: missing.to };
}

function takeRecords(
  reading: Reading,
  answer: Fetched & { status: "ok" },
  now: Millis,
  hadRoom: boolean,
): readonly CommittedBatch[] {
  const { next, stretch } = reading;
  const found = committed(answer.records, answer.aborted, next, stretch.to);
  if (found.next === next) {
    gaveNothing(reading, answer, now, hadRoom);
    return [];
  }
  reading.next = found.next;
  reading.dropped += found.droppedRecords;
  reading.trouble = undefined;
  if (found.missing) addMissing(reading, found.missing);
  if (reading.next >= stretch.to) reading.over = true;
  return found.batches;
}

/**
 * What an answer means for a stretch. `unknown`: the topic may be gone; whoever calls has to look. Waiting is bounded by `patience`: a partition that nobody leads must not
 * hold up the whole run.
 */
export function takeAnswer(
  reading: Reading,
  answer: Fetched,
  now: Millis,
  patience: DurationMs,
  /** The answer had room for this partition: it was the first, or no other one had anything. */
  hadRoom: boolean,
): { readonly batches: readonly CommittedBatch[]; readonly unknown: boolean } {
  const { stretch, next } = reading;
  let batches: readonly CommittedBatch[] = [];
  let why = "its leader gives nothing";
  switch (answer.status) {
    case "ok":
      try {
        batches = takeRecords(reading, answer, now, hadRoom);
      } catch (error) {
        if (!(error instanceof HeadgateError)) throw error;
        why = error.message;
        waitMore(reading, now, false);
      }
      break;
    case "out_of_range":
      if (answer.logStart > next) {
        const to = Math.min(answer.logStart, stretch.to);
        const gone = `${nameOf(reading)}: retention removed offsets ${next} to ${to - 1} before they could be read`;
        addGap(reading, "retention", next, to, gone);
        reading.next = to;
        reading.trouble = undefined;
        reading.over = to >= stretch.to;
      } else endedEarly(reading, answer.end, now);
      break;
    case "unknown":
      why = "no broker knows it";
      waitMore(reading, now);
      break;
    case "failed":
      why = answer.why;
      if (answer.retryable) waitMore(reading, now, false);
      else giveUp(reading, "unread", answer.why);
  }
  const { trouble } = reading;
  if (!reading.over && trouble && now - trouble.since >= patience)
    giveUp(reading, "unread", `${why}; given up after ${Math.round((now - trouble.since) / 1000)} s`);
  return { batches, unknown: answer.status === "unknown" };
}

/** What the receipt says of it, once all chunks are packed. */
export function stretchDone(reading: Reading): StretchDone {
  const { stretch, next, chunks, dropped, gaps, missing, disowned } = reading;
  const holes = missing && {
    kind: "compacted" as const,
    topic: stretch.topic,
    partition: stretch.partition,
    from: missing.from,
    to: missing.to,
    why: `${nameOf(reading)}: ${missing.count} offsets hold no record, compaction took them`,
  };
  return {
    topic: stretch.topic,
    partition: stretch.partition,
    next,
    chunks: disowned ? [] : chunks.flatMap((chunk) => chunk ?? []),
    droppedRecords: dropped,
    gaps: [...gaps, ...(holes ? [holes] : [])],
  };
}
