import { randomUUID } from "node:crypto";
import type { CommittedBatch } from "../../shared/core/backup/batch/committed.ts";
import { summarize } from "../../shared/core/backup/batch/frames.ts";
import { trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import type { Batch } from "../../shared/core/backup/batch/walk.ts";
import type { Receipt, Stretch, Unit } from "../../shared/core/backup/run/unit.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Fetched } from "../../shared/core/kernel/streams.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";
import { passedThrough } from "../../shared/edge/young-garbage.ts";
import { bufferPool, chunkBuffer } from "./chunk-buffer.ts";
import { rereadBatch } from "./copy-reread.ts";
import {
  beginReading,
  disown,
  giveUp,
  LOOKS_FOR_TOPIC,
  leaveOut,
  pauseAfter,
  type Reading,
  stretchDone,
  takeAnswer,
} from "./copy-stretch.ts";
import { topicFate } from "./copy-topic.ts";
import type { Place } from "./place.ts";
import { segmentWriter } from "./segment-writer.ts";

/** Unpacked bytes of a frame, at the most: a frame of 4 MiB costs one percent against one that never ends. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** Frames that are being gathered, over all partitions, by the memory they take. */
const GATHERED = 5;
/** Partitions that are read at a time: each gathers a frame. Those of which few records are left share one of these places. */
const ABREAST = 4;
const FEW_RECORDS = 500;
const SHARE = 8;
/** Bytes of one answer, over all partitions. One is being packed while the next one comes. */
const FETCH_BYTES = 1024 * 1024;
/** Shorter than a worker's turn (work-queue.ts): who comes next waits anew, and what nobody ever answers for would be waited for until the whole run is too late. */
const PATIENCE_MS = 4 * 60_000;
/** For all units of a process, one after another. */
const BUFFERS = bufferPool(CHUNK_BYTES, GATHERED);

export interface CopyProgress {
  /** Unpacked bytes and records that were taken so far, and bytes that were packed and given to the places. */
  readonly bytes: number;
  readonly records: number;
  readonly storedBytes: number;
  readonly partitionsDone: number;
  readonly partitions: number;
}

export interface CopyRequest {
  readonly streams: Streams;
  readonly places: readonly Place[];
  /** `data/<plan>/<id>/` */
  readonly prefix: string;
  readonly unit: Unit["unit"];
  /** Counts the workers that went on with this unit. */
  readonly part: number;
  readonly stretches: readonly Stretch[];
  /** True: no new work is begun, what was read is finished. */
  readonly deadline: () => boolean;
  /** Sets the objects of two workers apart that do the same part. Default: by chance. */
  readonly attempt?: string;
  readonly chunkBytes?: number;
  readonly objectBytes?: number;
  readonly fetchBytes?: number;
  /** How long a partition, or the whole cluster, may give nothing. Default 4 minutes. */
  readonly patience?: DurationMs;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
  readonly now?: () => Millis;
  readonly pause?: (ms: DurationMs) => Promise<void>;
}

const sleep = (ms: DurationMs) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Copies stretches of partitions to all places: every committed record in them once, in order. What cannot be had becomes a gap, never an error of the whole unit; partitions
 * that do not answer are tried again until `deadline`, or for `patience`. While one answer is being packed the next one is being fetched; memory does not depend on how
 * much there is.
 *
 * @throws HeadgateError `objects.*`: no place took an object; `streams.denied`, and `streams.unavailable` where the cluster gave nothing for `patience`; the signal's reason
 */
export async function copyUnit(request: CopyRequest): Promise<Receipt> {
  const { streams, signal } = request;
  const now = request.now ?? Date.now;
  const pause = request.pause ?? sleep;
  const patience = request.patience ?? PATIENCE_MS;
  const chunkBytes = request.chunkBytes ?? CHUNK_BYTES;
  const attempt = request.attempt ?? randomUUID().slice(0, 8);
  const pool = chunkBytes === CHUNK_BYTES ? BUFFERS : bufferPool(chunkBytes, GATHERED);
  const readings = request.stretches.map((stretch) => beginReading(stretch, chunkBuffer(pool, chunkBytes)));
  const writer = segmentWriter({
    places: request.places,
    key: (object) => `${request.prefix}${request.unit}-${request.part}-${attempt}-${object}.zst`,
    ...(request.objectBytes === undefined ? {} : { objectBytes: request.objectBytes }),
  });
  const sum = { bytes: 0, records: 0, storedBytes: 0 };
  const tell = () =>
    request.onProgress?.({
      ...sum,
      partitions: readings.length,
      partitionsDone: readings.filter(({ over }) => over).length,
    });

  const flush = async (reading: Reading) => {
    const chunk = reading.waiting.take();
    if (!chunk) return;
    const { chunks } = reading;
    const at = chunks.push(undefined) - 1;
    await writer.add(chunk, (ref) => {
      chunks[at] = ref;
      sum.storedBytes += ref.size;
    });
  };
  const makeRoom = async () => {
    while (readings.reduce((bytes, { waiting }) => bytes + waiting.held(), 0) > chunkBytes * GATHERED) {
      await flush(readings.reduce((a, b) => (b.waiting.size() > a.waiting.size() ? b : a)));
    }
  };
  const keep = async (reading: Reading, batch: Batch) => {
    const summary = summarize(batch);
    if (!reading.waiting.fits(batch.bytes.length)) await flush(reading);
    reading.waiting.add(batch, summary);
    sum.bytes += batch.bytes.length;
    sum.records += summary.count;
  };
  const store = async (reading: Reading, found: CommittedBatch) => {
    const { stretch } = reading;
    const plain = async (one: CommittedBatch) => {
      const whole = await inflateBatch(one.batch, stretch);
      const batch = one.trim ? trimmed(whole, stretch.from, stretch.to) : whole;
      if (batch) await keep(reading, batch);
    };
    try {
      await plain(found);
    } catch (error) {
      if (!(error instanceof HeadgateError && error.code === "backup.damaged")) throw error;
      // The bytes may have been damaged on their way: the broker is asked once more.
      const again = await rereadBatch(streams, stretch, found);
      await (again ? plain(again) : Promise.reject(error)).catch((still: unknown) => {
        if (!(still instanceof HeadgateError && still.code === "backup.damaged")) throw still;
        leaveOut(reading, found, still.message);
      });
    }
  };

  /** Topics that were made anew give nothing that counts; those that are gone, nothing more. */
  const checkTopics = async () => {
    const fate = await topicFate(streams, request.stretches);
    for (const reading of readings) {
      const found = reading.disowned ? undefined : fate(reading.stretch);
      if (found?.kind === "recreated") {
        reading.waiting.take()?.release();
        disown(reading, found.why);
      } else if (found && !reading.over && (reading.trouble?.looks ?? 0) >= LOOKS_FOR_TOPIC)
        giveUp(reading, "deleted", found.why);
    }
    return true;
  };

  const ready = () => {
    const at = now();
    let places = ABREAST;
    const due: Reading[] = [];
    for (const reading of readings) {
      if (places <= 0) break;
      const { over, trouble, stretch, next } = reading;
      if (over || (trouble && trouble.againAt > at)) continue;
      due.push(reading);
      places -= stretch.to - next > FEW_RECORDS ? 1 : 1 / SHARE;
    }
    // Brokers fill an answer from the front: who got nothing the last time is first now.
    return due.sort((a, b) => (b.trouble?.tries ?? 0) - (a.trouble?.tries ?? 0));
  };
  const fetchAll = (batch: readonly Reading[]) => {
    const maxBytes = Math.ceil((request.fetchBytes ?? FETCH_BYTES) / batch.length);
    const answers = streams.fetch(
      batch.map(({ stretch: { topic, partition }, next }) => ({ topic, partition, offset: next, maxBytes })),
    );
    // It is waited for later.
    answers.catch(() => undefined);
    return { batch, answers };
  };

  let failing: { readonly since: Millis; readonly tries: number } | undefined;
  /** Answers, or undefined where the cluster has to be left alone for a while. */
  const answered = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      const value = await work;
      failing = undefined;
      return value;
    } catch (error) {
      if (!(error instanceof HeadgateError && error.retryable)) throw error;
      failing = { since: failing?.since ?? now(), tries: (failing?.tries ?? 0) + 1 };
      if (now() - failing.since >= patience) throw error;
      await pause(pauseAfter(failing.tries - 1));
      return undefined;
    }
  };

  const round = async (batch: readonly Reading[], answers: readonly Fetched[]) => {
    const gave = answers.some((one) => one.status === "ok" && one.records.length > 0);
    const taken = batch.map((reading, at) => ({
      reading,
      ...takeAnswer(reading, answers[at] as Fetched, now(), patience, at === 0 || !gave),
    }));
    const following = request.deadline() || taken.some(({ unknown }) => unknown) ? [] : ready();
    const ahead = following.length > 0 ? fetchAll(following) : undefined;
    for (const { reading, batches } of taken) {
      for (const one of batches) await store(reading, one);
      if (reading.over) await flush(reading);
      await makeRoom();
    }
    if (taken.some(({ unknown }) => unknown)) await answered(checkTopics());
    tell();
    passedThrough(answers.reduce((bytes, one) => bytes + (one.status === "ok" ? one.records.length : 0), 0));
    return ahead;
  };

  const copy = async () => {
    while (!request.deadline() && (await answered(checkTopics())) === undefined) signal?.throwIfAborted();
    let ahead: ReturnType<typeof fetchAll> | undefined;
    while (readings.some(({ over }) => !over) && !request.deadline()) {
      signal?.throwIfAborted();
      const batch = ready();
      if (!ahead && batch.length === 0) {
        const soonest = Math.min(...readings.flatMap(({ over, trouble }) => (over || !trouble ? [] : trouble.againAt)));
        await pause(Math.max(1, soonest - now()));
        continue;
      }
      const { batch: asked, answers } = ahead ?? fetchAll(batch);
      ahead = undefined;
      const given = await answered(answers);
      if (given) ahead = await round(asked, given);
    }
    if (readings.some(({ chunks, waiting }) => chunks.length > 0 || waiting.size() > 0)) {
      // A topic that was made anew meanwhile would have given the records of another one.
      await answered(checkTopics());
    }
    for (const reading of readings) await flush(reading);
  };

  try {
    await copy();
    signal?.throwIfAborted();
    const objects = await writer.end();
    const rest = readings.flatMap(({ over, stretch, next }) => (over ? [] : [{ ...stretch, from: next }]));
    return { v: 1, unit: request.unit, part: request.part, objects, stretches: readings.map(stretchDone), rest };
  } catch (error) {
    await writer.abandon(error);
    throw error;
  }
}
