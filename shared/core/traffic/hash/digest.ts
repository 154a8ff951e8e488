/**
 * XXH64 in halves of 32 bits (xxHash specification 0.1.1). Numbers are signed halves throughout, because those stay in registers; only
 * what leaves is unsigned. Results stay in the module until the next digest, so that a hash allocates nothing.
 */

const PRIME1_HIGH = 0x9e3779b1 | 0;
const PRIME1_LOW = 0x85ebca87 | 0;
const PRIME2_HIGH = 0xc2b2ae3d | 0;
const PRIME2_LOW = 0x27d4eb4f | 0;
const PRIME3_HIGH = 0x165667b1 | 0;
const PRIME3_LOW = 0x9e3779f9 | 0;
const PRIME4_HIGH = 0x85ebca77 | 0;
const PRIME4_LOW = 0xc2b2ae63 | 0;
const PRIME5_HIGH = 0x27d4eb2f | 0;
const PRIME5_LOW = 0x165667c5 | 0;

let high = 0;
let low = 0;
/** The four lanes of the long form, high and low by turns. */
const lanes = new Int32Array(8);

/** Upper half of the last digest, 0 … 2^32 − 1. */
export function digestHigh(): number {
  return high >>> 0;
}

/** Lower half of the last digest, 0 … 2^32 − 1. */
export function digestLow(): number {
  return low >>> 0;
}

/** Digests the first `length` bytes. */
export function digestOf(bytes: Uint8Array, length: number, seed: number): void {
  const seedHigh = Math.floor(seed / 4_294_967_296) | 0;
  const seedLow = seed | 0;
  let at = 0;
  if (length >= 32) at = digestLanes(bytes, length, seedHigh, seedLow);
  else {
    high = seedHigh;
    low = seedLow;
    add(PRIME5_HIGH, PRIME5_LOW);
  }
  add(Math.floor(length / 4_294_967_296) | 0, length | 0);
  for (; at + 8 <= length; at += 8) {
    const wasHigh = high;
    const wasLow = low;
    round(0, 0, word(bytes, at + 4), word(bytes, at));
    high ^= wasHigh;
    low ^= wasLow;
    rotate(27);
    multiply(PRIME1_HIGH, PRIME1_LOW);
    add(PRIME4_HIGH, PRIME4_LOW);
  }
  if (at + 4 <= length) {
    const wasHigh = high;
    const wasLow = low;
    high = 0;
    low = word(bytes, at);
    multiply(PRIME1_HIGH, PRIME1_LOW);
    high ^= wasHigh;
    low ^= wasLow;
    rotate(23);
    multiply(PRIME2_HIGH, PRIME2_LOW);
    add(PRIME3_HIGH, PRIME3_LOW);
    at += 4;
  }
  for (; at < length; at += 1) {
    const wasHigh = high;
    const wasLow = low;
    high = 0;
    low = bytes[at] as number;
    multiply(PRIME5_HIGH, PRIME5_LOW);
    high ^= wasHigh;
    low ^= wasLow;
    rotate(11);
    multiply(PRIME1_HIGH, PRIME1_LOW);
  }
  avalanche();
}

/** The long form: 32 bytes a step in four lanes, merged into one. Returns how far it came. */
function digestLanes(bytes: Uint8Array, length: number, seedHigh: number, seedLow: number): number {
  startLanes(seedHigh, seedLow);
  let at = 0;
  for (; at + 32 <= length; at += 32) {
    for (let lane = 0; lane < 8; lane += 2) {
      const from = at + lane * 4;
      round(lanes[lane] as number, lanes[lane + 1] as number, word(bytes, from + 4), word(bytes, from));
      lanes[lane] = high;
      lanes[lane + 1] = low;
    }
  }
  let sumHigh = 0;
  let sumLow = 0;
  for (let lane = 0; lane < 8; lane += 2) {
    high = lanes[lane] as number;
    low = lanes[lane + 1] as number;
    rotate(LANE_TURN[lane >> 1] as number);
    add(sumHigh, sumLow);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 8; lane += 2) {
    round(0, 0, lanes[lane] as number, lanes[lane + 1] as number);
    high ^= sumHigh;
    low ^= sumLow;
    multiply(PRIME1_HIGH, PRIME1_LOW);
    add(PRIME4_HIGH, PRIME4_LOW);
    sumHigh = high;
    sumLow = low;
  }
  return at;
}

const LANE_TURN = [1, 7, 12, 18] as const;

function startLanes(seedHigh: number, seedLow: number): void {
  lanes[4] = seedHigh;
  lanes[5] = seedLow;
  high = seedHigh;
  low = seedLow;
  add(PRIME2_HIGH, PRIME2_LOW);
  lanes[2] = high;
  lanes[3] = low;
  add(PRIME1_HIGH, PRIME1_LOW);
  lanes[0] = high;
  lanes[1] = low;
  high = seedHigh;
  low = seedLow;
  // Taking away is adding the negative.
  add(~PRIME1_HIGH, -PRIME1_LOW | 0);
  lanes[6] = high;
  lanes[7] = low;
}

/** One lane takes eight bytes: (lane + input × PRIME2) turned by 31, × PRIME1. */
function round(laneHigh: number, laneLow: number, inputHigh: number, inputLow: number): void {
  high = inputHigh;
  low = inputLow;
  multiply(PRIME2_HIGH, PRIME2_LOW);
  add(laneHigh, laneLow);
  rotate(31);
  multiply(PRIME1_HIGH, PRIME1_LOW);
}

function avalanche(): void {
  mixDown(33);
  multiply(PRIME2_HIGH, PRIME2_LOW);
  mixDown(29);
  multiply(PRIME3_HIGH, PRIME3_LOW);
  mixDown(32);
}

/** hash ^= hash >>> bits */
function mixDown(bits: number): void {
  if (bits >= 32) {
    low ^= bits === 32 ? high : high >>> (bits - 32);
    return;
  }
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

/** hash = hash turned left by 1 … 31 bits */
function rotate(bits: number): void {
  const wasHigh = high;
  high = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (wasHigh >>> (32 - bits));
}

function add(otherHigh: number, otherLow: number): void {
  const sum = (low >>> 0) + (otherLow >>> 0);
  high = (high + otherHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** The lower 64 bits of the product, from products of 16 bits that fit into 32. */
function multiply(otherHigh: number, otherLow: number): void {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = otherLow & 0xffff;
  const b1 = otherLow >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const cross = (Math.imul(a0, b1) + (middle & 0xffff)) | 0;
  const carried = Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16);
  high = (carried + Math.imul(high, otherLow) + Math.imul(low, otherHigh)) | 0;
  low = Math.imul(low, otherLow);
}

/** Four bytes, least significant first. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
