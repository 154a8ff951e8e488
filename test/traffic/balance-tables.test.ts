import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAGLEV_SIZE, maglevTable } from "../../shared/core/traffic/balance/maglev.ts";
import { type Ring, ringPoint, ringTable } from "../../shared/core/traffic/balance/ring.ts";
import { hashNumber, textHash } from "../../shared/core/traffic/hash/xxhash64.ts";
import { countOf, hashed, play, specOf } from "./balance-kit.ts";

const ports = (from: number, count: number) => Array.from({ length: count }, (_, index) => `127.0.0.1:${from + index}`);
const ones = (count: number) => new Array<number>(count).fill(1);
const UINT64 = (1n << 64n) - 1n;

function sortedCounts(table: Iterable<number>): number[] {
  return [...countOf(table).values()].sort((a, b) => a - b);
}

describe("Maglev tables are Envoy's", () => {
  it.each([
    ["six addresses, 7 entries", ports(90, 6), ones(6), 7, [2, 4, 0, 1, 5, 0, 3]],
    ["six host names, 7 entries", ["90", "91", "92", "93", "94", "95"], ones(6), 7, [2, 5, 0, 3, 4, 1, 0]],
    ["weights 1:2, 17 entries", ports(90, 2), [1, 2], 17, [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]],
    ["the same weight, 17 entries", ports(90, 2), [1, 1], 17, [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]],
    ["weights 8:2 and one without", ports(90, 3), [8, 2, 0], 17, [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]],
    ["one host", ports(90, 1), [7], 17, new Array(17).fill(0)],
    ["no host", [], [], 7, []],
  ] as const)("%s", (_, keys, weights, size, table) => {
    expect([...maglevTable(keys, weights, size)]).toEqual(table);
  });

  it("gives 21,846 and 43,691 of 65,537 entries to weights 1:2", () => {
    expect(sortedCounts(maglevTable(ports(90, 2), [1, 2], MAGLEV_SIZE))).toEqual([21_846, 43_691]);
  });

  it("leaves one entry to each of 1,023 hosts that share a 128th", () => {
    const weights = [127, ...ones(1023).map(() => 1 / 1023)];
    const counts = countOf(maglevTable(ports(0, 1024), weights, MAGLEV_SIZE));
    expect(counts.get(0)).toBe(MAGLEV_SIZE - 1023);
    expect(counts.size).toBe(1024);
  });

  it("retries flip the hash as Envoy's host predicate does", () => {
    const { pick, hosts } = play(specOf("maglev", { tableSize: 7 }), ports(90, 6));
    expect(pick(hashed(10n))).toBe(hosts[1]?.backend.id);
    expect(pick({ ...hashed(10n), tried: [1] })).toBe(hosts[0]?.backend.id);
    expect(pick({ ...hashed(10n), tried: [1, 0] })).toBe(hosts[5]?.backend.id);
  });

  it("walks rounds of weighted hosts exactly as Envoy's loop over all of them", () => {
    const weight = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.01, max: 100, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(2, 7, 101, 503),
        (weights, size) => {
          expect([...maglevTable(ports(10, weights.length), weights, size)]).toEqual(byLoop(weights, size));
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([8, 1, 0, 65_536, 7.5, Number.NaN])("refuses %d entries: the size must be prime", (size) => {
    expect(() => maglevTable(["a"], [1], size)).toThrowError(
      expect.objectContaining({
        code: "config.invalid",
        faults: [expect.objectContaining({ path: "balance.tableSize" })],
      }),
    );
  });
});

/** Listing 1 with Envoy's turns, the plain way. */
function byLoop(weights: readonly number[], size: number): number[] {
  const keys = ports(10, weights.length);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => weight / sum);
  const greatest = Math.max(...shares);
  const table = new Array<number>(size).fill(-1);
  const next = weights.map(() => 0);
  const targets = weights.map(() => 0);
  const order = keys.map((_, index) => index).sort((a, b) => ((keys[a] ?? "") < (keys[b] ?? "") ? -1 : 1));
  let filled = 0;
  for (let round = 1; filled < size; round += 1) {
    for (const index of order) {
      if (filled === size) break;
      if (round * (shares[index] ?? 0) < (targets[index] ?? 0)) continue;
      targets[index] = (targets[index] ?? 0) + greatest;
      const first = textHash(keys[index] ?? "");
      const second = textHash(keys[index] ?? "", 1);
      const offset = hashNumber(first.high, first.low, size);
      const skip = hashNumber(second.high, second.low, size - 1) + 1;
      let place = 0;
      do {
        place = Number((BigInt(offset) + BigInt(skip) * BigInt(next[index] ?? 0)) % BigInt(size));
        next[index] = (next[index] ?? 0) + 1;
      } while (table[place] !== -1);
      table[place] = index;
      filled += 1;
    }
  }
  return table;
}

describe("rings are Envoy's", () => {
  const positions = (ring: Ring) =>
    Array.from({ length: ring.size }, (_, point) => [
      ring.owner[point],
      String((BigInt(ring.high[point] ?? 0) << 32n) | BigInt(ring.low[point] ?? 0)),
    ]);
  const ownerAt = (ring: Ring, hash: bigint) =>
    ring.owner[ringPoint(ring, Number(hash >> 32n), Number(hash & 0xffffffffn))];

  it("has the points of six addresses where Envoy has them", () => {
    const ring = ringTable(ports(90, 6), ones(6), 12, 8_388_608);
    expect(positions(ring)).toEqual([
      [4, "833437586790550860"],
      [2, "928266305478181108"],
      [0, "1033482794131418490"],
      [5, "3551244743356806947"],
      [3, "3851675632748031481"],
      [1, "5583722120771150861"],
      [1, "6311230543546372928"],
      [3, "7700377290971790572"],
      [5, "13144177310400110813"],
      [2, "13444792449719432967"],
      [4, "15516499411664133160"],
      [0, "16117243373044804889"],
    ]);
    expect(ownerAt(ring, 0n)).toBe(4);
    expect(ownerAt(ring, UINT64)).toBe(4);
    expect(ownerAt(ring, 3_551_244_743_356_806_947n)).toBe(5);
    expect(ownerAt(ring, 3_551_244_743_356_806_948n)).toBe(3);
    expect(ownerAt(ring, 16_117_243_373_044_804_880n)).toBe(0);
  });

  it("has the points of six host names where Envoy has them", () => {
    const ring = ringTable(["90", "91", "92", "93", "94", "95"], ones(6), 12, 8_388_608);
    expect(positions(ring).map(([owner]) => owner)).toEqual([5, 5, 3, 4, 3, 2, 0, 2, 1, 0, 1, 4]);
    expect(ownerAt(ring, 7_225_015_537_174_310_577n)).toBe(2);
    expect(ownerAt(ring, 6_803_900_775_736_438_537n)).toBe(3);
  });

  it.each([
    ["an odd minimum rises to whole points each", ones(2), 3, 8_388_608, [2, 2]],
    ["weights 1:2:3 on six points", [1, 2, 3], 6, 6, [1, 2, 3]],
    ["weights 1:2:3 on a large ring", [1, 2, 3], 6144, 8_388_608, [1024, 2048, 3072]],
    ["a share of a third in thirds", [1 / 9, 2 / 9, 2 / 9, 4 / 9], 9, 9, [1, 2, 2, 4]],
    ["two points for four hosts", ones(4), 2, 2, [1, 1]],
    ["an odd maximum", ones(2), 1023, 1023, [511, 512]],
    ["one host has the whole minimum", ones(1), 12, 8_388_608, [12]],
  ] as const)("%s", (_, weights, min, max, counts) => {
    const ring = ringTable(ports(90, weights.length), weights, min, max);
    expect(sortedCounts(ring.owner)).toEqual(counts);
  });

  it.each([
    [[1, 2, 3], 6144, 6000, [987, 1932, 3081]],
    [[1 / 9, 2 / 9, 2 / 9, 4 / 9], 9216, 9000, [924, 2009, 2053, 4014]],
    [[1, 1], 1023, 1023, [526, 497]],
  ] as const)("spreads evenly spaced hashes over weights %j as Envoy does", (weights, size, hashes, expected) => {
    const max = weights.length === 2 ? size : 8_388_608;
    const ring = ringTable(ports(90, weights.length), weights, size, max);
    const step = UINT64 / BigInt(hashes);
    const counts = weights.map(() => 0);
    for (let index = 0; index < hashes; index += 1) {
      const owner = ownerAt(ring, BigInt(index) * step) ?? -1;
      counts[owner] = (counts[owner] ?? 0) + 1;
    }
    expect(counts).toEqual(expected);
  });

  it("gives every 128th of 1,023 light hosts one of 1,024 points, in the order given", () => {
    const ring = ringTable(ports(0, 1024), [127 * 1023, ...ones(1023)], 1024, 1024);
    expect(countOf(ring.owner).get(0)).toBe(1016);
    for (const [hash, owner] of [
      [11_664_790_346_325_243_808n, 1],
      [15_894_554_872_961_148_518n, 128],
      [13_958_138_884_277_627_155n, 256],
      [15_803_774_069_438_192_949n, 384],
      [3_829_253_010_855_396_576n, 512],
      [17_918_147_347_826_565_154n, 640],
      [6_442_769_608_292_299_103n, 768],
      [5_881_074_926_069_334_434n, 896],
    ] as const) {
      expect(ownerAt(ring, hash)).toBe(owner);
    }
  });

  it("retries go on to the next point and around the ring", () => {
    const { pick } = play(specOf("ring_hash", { minimumRingSize: 12 }), ports(90, 6));
    expect(pick(hashed(0n))).toBe("127.0.0.1:94");
    expect(pick({ ...hashed(0n), tried: [4] })).toBe("127.0.0.1:92");
    expect(pick({ ...hashed(0n), tried: [4, 2] })).toBe("127.0.0.1:90");
    expect(pick({ ...hashed(0n), tried: [4, 2, 0, 5, 3] })).toBe("127.0.0.1:91");
  });

  it("finds the first point at or after any hash, as a walk over all of them does", () => {
    const big = fc.bigInt({ min: 0n, max: UINT64 });
    const ring = ringTable(ports(0, 40), ones(40), 500, 8_388_608);
    const all = positions(ring).map(([, position]) => BigInt(position ?? 0));
    const near = fc.constantFrom(...all).chain((point) => fc.constantFrom(point, point + 1n, point - 1n));
    fc.assert(
      fc.property(fc.oneof(big, near), (hash) => {
        const found = all.findIndex((point) => point >= hash);
        expect(ringPoint(ring, Number(hash >> 32n), Number(hash & 0xffffffffn))).toBe(Math.max(0, found));
      }),
      { numRuns: 400 },
    );
    expect(all).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
  });

  it("refuses a minimum above the maximum", () => {
    expect(() => ringTable(["a"], [1], 20, 10)).toThrowError(
      expect.objectContaining({
        faults: [expect.objectContaining({ path: "balance.minimumRingSize", allowed: "1..10" })],
      }),
    );
  });

  it("is empty without hosts", () => {
    expect(ringPoint(ringTable([], [], 12, 12), 1, 1)).toBe(-1);
    expect(ringPoint(ringTable(["a"], [0], 12, 12), 1, 1)).toBe(-1);
  });
});
