import { committed } from "../../shared/core/backup/batch/committed.ts";
import { trimmed } from "../../shared/core/backup/batch/rebuild.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { readCommit } from "../../shared/core/cost/observe/commit-record.ts";
import type { movesOf } from "../../shared/core/cost/observe/moves.ts";
import type { Fetched, FetchRequest, TopicInfo } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { inflateBatch } from "../../shared/edge/batch-codecs.ts";

/** Where Kafka keeps what groups commit. */
export const COMMITS = "__consumer_offsets";
/** Bytes that are read of it at a look: at about 150 a commit, some 200,000 of them. More is too much for a function, and told. */
const MOST_BYTES = 32 * 1_048_576;
const PIECE = 1_048_576;

export interface CommitLog {
  /** Where to go on next time, by partition. */
  readonly next: readonly number[];
  /** Everything since the last look was read. */
  readonly whole: boolean;
  /** Why not. */
  readonly why?: string;
}

type Moves = ReturnType<typeof movesOf>;

/**
 * Reads what groups have committed since the last look, in order, into `moves`. Without `from` only where it ends now is found out. Whoever may not read the
 * topic gets `next` empty and why.
 *
 * @throws HeadgateError `streams.unavailable`
 */
export async function readCommits(
  streams: Pick<Streams, "fetch" | "offsets">,
  topic: TopicInfo,
  from: readonly number[] | undefined,
  moves: Moves,
): Promise<CommitLog> {
  const partitions = topic.partitions.map(({ partition }) => ({ topic: COMMITS, partition }));
  const ends = new Map((await streams.offsets(partitions)).map(({ partition, stable }) => [partition, stable]));
  const end = partitions.map(({ partition }) => ends.get(partition) ?? from?.[partition] ?? 0);
  if (from === undefined) return probe(streams, end);
  const at = end.map((stable, partition) => from[partition] ?? stable);
  let left = MOST_BYTES;
  for (let why: string | undefined; why === undefined; ) {
    const open = at.flatMap((offset, partition) => (offset < (end[partition] ?? 0) ? [partition] : []));
    if (open.length === 0) return { next: at, whole: true };
    if (left <= 0) return { next: end, whole: false, why: `there was more than ${MOST_BYTES / 1_048_576} MiB of it` };
    const requests = open.map(
      (partition): FetchRequest => ({ topic: COMMITS, partition, offset: at[partition] ?? 0, maxBytes: PIECE }),
    );
    for (const answer of await streams.fetch(requests, { waitMs: 0 })) {
      const { partition } = answer;
      if (answer.status !== "ok") {
        why ??= answer.status === "failed" ? answer.why : `partition ${partition} begins later`;
        if (answer.status === "failed" && !answer.retryable) return { next: [], whole: false, why };
        continue;
      }
      left -= answer.records.length;
      at[partition] = await take(answer, at[partition] ?? 0, end[partition] ?? 0, moves);
    }
    if (why !== undefined) return { next: end, whole: false, why };
  }
  return { next: end, whole: false };
}

/** Whether it may be read at all. */
async function probe(streams: Pick<Streams, "fetch">, end: readonly number[]): Promise<CommitLog> {
  const [answer] = await streams.fetch([{ topic: COMMITS, partition: 0, offset: end[0] ?? 0, maxBytes: 1 }], {
    waitMs: 0,
  });
  if (answer?.status === "failed" && !answer.retryable) return { next: [], whole: false, why: answer.why };
  return { next: end, whole: false };
}

async function take(
  answer: Extract<Fetched, { status: "ok" }>,
  from: number,
  end: number,
  moves: Moves,
): Promise<number> {
  // Nothing is left up to the end: compacted away.
  if (answer.records.length === 0) return end;
  const { batches, next } = committed(answer.records, answer.aborted, from, end);
  for (const { batch, trim } of batches) {
    const unpacked = await inflateBatch(batch, answer);
    const exact = trim ? trimmed(unpacked, from, end) : unpacked;
    if (!exact) continue;
    for (const { key, value, timestamp } of decodeRecords(exact)) {
      const commit = readCommit(key, value);
      if (!commit) continue;
      const { group, topic, partition, offset } = commit;
      if (offset === undefined) moves.gone(group, topic, partition);
      else moves.commit(group, topic, partition, offset, Number(timestamp));
    }
  }
  return Math.max(next, from + 1);
}
