import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localityWeights, zoneAware } from "../../shared/core/traffic/tiers/locality.ts";
import { priorityLoads } from "../../shared/core/traffic/tiers/priority.ts";
import { slowStartFactor } from "../../shared/core/traffic/tiers/slow-start.ts";
import { carrySpread, spreadAt, spreadNext, spreadOf, spreadPeek } from "../../shared/core/traffic/tiers/spread.ts";
import { findSubset, subsetRoot } from "../../shared/core/traffic/tiers/subsets.ts";
import { versionShares } from "../../shared/core/traffic/tiers/versions.ts";
import { backend } from "./balancer-kit.ts";

const rule = { overprovisioning: 140, panic: 50 };
const levels = (...pairs: [healthy: number, total: number][]) => pairs.map(([healthy, total]) => ({ healthy, total }));

describe("priority levels", () => {
  it.each([
    ["one level, all well", levels([10, 10]), [100], [false]],
    ["72 % are enough for everything", levels([72, 100], [1, 1]), [100, 0], [false, false]],
    ["71 % are not", levels([71, 100], [1, 1]), [99, 1], [false, false]],
    ["50 % is 70/30", levels([5, 10], [10, 10]), [70, 30], [false, false]],
    ["25 % is 35/65", levels([25, 100], [100, 100]), [35, 65], [false, false]],
    ["0 % is 0/100", levels([0, 10], [10, 10]), [0, 100], [false, false]],
    ["the third gets what two leave", levels([1, 4], [1, 4], [4, 4]), [35, 35, 30], [false, false, false]],
    [
      "three levels at 20 % are 34/33/33, all in panic",
      levels([1, 5], [1, 5], [1, 5]),
      [34, 33, 33],
      [true, true, true],
    ],
    ["35 + 35 leave 30 of the third's 35", levels([1, 4], [1, 4], [1, 4]), [35, 35, 30], [false, false, false]],
    ["two levels down, the third at 112 %", levels([0, 5], [0, 5], [4, 5]), [0, 0, 100], [false, false, false]],
    [
      "two levels down, the third at 56 %: all in panic",
      levels([0, 5], [0, 5], [2, 5]),
      [34, 33, 33],
      [true, true, true],
    ],
    ["5, 6 and 3 hosts in a total panic", levels([0, 5], [2, 6], [1, 3]), [37, 42, 21], [true, true, true]],
    ["an empty level before a full one", levels([0, 0], [2, 2]), [0, 100], [false, false]],
    ["scaled up: 28 + 28 of 56", levels([20, 100], [60, 300]), [25, 75], [true, true]],
    ["panic in one level alone", levels([1, 5], [2, 4]), [29, 71], [true, false]],
    ["all down: by numbers of hosts", levels([0, 1], [0, 2]), [34, 66], [true, true]],
    [
      "all down, rounding goes to the first with hosts",
      levels([0, 0], [0, 1], [0, 2]),
      [0, 34, 66],
      [true, true, true],
    ],
    ["no host at all", levels([0, 0], [0, 0]), [0, 0], [true, true]],
  ])("%s", (_, counts, shares, panic) => {
    const loads = priorityLoads(counts, rule);
    expect(loads.shares).toEqual(shares);
    expect(loads.panic).toEqual(panic);
    expect(loads.totalPanic).toBe(panic.every(Boolean));
  });

  it("A4.3: one of two hosts down is 50 %, exactly at the threshold, and no panic", () => {
    expect(priorityLoads(levels([1, 2]), rule).panic).toEqual([false]);
    expect(priorityLoads(levels([1, 2]), { ...rule, panic: 51 }).panic).toEqual([true]);
    expect(priorityLoads(levels([1, 3]), rule).panic).toEqual([true]);
  });

  it("A4.9: 50 % and 60 % are 70/30, 25 % and 100 % are 35/65: the formula, not the table that contradicts it", () => {
    expect(priorityLoads(levels([5, 10], [6, 10]), rule).shares).toEqual([70, 30]);
    expect(priorityLoads(levels([25, 100], [100, 100]), rule).shares).toEqual([35, 65]);
  });

  it("without overprovisioning the share is the part that is well", () => {
    expect(priorityLoads(levels([2, 4], [2, 4]), { ...rule, overprovisioning: 100 }).shares).toEqual([50, 50]);
  });

  it("a threshold of 0 is never panic: with nobody well nobody gets anything", () => {
    const loads = priorityLoads(levels([0, 3], [0, 2]), { ...rule, panic: 0 });
    expect(loads).toMatchObject({ shares: [0, 0], panic: [false, false], totalPanic: false });
  });

  it("in a total panic hosts whose circuit is open take no share", () => {
    const down = [
      { healthy: 0, total: 4, pickable: 0 },
      { healthy: 0, total: 4, pickable: 3 },
    ];
    expect(priorityLoads(down, rule).shares).toEqual([0, 100]);
  });

  const level = fc
    .integer({ min: 0, max: 200 })
    .chain((total) => fc.record({ total: fc.constant(total), healthy: fc.integer({ min: 0, max: total }) }));

  it("shares sum to 100, or are all 0 where there is nobody", () => {
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 100, max: 300 }),
        fc.integer({ min: 0, max: 100 }),
        (counts, overprovisioning, panic) => {
          const { shares, available } = priorityLoads(counts, { overprovisioning, panic });
          const sum = shares.reduce((total, share) => total + share, 0);
          const anybody = panic === 0 ? available > 0 : counts.some(({ total }) => total > 0);
          expect(sum).toBe(anybody ? 100 : 0);
          expect(shares.every((share) => share >= 0 && Number.isInteger(share))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("there is no panic while the levels together can take everything, and a well level takes its share first", () => {
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), (counts) => {
        const { shares, panic, health, available } = priorityLoads(counts, rule);
        if (available === 100) expect(panic.some(Boolean)).toBe(false);
        if ((health[0] ?? 0) === 100) expect(shares[0]).toBe(100);
      }),
      { numRuns: 200 },
    );
  });
});

describe("zones by weight", () => {
  it.each([
    [100, 33],
    [70, 33],
    [69, 32],
    [50, 26],
    [25, 15],
    [0, 0],
  ])("weights 1:2 with %i %% of the first well give it %i %%", (healthy, percent) => {
    const zones = [
      { zone: "x", healthy, total: 100 },
      { zone: "y", healthy: 100, total: 100 },
    ];
    const [x = 0, y = 0] = localityWeights(zones, { x: 1, y: 2 }, 140);
    expect(Math.round((100 * x) / (x + y))).toBe(percent);
  });

  it("a zone that the weights do not name has none; without weights all are alike", () => {
    const zones = [
      { zone: "a", healthy: 1, total: 1 },
      { zone: "constructor", healthy: 1, total: 1 },
    ];
    expect(localityWeights(zones, { a: 3 }, 140)).toEqual([300, 0]);
    expect(localityWeights(zones, undefined, 140)).toEqual([100, 100]);
  });
});

describe("zone-aware routing", () => {
  const zones = (...counts: [zone: string, healthy: number, total?: number][]) =>
    counts.map(([zone, healthy, total = healthy]) => ({ zone, healthy, total }));

  it("keeps everything in the zone when the hosts are spread as the callers", () => {
    const aware = zoneAware(zones(["a", 3], ["b", 3], ["c", 4]), { zone: "a", minClusterSize: 6 });
    expect(aware).toMatchObject({ mode: "direct", shares: [1, 0, 0] });
  });

  it("sends what does not fit to zones with room: callers 40/40/20, hosts 25/50/25 leave room 0/10/5", () => {
    const aware = zoneAware(zones(["a", 5], ["b", 10], ["c", 5]), {
      zone: "a",
      localHosts: { a: 4, b: 4, c: 2 },
      minClusterSize: 6,
    });
    expect(aware).toMatchObject({ mode: "residual", localShare: 6250, residual: [0, 1000, 500] });
    expect(aware.shares.map((share) => Number(share.toFixed(4)))).toEqual([0.625, 0.25, 0.125]);
  });

  it("callers are taken to be spread as the registered hosts: a zone that loses hosts sends the rest away", () => {
    const aware = zoneAware(zones(["a", 2, 4], ["b", 4], ["c", 4]), { zone: "a", minClusterSize: 6 });
    expect(aware.mode).toBe("residual");
    // 2 of 10 well hosts for 4 of 12 callers.
    expect(aware.localShare).toBe(Math.floor((2000 * 10_000) / 3333));
    expect(aware.shares[1]).toBeCloseTo(aware.shares[2] ?? 0, 9);
  });

  it.each([
    ["one zone", zones(["a", 9]), { zone: "a" }, "only one zone"],
    ["too few hosts", zones(["a", 3], ["b", 2]), { zone: "a" }, "5 healthy hosts are fewer than 6"],
    ["unknown own zone", zones(["a", 5], ["b", 5]), { zone: undefined }, "not known"],
    ["no caller in the own zone", zones(["a", 5], ["b", 5]), { zone: "z" }, "no caller"],
    ["callers of one zone", zones(["a", 5], ["b", 5]), { zone: "a", localHosts: { a: 3 } }, "one zone"],
  ])("is off with %s", (_, counts, spec, why) => {
    const aware = zoneAware(counts, { minClusterSize: 6, ...spec });
    expect(aware.mode).toBe("off");
    expect(aware.why).toContain(why);
  });

  it("shares are a distribution over zones that have hosts, whatever the numbers", () => {
    const one = fc.record({ healthy: fc.nat(50), more: fc.nat(10), callers: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 6 }), (list) => {
        const counts = list.map(({ healthy, more }, index) => ({ zone: `z${index}`, healthy, total: healthy + more }));
        const localHosts = Object.fromEntries(list.map(({ callers }, index) => [`z${index}`, callers]));
        const aware = zoneAware(counts, { zone: "z0", localHosts, minClusterSize: 1 });
        if (aware.mode === "off") return;
        expect(aware.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        for (const [index, share] of aware.shares.entries())
          if (counts[index]?.healthy === 0) expect(share).toBe(0);
          else expect(share).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("slow start", () => {
  it.each([
    [0, 1, 0.1],
    [1000, 1, 0.1],
    [15_000, 1, 0.25],
    [30_000, 1, 0.5],
    [60_000, 1, 1],
    [90_000, 1, 1],
    [15_000, 2, 0.5],
    [15_000, 0.5, 0.1],
    [30_000, 0.5, 0.25],
  ])("after %i ms of 60 s at aggression %f a host has %f of its weight", (since, aggression, factor) => {
    expect(slowStartFactor(since, { window: 60_000, aggression, minWeight: 10 })).toBeCloseTo(factor, 12);
  });

  it("time is at least a millisecond, as upstream's code has it (its text says a second)", () => {
    expect(slowStartFactor(0, { window: 1000, aggression: 1, minWeight: 0 })).toBe(0.001);
    expect(slowStartFactor(-5, { window: 1000, aggression: 1, minWeight: 0 })).toBe(0.001);
  });
});

describe("versions", () => {
  it("have the shares that are set; others get nothing", () => {
    const there = ["v1", "v2", "old"].map((version) => ({ version, hosts: 2 }));
    expect(versionShares({ v1: 95, v2: 5 }, there)).toMatchObject({ shares: [0.95, 0.05, 0], missing: [] });
  });

  it("without hosts give their share to the others, and are named", () => {
    const there = [
      { version: "v1", hosts: 3 },
      { version: "v3", hosts: 1 },
    ];
    expect(versionShares({ v1: 60, v2: 20, v3: 20 }, there)).toMatchObject({ shares: [0.75, 0.25], missing: ["v2"] });
    expect(versionShares({ v9: 1 }, there)).toMatchObject({ shares: [0, 0], missing: ["v9"] });
  });

  it("are dealt exactly and smoothly: 95/5 is one in twenty, never two in a row", () => {
    const spread = spreadOf([95, 5]);
    const turns = Array.from({ length: 200 }, () => spreadNext(spread));
    expect(turns.filter((turn) => turn === 1)).toHaveLength(10);
    for (let at = 0; at < 200; at += 20) expect(turns.slice(at, at + 20).filter((turn) => turn === 1)).toHaveLength(1);
  });
});

describe("dealing by shares", () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 })
    .filter((list) => list.some((weight) => weight > 0));

  it("is exact after a full cycle, and never further than one turn per part from exact within it", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const spread = spreadOf(list);
        const counts = list.map(() => 0);
        for (let turn = 1; turn <= spread.total; turn += 1) {
          const peeked = spreadPeek(spread);
          const next = spreadNext(spread);
          expect(next).toBe(peeked);
          counts[next] = (counts[next] ?? 0) + 1;
          for (const [index, weight] of list.entries())
            expect(Math.abs((counts[index] ?? 0) - (turn * weight) / spread.total)).toBeLessThan(list.length);
        }
        expect(counts).toEqual(list);
      }),
      { numRuns: 100 },
    );
  });

  it("goes on where it was when a part comes or goes", () => {
    const one = spreadOf([3, 1]);
    const counts = [0, 0];
    let current = one;
    // Made anew before every pick, the first part would win every time.
    for (let turn = 0; turn < 40; turn += 1) {
      const next = spreadOf([3, 1]);
      carrySpread(current, ["a", "b"], next, ["a", "b"]);
      current = next;
      const picked = spreadNext(current);
      counts[picked] = (counts[picked] ?? 0) + 1;
    }
    expect(counts).toEqual([30, 10]);
  });

  it("by units gives each part as much room as its weight", () => {
    const spread = spreadOf([70, 0, 30]);
    expect([0, 69, 70, 99].map((units) => spreadAt(spread, units))).toEqual([0, 0, 2, 2]);
    expect(spreadAt(spreadOf([0, 0]), 0)).toBe(-1);
  });
});

describe("subsets", () => {
  const list = [
    backend("a", { zone: "z1", metadata: { stage: "prod", tier: "gold" } }),
    backend("b", { zone: "z2", metadata: { stage: "prod" } }),
    backend("c", { zone: "z1", metadata: { stage: "test" }, version: "v2" }),
  ];
  const keys = ["stage", "tier", "version", "zone"];
  const members = (match: Record<string, string>) => findSubset(subsetRoot(3), keys, match, list)?.members;

  it("are the hosts that have all that is asked for", () => {
    expect(members({})).toEqual([0, 1, 2]);
    expect(members({ stage: "prod" })).toEqual([0, 1]);
    expect(members({ stage: "prod", tier: "gold" })).toEqual([0]);
    expect(members({ zone: "z1" })).toEqual([0, 2]);
    expect(members({ version: "v2", zone: "z1" })).toEqual([2]);
  });

  it("do not exist for values that no host has, nor for names of the language", () => {
    expect(members({ stage: "prod", zone: "z9" })).toBeUndefined();
    expect(members({ stage: "constructor" })).toBeUndefined();
    expect(members({ constructor: "x" })).toEqual([0, 1, 2]);
  });

  it("are not made by asking for what does not exist, so that requests cannot fill the memory", () => {
    const root = subsetRoot(3);
    for (let index = 0; index < 1000; index += 1) findSubset(root, keys, { stage: `made-up-${index}` }, list);
    expect(root.byKey[0]?.size).toBe(2);
  });
});
