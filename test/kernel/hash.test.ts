import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash64, shardOf } from "../../shared/core/kernel/hash.ts";

/** The definition, in the numbers it is defined in. */
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

describe("hash64", () => {
  it.each([
    ["", "cbf29ce484222325"],
    ["a", "af63dc4c8601ec8c"],
    ["foobar", "85944171f73967e8"],
  ])("of %j is the published value of FNV-1a", (text, expected) => {
    expect(hash64(text)).toBe(expected);
  });

  it("is FNV-1a over UTF-16 units for every text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(hash64(text)).toBe(fnv1a64(text));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("shardOf", () => {
  it("puts every text into one of the shards, and the same always into the same", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (text, shards) => {
        const shard = shardOf(text, shards);
        expect(shard).toBe(shardOf(text, shards));
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(shards);
      }),
    );
  });
});
