import { digestHigh, digestLow, digestOf } from "./digest.ts";

/** A hash of 64 bits as two unsigned halves: BigInt would allocate at each request. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** The 64-bit xxHash of bytes (xxHash specification, XXH64). `seed`: whole, 0 … 2^53 − 1. */
export function xxHash64(bytes: Uint8Array, seed = 0): Hash64 {
  digestOf(bytes, bytes.length, seed);
  return { high: digestHigh(), low: digestLow() };
}

/** Longest key that is hashed without allocating, in UTF-16 units; longer ones get a buffer of their own. */
const KEPT_UNITS = 8192;
const kept = new Uint8Array(KEPT_UNITS * 3);

/** The hash of a text's UTF-8 bytes. */
export function textHash(text: string, seed = 0): Hash64 {
  digestText(text, seed);
  return { high: digestHigh(), low: digestLow() };
}

/** As {@link textHash} with seed 0, written into a request that is used again and again: nothing is allocated. */
export function hashText(text: string, into: { hashHigh: number; hashLow: number }): void {
  digestText(text, 0);
  into.hashHigh = digestHigh();
  into.hashLow = digestLow();
}

/** The hash modulo `m`, exactly; halves unsigned; `m`: whole, 1 … 2^26. For many hashes {@link hashModulo}. */
export function hashNumber(high: number, low: number, m: number): number {
  return remainder(remainder(high, m) * remainder(4_294_967_296, m) + low, m);
}

function remainder(value: number, m: number): number {
  const rest = value - Math.floor(value / m) * m;
  if (rest < 0) return rest + m;
  return rest >= m ? rest - m : rest;
}

/**
 * Remainders of many hashes by one `m`: whole, 1 … 2^26; halves signed or not. By a product with 1 / m, which may be one step off and
 * is put right at the end: `%` on numbers past 32 bits is a call into the runtime, and even a division is dear.
 */
export function hashModulo(m: number): (high: number, low: number) => number {
  const inverse = 1 / m;
  const fold = 4_294_967_296 % m;
  return (high, low) => {
    const upper = high >>> 0;
    const value = (upper - Math.floor(upper * inverse) * m) * fold + (low >>> 0);
    const rest = value - Math.floor(value * inverse) * m;
    if (rest < 0) return rest + m;
    return rest >= m ? rest - m : rest;
  };
}

function digestText(text: string, seed: number): void {
  const bytes = text.length <= KEPT_UNITS ? kept : new Uint8Array(text.length * 3);
  digestOf(bytes, writeUtf8(text, bytes), seed);
}

/** Halves of pairs that stand alone become U+FFFD, as every encoder writes them. */
function writeUtf8(text: string, bytes: Uint8Array): number {
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      bytes[at++] = point;
      continue;
    }
    if ((point & 0xf800) === 0xd800) {
      const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
      if (point < 0xdc00 && (next & 0xfc00) === 0xdc00) {
        point = 0x10000 + ((point & 0x3ff) << 10) + (next & 0x3ff);
        index += 1;
      } else point = 0xfffd;
    }
    if (point < 0x800) bytes[at++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) bytes[at++] = 0xe0 | (point >> 12);
      else {
        bytes[at++] = 0xf0 | (point >> 18);
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}
