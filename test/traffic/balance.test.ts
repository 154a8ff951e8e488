import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooserOf } from "../../shared/core/traffic/balance/chooser.ts";
import { carryOver, end, hostLoads, observe } from "../../shared/core/traffic/balance/loads.ts";
import { nextMersenne, seedMersenne } from "../../shared/core/traffic/balance/mersenne.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { POLICIES, type PolicySpec } from "../../shared/core/traffic/section.ts";
import { countOf, hostOf, keyed, NOW, play, requestOf, specOf } from "./balance-kit.ts";

const SMALL = { tableSize: 251, pointsPerHost: 40 } as const;
/** Every policy, and those settings that take another way through it. */
const EVERY: readonly (readonly [string, PolicySpec])[] = [
  ...POLICIES.map((policy) => [policy, specOf(policy, SMALL)] as const),
  ["consistent_hashing, ring", specOf("consistent_hashing", { ...SMALL, table: "ring" })],
  ["least_connections, all", specOf("least_connections", { choices: "all" })],
  ["least_connections, 3", specOf("least_connections", { choices: 3 })],
  ["least_connections, no bias", specOf("least_connections", { activeBias: 0 })],
  ["least_response_time, 2", specOf("least_response_time", { choices: 2 })],
  ["power_of_two, all", specOf("power_of_two", { choices: "all" })],
  ["maglev, bounded", specOf("maglev", { ...SMALL, balanceFactor: 125 })],
  ["ring_hash, bounded", specOf("ring_hash", { ...SMALL, balanceFactor: 125 })],
  ["rendezvous, bounded", specOf("rendezvous", { balanceFactor: 125 })],
  ["data_locality_aware, seed", specOf("data_locality_aware", { variant: "seed" })],
];

describe.each(EVERY)("%s", (_, spec) => {
  it("picks a host with weight that was not tried, as long as there is one", () => {
    const host = fc.record({
      weight: fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0.01, max: 50, noNaN: true })),
      active: fc.integer({ min: 0, max: 9 }),
      ms: fc.option(fc.integer({ min: 0, max: 500 })),
    });
    const request = fc.record({
      tried: fc.option(fc.array(fc.nat(7), { maxLength: 8 }), { nil: undefined }),
      tags: fc.option(fc.constantFrom<readonly string[]>([], ["a"]), { nil: undefined }),
      key: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(
        fc.array(host, { maxLength: 8 }),
        fc.array(request, { maxLength: 6 }),
        fc.nat(),
        (given, requests, seed) => {
          const loads = hostLoads(given.length);
          for (const [i, { active, ms }] of given.entries()) {
            loads.active[i] = active;
            if (ms !== null) observe(loads, i, NOW, ms);
          }
          const hosts = given.map((_one, i) => `10.0.0.${i}:80`);
          const weights = given.map(({ weight }) => weight);
          const { chooser } = play(spec, hosts, { weights, loads, random: randomOf(seed) });
          const members = weights.flatMap((weight, i) => (weight > 0 ? [i] : []));
          for (const { tried, tags, key } of requests) {
            const picked = chooser.pick({ ...(key === null ? requestOf() : keyed(key)), tried, tags });
            const fresh = members.filter((i) => !tried?.includes(i));
            if (members.length === 0) expect(picked).toBe(-1);
            else expect(fresh.length > 0 ? fresh : members).toContain(picked);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("follows weights that change in place", () => {
    const { chooser, weights, pick } = play(spec, ["a", "b", "c"]);
    pick();
    weights.fill(0);
    chooser.refresh?.();
    expect(pick()).toBeUndefined();
    weights[1] = 0.3;
    chooser.refresh?.();
    expect(pick()).toBe("b");
    weights.set([0, 0.3, 4]);
    chooser.refresh?.();
    expect(pick({ tried: [2] })).toBe("b");
    expect(pick({ tried: [1] })).toBe("c");
  });

  it("says by finite numbers what it compares", () => {
    const { chooser, loads } = play(spec, ["a", "b"]);
    observe(loads, 0, NOW, 12);
    for (const request of [requestOf(), { ...keyed("x"), tags: ["t"] }]) {
      chooser.pick(request);
      for (const i of [0, 1]) {
        const values = chooser.values(request, i);
        expect(Object.keys(values).length).toBeGreaterThan(0);
        for (const value of Object.values(values)) expect(value).toSatisfy(Number.isFinite);
      }
    }
  });
});

describe("round robin", () => {
  it("takes turns, and goes on behind the host picked last when members come and go", () => {
    const first = play(specOf("round_robin"), ["a", "b", "c"]);
    expect(first.picks(5)).toEqual(["a", "b", "c", "a", "b"]);
    const loads = hostLoads(4);
    const next = ["a", "b", "c", "d"].map((id) => hostOf(id));
    carryOver(first.loads, first.hosts, loads, next);
    expect(play(specOf("round_robin"), next, { loads }).picks(5)).toEqual(["c", "d", "a", "b", "c"]);
  });

  it("is as even when every pick is followed by a change of members (a restart at the first would starve the last)", () => {
    let [hosts, loads] = [["a", "b", "c", "d"].map((id) => hostOf(id)), hostLoads(4)];
    const picked: string[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      picked.push(play(specOf("round_robin"), hosts, { loads }).pick() ?? "");
      const next = hostLoads(4);
      carryOver(loads, hosts, next, hosts);
      loads = next;
      hosts = [...hosts];
    }
    expect([...countOf(picked).values()]).toEqual([10, 10, 10, 10]);
  });

  it("passes over hosts without weight and keeps its turn while they are out", () => {
    const { chooser, weights, picks } = play(specOf("round_robin"), ["a", "b", "c"]);
    expect(picks(1)).toEqual(["a"]);
    weights[1] = 0;
    chooser.refresh?.();
    expect(picks(3)).toEqual(["c", "a", "c"]);
    weights[1] = 1;
    chooser.refresh?.();
    expect(picks(3)).toEqual(["a", "b", "c"]);
  });
});

describe("smooth weighted round robin", () => {
  it("plays nginx's sequence {5, 1, 1} -> a a b a c a a, after which all currents are 0", () => {
    const { picks, chooser } = play(specOf("weighted_round_robin"), ["a", "b", "c"], { weights: [5, 1, 1] });
    const current = () => [0, 1, 2].map((i) => chooser.values(requestOf(), i)["currentWeight"]);
    for (let cycle = 0; cycle < 3; cycle += 1) {
      expect(picks(7).join(" ")).toBe("a a b a c a a");
      expect(current()).toEqual([0, 0, 0]);
    }
    expect(picks(1)).toEqual(["a"]);
    expect(current()).toEqual([-2, 1, 1]);
  });

  it("gives each host exactly its weight in every cycle, never far from its share in between", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const hosts = weights.map((_, i) => `h${i}`);
        const { picks } = play(specOf("weighted_round_robin"), hosts, { weights });
        for (let cycle = 0; cycle < 2; cycle += 1) {
          const counts = countOf(picks(sum));
          expect(hosts.map((id) => counts.get(id) ?? 0)).toEqual(weights);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("with maxFails a failure takes weight away, which comes back step by step", () => {
    const { picks, chooser, loads } = play(specOf("weighted_round_robin", { maxFails: 1 }), ["a", "b"], {
      weights: [4, 4],
    });
    const effective = () => chooser.values(requestOf(), 0)["effectiveWeight"];
    expect(picks(2)).toEqual(["a", "b"]);
    end(loads, 0, NOW, 5, false);
    const after = Array.from({ length: 5 }, () => [picks(1)[0], effective()]);
    expect(after.map(([, weight]) => weight)).toEqual([1, 2, 3, 4, 4]);
    expect(after.slice(0, 2).map(([id]) => id)).toEqual(["b", "b"]);
    const half = play(specOf("weighted_round_robin", { maxFails: 2 }), ["a", "b"], { weights: [4, 4] });
    end(half.loads, 0, NOW, 5, false);
    half.pick();
    expect(half.chooser.values(requestOf(), 0)["effectiveWeight"]).toBe(3);
  });

  it("does not count failures unless it is told to", () => {
    const { picks, loads } = play(specOf("weighted_round_robin"), ["a", "b"]);
    for (let call = 0; call < 9; call += 1) end(loads, 0, NOW, 5, false);
    expect(picks(4)).toEqual(["a", "b", "a", "b"]);
  });
});

describe("random", () => {
  it("spreads by weight", () => {
    const { picks } = play(specOf("random"), ["a", "b", "c", "d"], { weights: [1, 2, 3, 4] });
    const counts = countOf(picks(40_000));
    for (const [id, share] of [
      ["a", 0.1],
      ["b", 0.2],
      ["c", 0.3],
      ["d", 0.4],
    ] as const) {
      expect((counts.get(id) ?? 0) / 40_000).toBeCloseTo(share, 1.9);
    }
  });

  it("plays the same draws from the same seed, even ones, and others from the next seed", () => {
    const draws = (seed: number) => {
      const random = randomOf(seed);
      return Array.from({ length: 20_000 }, () => random.next());
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)[0]).not.toBe(draws(8)[0]);
    for (const seed of [0, 1, -5, 2 ** 31]) {
      const all = draws(seed);
      expect(all.every((draw) => draw >= 0 && draw < 1)).toBe(true);
      for (let tenth = 0; tenth < 10; tenth += 1) {
        expect(all.filter((draw) => Math.floor(draw * 10) === tenth).length).toBeGreaterThan(1800);
      }
    }
  });
});

describe("least connections", () => {
  it.each([
    [2, 4, 1, 0.4],
    [1, 0, 1, 1],
    [3, 2, 2, 1 / 3],
    [5, 9, 0, 5],
  ])("weight %d with %d in flight and bias %d counts %d", (weight, active, activeBias, score) => {
    const { chooser, loads } = play(specOf("least_connections", { activeBias }), ["a", "b"], {
      weights: [weight, 100],
    });
    loads.active[0] = active;
    expect(chooser.values(requestOf(), 0)["score"]).toBeCloseTo(score, 12);
  });

  it("of two drawn ones with equal weights never picks the busier, and both of equals", () => {
    const { loads, picks } = play(specOf("least_connections", { choices: 2 }), ["a", "b"]);
    loads.active[0] = 3;
    expect(new Set(picks(50))).toEqual(new Set(["b"]));
    loads.active[1] = 3;
    expect(new Set(picks(50))).toEqual(new Set(["a", "b"]));
  });

  it("picks the greatest weight / (active + 1) first", () => {
    for (const choices of [undefined, "all", 2] as const) {
      const { loads, pick } = play(specOf("least_connections", { ...(choices && { choices }) }), ["a", "b", "c"], {
        weights: [4, 2, 1],
      });
      loads.active.set([9, 2, 2]);
      expect(pick()).toBe("b");
    }
  });

  it("drawn, it spreads by weight where nothing is in flight, as Envoy's schedule does, and with bias 0 in any case", () => {
    for (const [settings, active] of [
      [{ choices: 2 }, 0],
      [{ activeBias: 0 }, 50],
    ] as const) {
      const { picks, loads } = play(specOf("least_connections", settings), ["a", "b", "c"], {
        weights: [5, 3, 2],
      });
      loads.active[0] = active;
      const counts = countOf(picks(1000));
      expect([counts.get("a"), counts.get("b"), counts.get("c")]).toEqual([500, 300, 200]);
    }
  });

  it("takes the least of all unless told to draw, equals in turn, and tells of the tie", () => {
    const { picks, loads, chooser } = play(specOf("least_connections"), ["a", "b", "c", "d"]);
    loads.active.set([2, 1, 1, 1]);
    expect(picks(4)).toEqual(["b", "c", "d", "b"]);
    expect(chooser.tie()).toBe("3 were equal: the next in turn");
    loads.active[3] = 0;
    expect(picks(2)).toEqual(["d", "d"]);
    expect(chooser.tie()).toBeUndefined();
  });
});

describe("power of two choices", () => {
  it("compares two different hosts: the busiest of all is never picked", () => {
    const { picks, loads } = play(specOf("power_of_two"), ["a", "b", "c"]);
    loads.active.set([5, 1, 1]);
    const counts = countOf(picks(600));
    expect(counts.get("a")).toBeUndefined();
    expect(counts.get("b")).toBeGreaterThan(200);
    expect(counts.get("c")).toBeGreaterThan(200);
  });

  it("counts what is in flight per weight", () => {
    const { picks, loads } = play(specOf("power_of_two", { choices: "all" }), ["a", "b"], { weights: [10, 1] });
    loads.active.set([5, 1]);
    expect(new Set(picks(5))).toEqual(new Set(["a"]));
  });
});

describe("least response time", () => {
  it("takes the least of response time × (in flight + 1)", () => {
    const { pick, loads, chooser } = play(specOf("least_response_time"), ["a", "b"], {
      loads: hostLoads(2, { settledAt: 0 }),
    });
    observe(loads, 0, NOW, 20);
    observe(loads, 1, NOW, 50);
    expect(pick()).toBe("a");
    loads.active[0] = 2;
    expect(pick()).toBe("b");
    expect(chooser.values(requestOf(), 0)).toEqual({ latencyMs: 20, samples: 1, active: 2, weight: 1, cost: 60 });
  });

  it("A4.5: a host without samples does not score 0 and get everything; it counts as the median", () => {
    const { picks, loads, chooser } = play(specOf("least_response_time"), ["fast", "middling", "new", "slow"]);
    for (const [i, ms] of [
      [0, 10],
      [1, 30],
      [3, 90],
    ] as const)
      observe(loads, i, NOW, ms);
    expect(picks(20)).toEqual(new Array(20).fill("fast"));
    expect(chooser.values(requestOf(), 2)).toEqual({ latencyMs: 30, samples: 0, active: 0, weight: 1, cost: 30 });
    observe(loads, 2, NOW, 1);
    expect(picks(1)).toEqual(["new"]);
  });

  it("A4.5: a host that is never picked does not keep its stale time for ever", () => {
    const { pick, loads, chooser } = play(specOf("least_response_time", { decay: 10_000 }), ["a", "b", "c"]);
    for (const [i, ms] of [
      [0, 10],
      [1, 10],
      [2, 500],
    ] as const)
      observe(loads, i, NOW, ms);
    const latencyAt = (at: number) => chooser.values(requestOf({ at }), 2)["latencyMs"] ?? 0;
    expect(latencyAt(NOW)).toBe(500);
    expect(latencyAt(NOW + 10_000)).toBeCloseTo(10 + 490 / Math.E, 9);
    loads.active.set([1, 1, 0]);
    expect(pick({ at: NOW })).not.toBe("c");
    expect(pick({ at: NOW + 60_000 })).toBe("c");
  });

  it("a lucky first answer draws nobody: until 50 are seen the median of all weighs as much as three; slow counts at once", () => {
    const { loads, chooser } = play(specOf("least_response_time"), ["lucky", "a", "b", "slow"]);
    const latency = (i: number) => chooser.values(requestOf(), i)["latencyMs"];
    for (const [i, ms] of [
      [0, 1],
      [1, 30],
      [2, 30],
      [3, 500],
    ] as const)
      observe(loads, i, NOW, ms);
    expect([0, 1, 2, 3].map(latency)).toEqual([(1 + 3 * 30) / 4, 30, 30, 500]);
    for (let seen = 1; seen < 49; seen += 1) observe(loads, 0, NOW, 1);
    expect(latency(0)).toBeCloseTo((49 + 90) / 52, 9);
    observe(loads, 0, NOW, 1);
    expect(latency(0)).toBe(1);
    // Others have told of it: that is no luck of one.
    loads.kept[1] = 0;
    loads.ewmaMs[1] = 10;
    expect(latency(1)).toBe(10);
  });

  it("times that become known by a change of members are numbers at once", () => {
    const { loads, chooser, weights, pick } = play(specOf("least_response_time"), ["a", "b"], { weights: [0, 1] });
    observe(loads, 0, NOW - 5_000, 20);
    expect(pick()).toBe("b");
    weights[0] = 1;
    chooser.refresh?.();
    loads.active[1] = 2;
    expect(pick()).toBe("a");
    expect(chooser.values(requestOf(), 0)["latencyMs"]).toBeGreaterThan(0);
  });

  it("with nothing known of anybody it is the least busy one, equals in turn", () => {
    const { picks, loads, chooser } = play(specOf("least_response_time"), ["a", "b", "c"]);
    expect(picks(4)).toEqual(["a", "b", "c", "a"]);
    expect(chooser.values(requestOf(), 0)).toEqual({ samples: 0, active: 0, weight: 1 });
    loads.active.set([1, 0, 1]);
    expect(picks(2)).toEqual(["b", "b"]);
  });

  it("gives turns to equals also where two choosers share the loads, as levels and zones do", () => {
    const loads = hostLoads(4);
    const hosts = ["a", "b", "c", "d"];
    const one = play(specOf("least_response_time"), hosts, { loads, weights: [1, 1, 0, 0] });
    const other = play(specOf("least_response_time"), hosts, { loads, weights: [0, 0, 1, 1] });
    const picked = Array.from({ length: 8 }, (_, turn) => (turn % 2 === 0 ? one : other).pick());
    expect([...countOf(picked).entries()].sort()).toEqual([
      ["a", 2],
      ["b", 2],
      ["c", 2],
      ["d", 2],
    ]);
  });

  it("a pick is taken back by putting back the host picked last", () => {
    const { loads, pick, picks } = play(specOf("least_response_time"), ["a", "b", "c"]);
    picks(4);
    const { last } = loads;
    const peeked = pick();
    loads.last = last;
    expect([peeked, pick(), pick()]).toEqual(["b", "b", "c"]);
  });

  it("breaks ties by fewer in flight, and says so", () => {
    const { pick, loads, chooser } = play(specOf("least_response_time"), ["a", "b"], {
      loads: hostLoads(2, { settledAt: 0 }),
    });
    observe(loads, 0, NOW, 20);
    observe(loads, 1, NOW, 10);
    loads.active.set([0, 1]);
    expect(pick()).toBe("a");
    expect(chooser.tie()).toBe("2 were equal: the one with fewer requests in flight");
  });

  it("response times of 0 leave room for what is in flight", () => {
    const { pick, loads } = play(specOf("least_response_time"), ["a", "b"]);
    observe(loads, 0, NOW, 0);
    observe(loads, 1, NOW, 0);
    loads.active.set([3, 0]);
    expect(pick()).toBe("b");
  });
});

describe("data locality", () => {
  const hosts = [
    hostOf("near", { tags: ["x", "y", "z"], maxConnections: 100 }),
    hostOf("half", { tags: ["x"], maxConnections: 100 }),
    hostOf("far", { maxConnections: 100 }),
  ];
  const asked = { tags: ["x", "y"] };
  const score = (spec: PolicySpec, i: number, active: number, ms: number | undefined) => {
    const { loads, chooser } = play(spec, hosts);
    loads.active[i] = active;
    if (ms !== undefined) observe(loads, i, NOW, ms);
    return chooser.values(requestOf(asked), i)["score"];
  };

  it.each(["default", "seed"] as const)("scores as the platform's formula says (%s)", (variant) => {
    const spec = specOf("data_locality_aware", { variant });
    expect(score(spec, 0, 10, 4)).toBe(31);
    expect(score(spec, 2, 80, 12)).toBe(0);
    expect(score(spec, 1, 79, 10)).toBe(15);
  });

  it("A4.6: the unit of the response time is explicit", () => {
    expect(score(specOf("data_locality_aware", { responseUnit: "s" }), 2, 80, 4000)).toBe(6);
    expect(score(specOf("data_locality_aware", { responseUnit: "ms" }), 2, 80, 4000)).toBe(0);
  });

  it("A4.6: ties do not always go to the first, but to fewer connections, then in turn", () => {
    const same = ["a", "b", "c"].map((id) => hostOf(id, { tags: ["x"] }));
    const { picks, loads } = play(specOf("data_locality_aware"), same);
    expect(picks(4, { tags: ["x"] })).toEqual(["a", "b", "c", "a"]);
    loads.active.set([2, 2, 1]);
    expect(picks(2, { tags: ["x"] })).toEqual(["c", "c"]);
    const seed = play(specOf("data_locality_aware", { variant: "seed" }), same);
    expect(seed.picks(3, { tags: ["x"] })).toEqual(["a", "a", "a"]);
  });

  it("A4.6: a maximum of 0 gives nothing for room and divides nothing", () => {
    const { chooser, pick } = play(specOf("data_locality_aware"), [hostOf("a", { maxConnections: 0 }), hostOf("b")]);
    expect(chooser.values(requestOf({ tags: [] }), 0)["score"]).toBe(0);
    expect(pick({ tags: [] })).toBe("b");
  });

  it("an unknown response counts as the median of the known ones; the platform's adds nothing", () => {
    for (const [variant, expected] of [
      ["default", 13],
      ["seed", 5],
    ] as const) {
      const { loads, chooser } = play(specOf("data_locality_aware", { variant }), ["a", "b", "c"]);
      observe(loads, 0, NOW, 2);
      expect(chooser.values(requestOf({ tags: [] }), 1)["score"]).toBe(expected);
    }
  });

  it("counts each tag of the request once", () => {
    const { chooser } = play(specOf("data_locality_aware"), hosts);
    expect(chooser.values(requestOf({ tags: ["x", "x", "y", "q"] }), 0)["matchingTags"]).toBe(2);
  });

  it("falls back to the least response time without request data, which the platform takes for the lowest average, none being 0", () => {
    const { pick, loads } = play(specOf("data_locality_aware"), hosts);
    for (const [i, ms] of [
      [0, 90],
      [1, 40],
      [2, 5],
    ] as const)
      observe(loads, i, NOW, ms);
    expect(pick()).toBe("far");
    expect(pick(asked)).toBe("near");
    const seed = play(specOf("data_locality_aware", { variant: "seed" }), hosts);
    for (const [i, ms] of [
      [0, 90],
      [1, 40],
    ] as const)
      observe(seed.loads, i, NOW, ms);
    expect(seed.picks(2)).toEqual(["far", "far"]);
  });
});

describe("hashing", () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => keyed(`key-${index}`));
  const names = Array.from({ length: 10 }, (_, index) => `10.0.0.${index + 1}:8080`);
  const owners = (spec: PolicySpec, hosts: readonly string[], weights?: readonly number[]) => {
    const { chooser } = play(spec, hosts, weights ? { weights } : {});
    return keys.map((key) => hosts[chooser.pick(key)]);
  };

  it.each(["ring_hash", "rendezvous"] as const)("%s moves nothing on a removal but what the host had", (policy) => {
    const before = owners(specOf(policy), names);
    for (const gone of [0, 4, 9]) {
      const after = owners(
        specOf(policy),
        names.filter((_, index) => index !== gone),
      );
      expect(after.every((owner, index) => owner === before[index] || before[index] === names[gone])).toBe(true);
    }
  });

  it("maglev moves at most 11 % of the keys when one of ten hosts goes", () => {
    const before = owners(specOf("maglev"), names);
    const after = owners(specOf("maglev"), names.slice(1));
    const moved = after.filter((owner, index) => owner !== before[index]).length / keys.length;
    expect(moved).toBeGreaterThan(0.09);
    expect(moved).toBeLessThan(0.11);
  });

  it("a host without weight is the same as one that is not there", () => {
    for (const policy of ["maglev", "ring_hash", "rendezvous"] as const) {
      const weights = names.map((_, index) => (index === 3 ? 0 : 1));
      expect(owners(specOf(policy), names, weights)).toEqual(
        owners(
          specOf(policy),
          names.filter((_, index) => index !== 3),
        ),
      );
    }
  });

  it.each(["maglev", "ring_hash", "rendezvous"] as const)("%s gives shares by weight", (policy) => {
    const counts = countOf(owners(specOf(policy, { pointsPerHost: 4000 }), ["a:1", "b:1", "c:1"], [1, 2, 5]));
    for (const [id, share] of [
      ["a:1", 0.125],
      ["b:1", 0.25],
      ["c:1", 0.625],
    ] as const) {
      expect(Math.abs((counts.get(id) ?? 0) / keys.length - share)).toBeLessThan(0.015);
    }
  });

  it("A4.1: the order in which hosts are told of does not matter to Maglev", () => {
    const before = owners(specOf("maglev"), names);
    expect(owners(specOf("maglev"), [...names].reverse())).toEqual(before);
    expect(owners(specOf("rendezvous"), [...names].reverse())).toEqual(owners(specOf("rendezvous"), names));
  });

  it("A4.1: it is the name that is hashed, not the address: a host that moves keeps its keys", () => {
    const at = (address: string) => names.map((id) => hostOf(`${address}-${id}`, { host: address, hashKey: id }));
    const pick = (address: string) => {
      const { chooser } = play(specOf("maglev"), at(address));
      return keys.slice(0, 2000).map((key) => chooser.pick(key));
    };
    expect(pick("10.0.0.1")).toEqual(pick("10.9.9.9"));
  });

  it("shares told for the why add up to 1 and are the entries", () => {
    for (const policy of ["maglev", "ring_hash"] as const) {
      const { chooser } = play(specOf(policy), names);
      const shares = names.map((_, i) => chooser.values(requestOf(), i)["tableShare"] ?? 0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      const counts = countOf(keys.map((key) => chooser.pick(key)));
      for (const [i, share] of shares.entries()) expect((counts.get(i) ?? 0) / keys.length).toBeCloseTo(share, 1.9);
    }
  });

  it("without a key any host may be picked", () => {
    for (const policy of ["maglev", "ring_hash", "rendezvous"] as const) {
      expect(new Set(play(specOf(policy), names).picks(300)).size).toBe(10);
    }
  });

  it("a Maglev table too small for the hosts grows, so that nobody goes without", () => {
    const many = Array.from({ length: 300 }, (_, index) => `h${index}`);
    const { chooser } = play(specOf("maglev", { tableSize: 7 }), many);
    expect(many.every((_, i) => (chooser.values(requestOf(), i)["tableShare"] ?? 0) > 0)).toBe(true);
  });

  it("10,000 backends have their table at once, however unequal they are", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => hostOf(`h${index}`));
    const weights = Float64Array.from(many, (_, index) => (index === 5000 ? 1_000_000 : 1));
    for (const policy of ["maglev", "ring_hash", "rendezvous"] as const) {
      const chooser = chooserOf(specOf(policy), many, weights, hostLoads(10_000), randomOf(1));
      expect(chooser.pick(keyed("x"))).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("bounded loads", () => {
  it.each(["maglev", "ring_hash", "rendezvous"] as const)(
    "%s is never above ceil(factor × average), whatever the keys",
    (policy) => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 9 }),
          fc.integer({ min: 100, max: 250 }),
          fc.array(fc.oneof(fc.constant("hot"), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 120 }),
          (weights, balanceFactor, keys) => {
            const hosts = weights.map((_, index) => `b${index}:80`);
            const { chooser, loads } = play(specOf(policy, { ...SMALL, balanceFactor }), hosts, { weights });
            const sum = weights.reduce((total, weight) => total + weight, 0);
            let all = 0;
            for (const key of keys) {
              const picked = chooser.pick(keyed(key));
              loads.active[picked] = (loads.active[picked] ?? 0) + 1;
              all += 1;
              const part = all * balanceFactor * (weights[picked] ?? 0);
              expect(loads.active[picked]).toBeLessThanOrEqual(Math.max(1, Math.ceil(part / (100 * sum))));
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  it("sends a key elsewhere only while its host has no room, and then to the same others", () => {
    const { chooser, loads } = play(specOf("maglev", { ...SMALL, balanceFactor: 150 }), ["a", "b", "c", "d"]);
    const home = chooser.pick(keyed("hot"));
    loads.active.fill(4);
    loads.active[home] = 9;
    const away = chooser.pick(keyed("hot"));
    expect(away).not.toBe(home);
    expect(chooser.pick(keyed("hot"))).toBe(away);
    loads.active[home] = 1;
    expect(chooser.pick(keyed("hot"))).toBe(home);
  });

  it("jumps by the generator Envoy jumps by", () => {
    seedMersenne(5489);
    for (let draw = 1; draw < 10_000; draw += 1) nextMersenne();
    // What the C++ standard asks of std::mt19937.
    expect(nextMersenne()).toBe(4_123_659_995);
  });
});
