import type { Fetched, FetchRequest } from "../core/kernel/streams.ts";
import { placeBatch } from "./memory-streams-batch.ts";
import { abortedIn, readFrom, stableOf } from "./memory-streams-partition.ts";
import { partitionOf, type World } from "./memory-streams-world.ts";

/** The answer to one request of a fetch: whole batches from the offset on, as a broker gives them. */
export function readOne(world: World, { topic, partition, offset, maxBytes }: FetchRequest): Fetched {
  const place = { topic, partition };
  const denied = world.faults.denied("READ", "TOPIC", topic);
  if (denied !== undefined) return { ...place, status: "failed", why: denied, retryable: false };
  const log = partitionOf(world, place);
  if (!log) return { ...place, status: "unknown" };
  if (world.faults.isLeaderless(topic, partition))
    return { ...place, status: "failed", why: `${topic}/${partition} has no leader`, retryable: true };
  const { logStart, end } = log;
  if (offset < logStart || offset > end) return { ...place, status: "out_of_range", logStart, end };
  const batches = readFrom(log, offset, maxBytes);
  const records = new Uint8Array(batches.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { base, bytes } of batches) {
    records.set(bytes, at);
    placeBatch(records, at, base);
    at += bytes.length;
  }
  const first = batches[0];
  const last = batches.at(-1);
  const aborted = first && last ? abortedIn(log, first.base, last.last + 1) : [];
  return { ...place, status: "ok", records, aborted, logStart, stable: stableOf(log), end };
}
