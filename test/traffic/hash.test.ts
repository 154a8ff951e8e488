import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashModulo, hashNumber, hashText, textHash, xxHash64 } from "../../shared/core/traffic/hash/xxhash64.ts";

const MASK = (1n << 64n) - 1n;
const whole = (hash: { high: number; low: number }) => (BigInt(hash.high) << 32n) | BigInt(hash.low);
const hex = (hash: { high: number; low: number }) => whole(hash).toString(16).padStart(16, "0");
const encoder = new TextEncoder();

/** The specification, word for word, with whole numbers of any size. */
function plain(bytes: Uint8Array, seed: bigint): bigint {
  const p1 = 0x9e3779b185ebca87n;
  const p2 = 0xc2b2ae3d27d4eb4fn;
  const p3 = 0x165667b19e3779f9n;
  const p4 = 0x85ebca77c2b2ae63n;
  const p5 = 0x27d4eb2f165667c5n;
  const turn = (value: bigint, bits: bigint) => ((value << bits) | (value >> (64n - bits))) & MASK;
  const read = (at: number, size: number) => {
    let value = 0n;
    for (let index = size - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
    return value;
  };
  const round = (lane: bigint, input: bigint) => (turn((lane + input * p2) & MASK, 31n) * p1) & MASK;
  let at = 0;
  let hash = (seed + p5) & MASK;
  if (bytes.length >= 32) {
    const lanes = [seed + p1 + p2, seed + p2, seed, seed - p1].map((lane) => lane & MASK);
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane += 1) lanes[lane] = round(lanes[lane] ?? 0n, read(at + lane * 8, 8));
    }
    hash = 0n;
    for (const [lane, value] of lanes.entries()) hash += turn(value, [1n, 7n, 12n, 18n][lane] ?? 0n);
    hash &= MASK;
    for (const value of lanes) hash = ((hash ^ round(0n, value)) * p1 + p4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) hash = (turn(hash ^ round(0n, read(at, 8)), 27n) * p1 + p4) & MASK;
  if (at + 4 <= bytes.length) {
    hash = (turn(hash ^ ((read(at, 4) * p1) & MASK), 23n) * p2 + p3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at += 1) hash = (turn(hash ^ ((read(at, 1) * p5) & MASK), 11n) * p1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * p2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * p3) & MASK;
  return hash ^ (hash >> 32n);
}

describe("xxHash64", () => {
  it.each([
    ["", 0, "ef46db3751d8e999"],
    ["", 1, "d5afba1336a3be4b"],
    ["a", 0, "d24ec4f1a98c6e5b"],
    ["as", 0, "1c330fb2d66be179"],
    ["asd", 0, "631c37ce72a97393"],
    ["asdf", 0, "415872f599cea71e"],
    ["abc", 0, "44bc2cf5ad770999"],
    ["Call me Ishmael. Some years ago--never mind how long precisely-", 0, "02a2e85470d6fd96"],
  ])("is the published value for %j with seed %i", (text, seed, expected) => {
    expect(hex(xxHash64(encoder.encode(text), seed))).toBe(expected);
    expect(hex(textHash(text, seed))).toBe(expected);
  });

  it.each([
    ["foo", "3728699739546630719"],
    ["bar", "5234164152756840025"],
    ["foo\nbar", "8917841378505826757"],
    ["lyft", "4400747396090729504"],
    ["", "17241709254077376921"],
  ])("is what Envoy hashes %j to", (text, expected) => {
    expect(String(whole(textHash(text)))).toBe(expected);
  });

  it("is the specification's for any bytes and seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), fc.maxSafeNat(), (bytes, seed) => {
        expect(whole(xxHash64(bytes, seed))).toBe(plain(bytes, BigInt(seed)));
      }),
      { numRuns: 300 },
    );
  });

  it("hashes a text as its UTF-8, halves of pairs that stand alone included", () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 }));
    const text = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units));
    const into = { hashHigh: 0, hashLow: 0 };
    fc.assert(
      fc.property(text, (key) => {
        hashText(key, into);
        expect(hex({ high: into.hashHigh, low: into.hashLow })).toBe(hex(xxHash64(encoder.encode(key))));
      }),
      { numRuns: 300 },
    );
    const long = "ключ€😀".repeat(9000);
    expect(textHash(long)).toEqual(xxHash64(encoder.encode(long)));
  });
});

describe("the remainder", () => {
  it("is exact for any hash and any table size up to 2^26", () => {
    const half = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(half, half, fc.integer({ min: 1, max: 2 ** 26 }), (high, low, m) => {
        const rest = Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(m));
        expect(hashNumber(high, low, m)).toBe(rest);
        expect(hashModulo(m)(high, low)).toBe(rest);
        expect(hashModulo(m)(high | 0, low | 0)).toBe(rest);
      }),
      { numRuns: 500 },
    );
    for (const m of [1, 2, 7, 17, 65_537, 5_000_011, 2 ** 26]) {
      for (const rest of [hashNumber(0xffffffff, 0xffffffff, m), hashModulo(m)(-1, -1)]) {
        expect(rest).toBe(Number(MASK % BigInt(m)));
      }
      expect([hashNumber(0, 0, m), hashModulo(m)(0, 0)]).toEqual([0, 0]);
    }
  });
});
