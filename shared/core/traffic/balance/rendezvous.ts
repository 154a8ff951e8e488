import { textHash } from "../hash/xxhash64.ts";

/** What rendezvous hashing needs of each host: its key's hash, in halves. */
export interface Rendezvous {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

export function rendezvousTable(keys: readonly string[]): Rendezvous {
  const table = { high: new Int32Array(keys.length), low: new Int32Array(keys.length) };
  for (const [index, key] of keys.entries()) {
    const hash = textHash(key);
    table.high[index] = hash.high;
    table.low[index] = hash.low;
  }
  return table;
}

/** Evenly 0 < x < 1, from a request's hash and a host's: the two halves cross and are mixed as MurmurHash3 ends. */
export function rendezvousDraw(table: Rendezvous, i: number, high: number, low: number): number {
  let first = high ^ (table.high[i] as number);
  let second = Math.imul(low ^ (table.low[i] as number), 0x9e3779b1);
  first = Math.imul(first ^ (first >>> 16) ^ second, 0x85ebca6b);
  second = Math.imul(second ^ (second >>> 15) ^ first, 0xc2b2ae35);
  first = Math.imul(first ^ (first >>> 13) ^ second, 0x27d4eb2f);
  second ^= second >>> 16;
  first ^= first >>> 15;
  return ((first >>> 0) + ((second >>> 0) + 0.5) / 4_294_967_296) / 4_294_967_296;
}

/**
 * The host's score for a request: −weight / ln(draw) (weighted rendezvous hashing, Schindelhauer and Schomaker 2005). The greatest
 * wins; adding or taking away a host, or weight, moves only what goes to or comes from it.
 */
export function rendezvousScore(draw: number, weight: number): number {
  return -weight / Math.log(draw);
}
