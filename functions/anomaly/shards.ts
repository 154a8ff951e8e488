import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { ScoreTarget } from "./targets.ts";

/**
 * Series that one message scores and one object holds: some 10 KB each, so 2.5 MB at the most, which a function of 512 MB reads, scores
 * and writes in under a second.
 */
const SERIES_PER_SHARD = 256;

/** One part of a tenant's series. Services stay whole, so that a service's joint score needs one shard only. */
export interface Shard {
  readonly tenant: string;
  /** 0 .. shards − 1. */
  readonly shard: number;
  /** A power of two: twice as many shards split each in two, and a shard finds its baselines in the one it came from. */
  readonly shards: number;
}

/** What a message of the queue says: score this shard up to an instant. */
export interface ScoreMessage extends Shard {
  readonly to: Millis;
}

/** How many shards so many series have. */
export function shardCount(series: number): number {
  let shards = 1;
  while (series > shards * SERIES_PER_SHARD) shards *= 2;
  return shards;
}

/** The shards of a tenant's services, by position; a service is in the shard of its name's hash. */
export function shardsOf(targets: readonly ScoreTarget[]): readonly (readonly ScoreTarget[])[] {
  const count = shardCount(targets.reduce((sum, target) => sum + target.signals.length, 0));
  const shards: ScoreTarget[][] = Array.from({ length: count }, () => []);
  for (const target of targets) shards[shardOf(target.name, count)]?.push(target);
  return shards;
}

/**
 * Whether a signal is read in the minute of `to`. Shards take turns inside a batch, so that an hour's reads are spread over the
 * hour and each shard still is read and written once in it. What was missed (`lastAt` two batches ago) is due at once.
 */
export function isDue({ batch, every }: NamedSignal, shard: number, to: Millis, lastAt?: Millis): boolean {
  const batchMs = batch ?? every;
  if (batchMs <= MINUTE_MS) return true;
  const slots = Math.max(1, Math.round(batchMs / MINUTE_MS));
  if (Math.floor(to / MINUTE_MS) % slots === shard % slots) return true;
  return lastAt !== undefined && to - lastAt >= 2 * batchMs;
}
