import { expect, test } from "vitest";
import { BUCKETS, bucketOf, seedOf } from "../../shared/core/delivery/flags/bucket.ts";
import { murmur3, murmur3Bytes } from "../../shared/core/kernel/murmur3.ts";

/** Values that other implementations of MurmurHash3_x86_32 give for the same bytes. */
test.each([
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["a", 0x9747b28c, 0x7fa09ea6],
  ["aa", 0x9747b28c, 0x5d211726],
  ["aaa", 0x9747b28c, 0x283e0130],
  ["aaaa", 0x9747b28c, 0x5a97808a],
  ["ab", 0x9747b28c, 0x74875592],
  ["abc", 0x9747b28c, 0xc84a62dd],
  ["abcd", 0x9747b28c, 0xf0478627],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["ππππππππ", 0x9747b28c, 0xd58063c1],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
])("murmur3 of %j with seed %d is what everybody else has", (text, seed, hash) => {
  expect(murmur3(text, seed)).toBe(hash);
});

test("a text hashes as its UTF-8 bytes do, whatever is in it, halves of pairs that stand alone included", () => {
  let draw = 1;
  const next = (below: number) => (draw = (draw * 48_271) % 2_147_483_647) % below;
  for (let run = 0; run < 3_000; run += 1) {
    const ceiling = [0x80, 0x800, 0x10000][run % 3] as number;
    const text = String.fromCharCode(...Array.from({ length: next(24) }, () => next(ceiling)));
    expect(murmur3(text, run)).toBe(murmur3Bytes(new TextEncoder().encode(text), run));
  }
});

/** Chi square of counts against equal ones. */
const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

test.each([
  ["numbered", (index: number) => `user-${index}`],
  ["plain numbers", (index: number) => `${index}`],
  ["addresses", (index: number) => `a${index % 977}.b${index}@example.org`],
  ["UUIDs", (index: number) => `7f3a${index.toString(16).padStart(8, "0")}-4cf7-a9f1-bf3703467718`],
])("100,000 %s keys fall evenly into 100 classes of buckets, in each of three flags", (_, keyOf) => {
  for (const flag of ["a", "checkout", "new-search"]) {
    const seed = seedOf("", flag);
    const counts = new Array<number>(100).fill(0);
    for (let index = 0; index < BUCKETS; index += 1) {
      const bucket = bucketOf(keyOf(index), seed);
      counts[Math.floor(bucket / 1000)] = (counts[Math.floor(bucket / 1000)] ?? 0) + 1;
    }
    // 99 degrees of freedom: 160 has a chance of 1 in 10,000.
    expect(chiSquare(counts)).toBeLessThan(160);
  }
});

test("two flags divide the same people independently, also with names that differ in one letter", () => {
  const [one, other] = [seedOf("", "flag-1"), seedOf("", "flag-2")];
  const cells = new Array<number>(100).fill(0);
  for (let index = 0; index < 100_000; index += 1) {
    const key = `user-${index}`;
    const cell = Math.floor(bucketOf(key, one) / 10_000) * 10 + Math.floor(bucketOf(key, other) / 10_000);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  expect(chiSquare(cells)).toBeLessThan(160);
});

test("another salt divides anew, the same one divides alike", () => {
  const bucket = (salt: string) => bucketOf("user-17", seedOf(salt, "checkout"));
  expect(bucket("")).toBe(bucket(""));
  expect(bucket("2027")).not.toBe(bucket(""));
  // In every version and language: a change of this number moves everybody.
  expect([bucket(""), bucket("2027")]).toEqual([40_136, 72_100]);
});
