import { encodeBatch, type NewRecord } from "../../shared/core/backup/batch/encode.ts";
import { prng } from "../../shared/core/kernel/prng.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { Cohort, Recorder } from "./recorder.ts";
import type { Sender } from "./sender.ts";

export interface KafkaSenderOptions {
  readonly streams: Pick<Streams, "append">;
  readonly topic: string;
  /** Numbers of the partitions; at least one. */
  readonly partitions: readonly number[];
  readonly keyBytes: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly lingerMs: number;
  readonly timeoutMs: number;
  /** Most produce requests under way; of one partition it is one at a time, so that its order holds. */
  readonly connections: number;
  readonly seed: number;
  readonly recorder: Recorder;
  readonly now: () => number;
  /** Ms since 1970, for the records' timestamps. */
  readonly clock: () => number;
}

interface Pending {
  readonly at: number;
  readonly cohort: Cohort;
  readonly key: Uint8Array | null;
  sentAt: number;
  wasSent: boolean;
  over: boolean;
}

interface Partition {
  readonly partition: number;
  /** Not sent yet, in the order in which they were due. */
  waiting: Pending[];
  busy: boolean;
  /** Something had to wait for the request before it. */
  held: boolean;
}

/** Bytes of one batch; brokers take 1 MiB unless told otherwise. */
const BATCH_BYTES = 900_000;
const OVERHEAD = 32;

/**
 * Records into a topic, each of its own due time: those of a partition that are due within the linger go as one batch. A record's latency is
 * from when it was due until the batch was acknowledged by all replicas in sync.
 */
export function kafkaSender(options: KafkaSenderOptions): Sender {
  const { streams, topic, timeoutMs, lingerMs, recorder, now, clock } = options;
  const draw = prng(options.seed);
  const parts = options.partitions.map(
    (partition): Partition => ({ partition, waiting: [], busy: false, held: false }),
  );
  const value = new Uint8Array(options.valueBytes).map(() => Math.floor(draw() * 256));
  const most = Math.max(1, Math.floor(BATCH_BYTES / (options.keyBytes + options.valueBytes + OVERHEAD)));
  const open = new Set<Pending>();
  let underWay = 0;
  let turn = 0;

  const keyOf = (number: number): Uint8Array | null =>
    options.keyBytes === 0
      ? null
      : new TextEncoder().encode(String(number).padStart(options.keyBytes, "0").slice(-options.keyBytes));
  const finish = (one: Pending, how: "ok" | "failed" | "over"): void => {
    if (one.over) return;
    one.over = true;
    open.delete(one);
    const at = now();
    if (how === "over") recorder.givenUp(one.cohort, one.at, one.wasSent, at);
    else recorder.answered(one.cohort, one.at, one.sentAt, at, how === "ok");
  };

  const flush = (part: Partition, at: number): void => {
    if (part.busy || underWay >= options.connections) {
      part.held = part.waiting.length > 0;
      return;
    }
    const some = part.waiting.splice(0, most).filter(({ over }) => !over);
    if (some.length === 0) return;
    for (const one of some) {
      one.sentAt = at;
      one.wasSent = true;
      recorder.sent(one.cohort, part.held, at);
    }
    part.held = false;
    part.busy = true;
    underWay += 1;
    const timestamp = clock();
    const records = encodeBatch(some.map(({ key }): NewRecord => ({ timestamp, key, value })));
    streams
      .append([{ topic, partition: part.partition, records }])
      .then(
        ([answer]) => answer?.status === "done",
        () => false,
      )
      .then((ok) => {
        part.busy = false;
        underWay -= 1;
        for (const one of some) finish(one, ok ? "ok" : "failed");
        if (part.waiting.length > 0) flush(part, now());
      })
      // Nothing of the above throws; a promise must not be left alone all the same.
      .catch(() => {});
  };

  return {
    send: (at, cohort) => {
      const number = Math.floor(draw() * options.keys);
      const key = keyOf(number);
      // A key stays with its partition, as a producer would have it; records without one go round.
      const part = parts[(key === null ? turn++ : number) % parts.length] as Partition;
      const one: Pending = { at, cohort, key, sentAt: 0, wasSent: false, over: false };
      open.add(one);
      part.waiting.push(one);
      if (lingerMs === 0 || part.waiting.length >= most) flush(part, now());
    },
    stop: () => {
      for (const part of parts)
        for (const one of part.waiting.splice(0)) {
          if (one.over) continue;
          one.over = true;
          open.delete(one);
          recorder.withdrawn(one.cohort);
        }
    },
    check: (at) => {
      for (const part of parts) {
        const first = part.waiting[0];
        if (first && first.at + lingerMs <= at) flush(part, at);
      }
      // Sets keep the order of insertion, which is that of being due.
      for (const one of open) {
        if (one.at + timeoutMs > at) break;
        finish(one, "over");
      }
    },
    isOpen: () => open.size > 0,
    close: async () => {},
  };
}
