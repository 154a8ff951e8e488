import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import type { BalancerConfig, BalancerOptions } from "../../shared/core/traffic/balancer.ts";
import { balancerOf } from "../../shared/core/traffic/balancer.ts";
import { prepare } from "../../shared/core/traffic/balancer-leaf.ts";
import type { TreeContext } from "../../shared/core/traffic/balancer-nodes.ts";
import { standingOf } from "../../shared/core/traffic/balancer-standing.ts";
import { stashOf } from "../../shared/core/traffic/balancer-stash.ts";
import { treeOf } from "../../shared/core/traffic/balancer-tree.ts";
import { hashText } from "../../shared/core/traffic/hash/xxhash64.ts";
import { POLICIES, type PolicySpec, ServiceTraffic } from "../../shared/core/traffic/section.ts";
import type { Host, PickRequest } from "../../shared/core/traffic/types.ts";
import { host, hostsOf, request } from "./balancer-kit.ts";

const policyOf = (balance: unknown): PolicySpec => v.parse(ServiceTraffic, { balance }).balance;

const balance = (
  hosts: readonly Host[],
  config: Omit<BalancerConfig, "balance"> & { balance?: unknown } = {},
  options?: BalancerOptions,
) => {
  const { balance: policy = "round_robin", ...rest } = config;
  return balancerOf({ ...rest, balance: policyOf(policy) }, hosts, hostLoads(hosts.length), randomOf(7), options);
};

/** How often each host is picked, by id. */
const counts = (balancer: ReturnType<typeof balance>, picks: number, more: Partial<PickRequest> = {}) => {
  const seen: Record<string, number> = {};
  for (let pick = 0; pick < picks; pick += 1) {
    const id = balancer.hosts[balancer.pick(request(more))]?.backend.id ?? "none";
    seen[id] = (seen[id] ?? 0) + 1;
  }
  return seen;
};

describe("who may be picked", () => {
  it("a host that is unhealthy, ejected, draining or has an open circuit gets nothing", () => {
    const balancer = balance(
      [
        host("a"),
        host("b", { healthy: false }),
        host("c"),
        host("d", { ejected: true }),
        host("e"),
        host("f", { open: true }),
        host("g"),
        host("h", { draining: true }),
      ],
      { panic: 10 },
    );
    expect(counts(balancer, 8)).toEqual({ a: 2, c: 2, e: 2, g: 2 });
    expect(balancer.state()).toMatchObject({ hosts: 8, usable: 4, draining: 1, panic: false });
    expect(balancer.why(request()).candidates.map(({ excluded }) => excluded)).toEqual([
      undefined,
      "unhealthy",
      undefined,
      "ejected",
      undefined,
      "circuit_open",
      undefined,
      "draining",
    ]);
  });

  it.each([
    ["none at all", [], "no_backend"],
    ["all on their way out", [host("a", { draining: true })], "all_draining"],
    ["nobody well and never panic", [host("a", { healthy: false }), host("b", { open: true })], "all_unhealthy"],
    ["open circuits only", [host("a", { open: true }), host("b", { open: true })], "all_unhealthy"],
  ])("%s: nobody, and why says so", (_, hosts, reason) => {
    const balancer = balance(hosts, { panic: 0 });
    expect(balancer.pick(request())).toBe(-1);
    expect(balancer.why(request())).toMatchObject({ reason, panic: false });
    expect(balancer.why(request()).host).toBeUndefined();
  });

  it("never picks a draining host or one with an open circuit, whatever the states, in a panic or not", () => {
    const state = fc.record({
      healthy: fc.boolean(),
      ejected: fc.boolean(),
      open: fc.boolean(),
      draining: fc.boolean(),
      priority: fc.nat(2),
      zone: fc.constantFrom("a", "b"),
      version: fc.constantFrom("v1", "v2", "v3"),
    });
    const config = fc.record({
      panic: fc.constantFrom(0, 50, 100),
      balance: fc.constantFrom("round_robin", "least_connections", "rendezvous", "power_of_two"),
      locality: fc.constantFrom("off" as const, "weighted" as const, "zone_aware" as const),
      versions: fc.constantFrom(undefined, { v1: 9, v2: 1 }),
    });
    fc.assert(
      fc.property(fc.array(state, { maxLength: 12 }), config, fc.nat(3), (states, { versions, ...rest }, tries) => {
        const hosts = states.map((one, index) => host(`h${String(index).padStart(2, "0")}`, one));
        const balancer = balance(hosts, { ...rest, zone: "a", ...(versions && { versions }) }, { minClusterSize: 1 });
        const shares = balancer.state().levels.map(({ share }) => share);
        const sum = shares.reduce((total, share) => total + share, 0);
        const tried: number[] = [];
        for (let pick = 0; pick < 12; pick += 1) {
          const ask = request({
            hashed: pick % 2 === 0,
            hashHigh: pick * 77_777_777,
            hashLow: pick,
            ...(pick > 8 && { tried }),
          });
          const told = balancer.why(ask).host;
          const index = balancer.pick(ask);
          expect(told).toBe(hosts[index]?.backend.id);
          expect(index >= 0).toBe(sum === 100);
          if (index < 0) continue;
          expect(hosts[index]).toMatchObject({ draining: false, open: false });
          const level = balancer.state().levels.find(({ priority }) => priority === hosts[index]?.backend.priority);
          if (level?.panic === false) expect(hosts[index]).toMatchObject({ healthy: true, ejected: false });
          if (versions !== undefined) expect(hosts[index]?.backend.version).not.toBe("v3");
          if (tried.length < tries && !tried.includes(index)) tried.push(index);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("panic", () => {
  it("A4.3: with one of two hosts down there is none: exactly at the threshold all goes to the other one", () => {
    const balancer = balance([host("a", { ejected: true }), host("b")]);
    expect(balancer.panic()).toBe(false);
    expect(counts(balancer, 6)).toEqual({ b: 6 });
  });

  it("A4.3: is told as a state, so that an ejection that seems not to work is understood", () => {
    const hosts = hostsOf(3, (index) => ({ ejected: index > 0 }));
    const balancer = balance(hosts);
    expect(balancer.panic()).toBe(true);
    expect(counts(balancer, 6)).toEqual({ h00: 2, h01: 2, h02: 2 });
    expect(balancer.state().notes[0]).toContain("in panic: 1 of 3 hosts (33.3 %)");
    expect(balancer.why(request())).toMatchObject({ reason: "picked_panic", panic: true });
    balancer.update(hostsOf(3));
    expect(balancer.panic()).toBe(false);
    expect(balancer.why(request())).toMatchObject({ reason: "picked", panic: false });
  });
});

describe("levels", () => {
  it("share as the formula says, exactly and interleaved: 50 % well is 70/30", () => {
    const hosts = [
      ...hostsOf(4, (index) => ({ healthy: index < 2 })),
      host("p", { priority: 1 }),
      host("q", { priority: 1 }),
    ];
    const balancer = balance(hosts);
    expect(balancer.state().levels.map(({ share }) => share)).toEqual([70, 30]);
    expect(counts(balancer, 100)).toEqual({ h00: 35, h01: 35, p: 15, q: 15 });
    expect(balancer.why(request()).steps.join(" ")).toContain("level 0 70 %, level 1 30 %");
  });

  it("by key: the same key always meets the same level, as hash mod 100 says", () => {
    const hosts = [...hostsOf(4, (index) => ({ healthy: index < 2 })), host("p", { priority: 1 })];
    const balancer = balance(hosts, { balance: "maglev" });
    for (let key = 0; key < 300; key += 1) {
      const ask = request({ hashed: true });
      hashText(`key-${key}`, ask);
      const first = balancer.pick(ask);
      const mod = Number(((BigInt(ask.hashHigh) << 32n) | BigInt(ask.hashLow)) % 100n);
      expect(hosts[first]?.backend.priority).toBe(mod < 70 ? 0 : 1);
      expect(balancer.pick(ask)).toBe(first);
    }
  });

  it("a retry goes to the next level only when every host of its own was tried, and comes back when all were", () => {
    const hosts = [host("a"), host("b"), host("z", { priority: 1 })];
    const balancer = balance(hosts);
    const first = balancer.pick(request());
    const second = balancer.pick(request({ tried: [first] }));
    expect([first, second].sort()).toEqual([0, 1]);
    expect(balancer.pick(request({ tried: [0, 1] }))).toBe(2);
    expect(balancer.why(request({ tried: [0, 1] })).host).toBe("z");
    expect(balancer.pick(request({ tried: [0, 1, 2] }))).toBeGreaterThanOrEqual(0);
  });
});

describe("versions", () => {
  const hosts = [host("a", { version: "v1" }), host("b", { version: "v1" }), host("c", { version: "v2" }), host("d")];

  it("get exactly their shares, whatever the numbers of their hosts; hosts without a share get nothing", () => {
    const balancer = balance(hosts, { versions: { v1: 95, v2: 5 } });
    expect(counts(balancer, 200)).toEqual({ a: 95, b: 95, c: 10 });
    expect(balancer.why(request()).candidates.at(-1)?.excluded).toBe("no_share");
  });

  it("without usable hosts give their share to the others, and it is told", () => {
    const balancer = balance(
      hosts.map((one) => (one.backend.id === "c" ? { ...one, ejected: true } : one)),
      {
        versions: { v1: 95, v2: 5 },
      },
    );
    expect(counts(balancer, 100)).toEqual({ a: 50, b: 50 });
    expect(balancer.state().notes.join(" ")).toContain(
      "Version v2 has no host in level 0 that can take requests: v1 has its share.",
    );
    expect(balancer.state().levels[0]).toMatchObject({ missingVersions: ["v2"] });
  });

  it("a version that has all of it is judged alone: the idle colour's health is no reason for panic", () => {
    const blue = hostsOf(9, () => ({ version: "blue", healthy: false }));
    const balancer = balance([host("g", { version: "green" }), ...blue], { versions: { blue: 0, green: 100 } });
    expect(balancer.panic()).toBe(false);
    expect(counts(balancer, 5)).toEqual({ g: 5 });
  });

  it("a key keeps its version while shares stay, and a share that grows takes only the keys it gains", () => {
    const versionsOf = (v2: number) => {
      const balancer = balance(hosts, { balance: "maglev", versions: { v1: 100 - v2, v2 } });
      return Array.from({ length: 2000 }, (_, key) => {
        const ask = request({ hashed: true });
        hashText(`key-${key}`, ask);
        return hosts[balancer.pick(ask)]?.backend.version;
      });
    };
    const [before, after] = [versionsOf(5), versionsOf(25)];
    expect(before.filter((version) => version === "v2").length).toBeGreaterThan(60);
    expect(before.filter((version) => version === "v2").length).toBeLessThan(140);
    expect(before.filter((version, key) => version === "v2" && after[key] === "v1")).toEqual([]);
  });
});

describe("zones", () => {
  it("weighted: X:Y as 1:2 with 25 % of X well is 15:85", () => {
    const hosts = [
      ...Array.from({ length: 4 }, (_, index) => host(`x${index}`, { zone: "x", healthy: index === 0 })),
      ...Array.from({ length: 4 }, (_, index) => host(`y${index}`, { zone: "y" })),
    ];
    const balancer = balance(hosts, { locality: "weighted", localityWeights: { x: 1, y: 2 } });
    const seen = counts(balancer, 1000);
    expect(Math.round((seen["x0"] ?? 0) / 10)).toBe(15);
    expect(balancer.state().levels[0]?.zones?.map(({ share }) => Math.round(share))).toEqual([15, 85]);
  });

  it("zone-aware: all stays in the own zone; when it has lost hosts, what does not fit goes where there is room", () => {
    const hosts = (down: number) =>
      ["a", "b", "c"].flatMap((zone) =>
        Array.from({ length: 4 }, (_, index) =>
          host(`${zone}${index}`, { zone, healthy: zone !== "a" || index >= down }),
        ),
      );
    const balancer = balance(hosts(0), { locality: "zone_aware", zone: "a" });
    expect(Object.keys(counts(balancer, 12))).toEqual(["a0", "a1", "a2", "a3"]);
    balancer.update(hosts(2));
    const seen = counts(balancer, 10_000);
    expect((seen["a2"] ?? 0) + (seen["a3"] ?? 0)).toBe(6000);
    expect(balancer.state().levels[0]?.zoneRouting).toMatch(/^residual: zone a has 20 % .* for 33.33 %/);
    expect(balancer.why(request()).steps.join(" ")).toContain("Zone-aware routing is residual");
  });

  it("zone-aware routing for half of the requests leaves the other half to everybody", () => {
    const hosts = hostsOf(8, (index) => ({ zone: index < 4 ? "a" : "b" }));
    const balancer = balance(hosts, { locality: "zone_aware", zone: "a" }, { routingEnabled: 50 });
    const seen = counts(balancer, 800);
    expect(["h04", "h05", "h06", "h07"].map((id) => seen[id])).toEqual([50, 50, 50, 50]);
  });

  it("zone-aware routing is not used with hashing, and that is said", () => {
    const balancer = balance(
      hostsOf(8, (index) => ({ zone: index < 4 ? "a" : "b" })),
      {
        balance: "maglev",
        locality: "zone_aware",
        zone: "a",
      },
    );
    expect(balancer.state().notes).toEqual([
      "Zone-aware routing is not used: maglev sends a key to the same host from every zone.",
    ]);
  });

  it("a retry stays with its version before it leaves it", () => {
    const hosts = [
      host("a", { zone: "x", version: "v1" }),
      host("b", { zone: "x", version: "v2" }),
      host("c", { zone: "y", version: "v1" }),
    ];
    const balancer = balance(hosts, { versions: { v1: 99, v2: 1 }, locality: "weighted" });
    const picks = Array.from({ length: 20 }, () => hosts[balancer.pick(request({ tried: [0] }))]?.backend.id);
    expect(new Set(picks)).toEqual(new Set(["c"]));
    expect(hosts[balancer.pick(request({ tried: [0, 2] }))]?.backend.id).toBe("b");
  });

  it("hashing has one table over all zones, so that a key stays where it is", () => {
    const hosts = hostsOf(6, (index) => ({ zone: index < 3 ? "a" : "b" }));
    const balancer = balance(hosts, { balance: "maglev", locality: "weighted", localityWeights: { a: 3, b: 1 } });
    const ask = request({ hashed: true });
    let inA = 0;
    for (let key = 0; key < 4000; key += 1) {
      hashText(`key-${key}`, ask);
      const picked = balancer.pick(ask);
      expect(balancer.pick(ask)).toBe(picked);
      if (picked < 3) inA += 1;
    }
    expect(inA / 4000).toBeCloseTo(0.75, 1);
  });
});

describe("subsets", () => {
  const hosts = [
    host("a", { zone: "z1", version: "v1" }),
    host("b", { zone: "z2", version: "v1" }),
    host("c", { zone: "z2", version: "v2" }),
  ];

  it.each([
    [{ version: "v1" }, ["a", "b"], "picked"],
    [{ version: "v1", zone: "z2" }, ["b"], "picked"],
    [{ version: "v9" }, ["a", "b", "c"], "picked_fallback"],
    [{ colour: "red" }, ["a", "b", "c"], "picked"],
  ])("%o is answered by %o", (match, ids, reason) => {
    const balancer = balance(hosts, { subsets: { keys: ["version", "zone"], fallback: "any" } });
    expect(Object.keys(counts(balancer, 6, { match }))).toEqual(ids);
    expect(balancer.why(request({ match })).reason).toBe(reason);
  });

  it("without a fallback a subset that does not exist has no backend", () => {
    const balancer = balance(hosts, { subsets: { keys: ["version"], fallback: "none" } });
    expect(balancer.pick(request({ match: { version: "v9" } }))).toBe(-1);
    expect(balancer.why(request({ match: { version: "v9" } }))).toMatchObject({ reason: "no_subset" });
    expect(counts(balancer, 4, { match: { version: "v2" } })).toEqual({ c: 4 });
  });

  it("many of them are kept within bounds", () => {
    const many = hostsOf(600, (index) => ({ metadata: { tenant: `t${index}` } }));
    const balancer = balance(many, { subsets: { keys: ["tenant"], fallback: "none" } });
    for (let round = 0; round < 2; round += 1)
      for (let tenant = 0; tenant < 600; tenant += 1)
        expect(balancer.pick(request({ match: { tenant: `t${tenant}` } }))).toBe(tenant);
  });

  it("have a panic of their own, and states reach them", () => {
    const balancer = balance(hosts, { subsets: { keys: ["version"], fallback: "none" }, panic: 60 });
    const match = { version: "v1" };
    expect(counts(balancer, 4, { match })).toEqual({ a: 2, b: 2 });
    balancer.update(hosts.map((one) => (one.backend.id === "a" ? { ...one, draining: true } : one)));
    expect(counts(balancer, 4, { match })).toEqual({ b: 4 });
  });
});

describe("slow start", () => {
  it("gives a new host its share by and by, also in plain rotation, and then the whole of it", () => {
    const hosts = [host("a"), host("b", { readySince: 0 })];
    const slowStart = { window: 60_000, aggression: 1, minWeight: 10 };
    const balancer = balance(hosts, { slowStart });
    const shareAt = (at: number) => (counts(balancer, 1100, { at })["b"] ?? 0) / 1100;
    expect(shareAt(0)).toBeCloseTo(0.1 / 1.1, 2);
    expect(shareAt(30_000)).toBeCloseTo(0.5 / 1.5, 2);
    expect(shareAt(60_000)).toBeCloseTo(0.5, 2);
    expect(shareAt(90_000)).toBe(0.5);
  });
});

describe("slow start by policy", () => {
  it.each(["weighted_round_robin", "least_connections", "random", "power_of_two", "least_response_time"])(
    "%s sends little to a new host, and its part at the end of the window",
    (policy) => {
      const hosts = [host("a"), host("b", { readySince: 0 })];
      const balancer = balance(hosts, { balance: policy, slowStart: { window: 60_000, aggression: 1, minWeight: 10 } });
      const shareAt = (at: number) => (counts(balancer, 2000, { at })["b"] ?? 0) / 2000;
      expect(shareAt(0)).toBeLessThan(0.2);
      expect(shareAt(61_000)).toBeCloseTo(0.5, 1);
    },
  );

  it("hashing keeps its tables: keys would move at every step", () => {
    const hosts = hostsOf(4, (index) => (index === 3 ? { readySince: 0 } : {}));
    const slow = balance(hosts, { balance: "maglev", slowStart: { window: 60_000, aggression: 1, minWeight: 10 } });
    const plain = balance(hosts, { balance: "maglev" });
    for (let key = 0; key < 200; key += 1) {
      const ask = request({ hashed: true, at: 1 });
      hashText(`key-${key}`, ask);
      expect(slow.pick(ask)).toBe(plain.pick(ask));
    }
  });
});

describe("changes", () => {
  it("A4.2: add, remove and flip in one go all count with the next pick", () => {
    for (const policy of ["round_robin", "maglev", "ring_hash", "rendezvous", "least_connections"]) {
      const balancer = balance([host("a"), host("b"), host("c")], { balance: policy, panic: 0 });
      balancer.pick(request());
      const next = [host("a", { healthy: false }), host("c"), host("d")];
      balancer.update(next, hostLoads(3));
      const seen = new Set<string>();
      for (let key = 0; key < 400; key += 1) {
        const ask = request({ hashed: true });
        hashText(`key-${key}`, ask);
        seen.add(next[balancer.pick(ask)]?.backend.id ?? "none");
      }
      expect([...seen].sort()).toEqual(["c", "d"]);
    }
  });

  it("a host that flips while others rotate does not start the turns anew", () => {
    const hosts = (sick: boolean) => hostsOf(4, (index) => ({ healthy: !(sick && index === 3) }));
    const balancer = balance(hosts(false));
    const seen: Record<number, number> = {};
    for (let turn = 0; turn < 300; turn += 1) {
      balancer.update(hosts(turn % 2 === 0));
      const picked = balancer.pick(request());
      seen[picked] = (seen[picked] ?? 0) + 1;
    }
    for (const index of [0, 1, 2]) expect(seen[index]).toBeGreaterThan(70);
  });

  it("states that leave a part as it was leave its tables alone", () => {
    const hosts = (sick: boolean) => [...hostsOf(4), host("p", { priority: 1, healthy: !sick })];
    const context = (list: readonly Host[]): TreeContext => ({
      config: { balance: policyOf("maglev") },
      options: {},
      policy: policyOf("maglev"),
      slowStart: undefined,
      hosts: list,
      loads: hostLoads(5),
      random: stashOf(randomOf(1)),
      standing: list.map((one) => standingOf(one, {})),
    });
    const all = [0, 1, 2, 3, 4];
    const before = context(hosts(false));
    const tree = treeOf(before, all, undefined);
    for (const { leaf } of tree.leaves) prepare(leaf, before, 0);
    const after = treeOf(context(hosts(true)), all, tree);
    const [first] = after.leaves;
    expect(first?.leaf).toBe(tree.leaves[0]?.leaf);
    expect(first?.leaf.dirty).toBe(false);
    const other = treeOf(context([...hosts(false)].map((one, index) => ({ ...one, ejected: index === 0 }))), all, tree);
    expect(other.leaves[0]?.leaf.dirty).toBe(true);
  });

  it("loads of another size are refused", () => {
    expect(() => balance([host("a")]).update([host("a"), host("b")])).toThrow("loads of 1 hosts for 2");
  });
});

describe("the why of a pick", () => {
  it.each(POLICIES)("%s: tells the host that the next pick gives, and takes no turn", (policy) => {
    const hosts = hostsOf(5, (index) => ({ weight: index + 1 }));
    const [asked, silent] = [balance(hosts, { balance: policy }), balance(hosts, { balance: policy })];
    for (let turn = 0; turn < 40; turn += 1) {
      const ask = request({ at: 1000 + turn, tags: ["x"] });
      const first = asked.why(ask);
      expect(asked.why(ask).host).toBe(first.host);
      const picked = asked.pick(ask);
      expect(hosts[picked]?.backend.id).toBe(first.host);
      expect(silent.pick(ask)).toBe(picked);
      expect(first.candidates.filter((one) => one.picked).map(({ id }) => id)).toEqual([first.host]);
      expect(first.policy).toBe(policy);
    }
  });

  it("has sentences from the subset to the tie", () => {
    const hosts = [host("a", { zone: "x" }), host("b", { zone: "x" }), host("c", { zone: "y" })];
    const balancer = balance(hosts, {
      balance: { policy: "least_connections", choices: "all" },
      subsets: { keys: ["zone"], fallback: "any" },
    });
    const why = balancer.why(request({ match: { zone: "x" } }));
    expect(why.steps[0]).toBe("Subset zone=x: 2 of 3 hosts.");
    expect(why.steps.at(-1)).toMatch(/^least_connections over 2 hosts: a \(.*equal.*\)\.$/);
    expect(why.candidates.at(-1)).toMatchObject({ id: "c", picked: false, excluded: "other_subset" });
  });
});
