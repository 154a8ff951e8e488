import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { POLICIES } from "../../shared/core/traffic/section.ts";
import { departures } from "../../shared/core/traffic/simulate/departures.ts";
import { readHosts } from "../../shared/core/traffic/simulate/hosts-read.ts";
import { keyHashes, movedOf } from "../../shared/core/traffic/simulate/moved.ts";
import { pickFrom } from "../../shared/core/traffic/simulate/pick.ts";
import { policyNamed } from "../../shared/core/traffic/simulate/policy-names.ts";
import { simulateQueue } from "../../shared/core/traffic/simulate/queue.ts";
import { servers } from "../../shared/core/traffic/simulate/servers.ts";
import { type Balancing, balancingOf } from "../../shared/core/traffic/simulate/setting.ts";
import { type PolicyRun, simulatePolicy } from "../../shared/core/traffic/simulate/simulate.ts";
import { capacityOf, speedsOf } from "../../shared/core/traffic/simulate/speeds.ts";
import { quantile, spreadOf } from "../../shared/core/traffic/simulate/spread.ts";
import type { PolicyName } from "../../shared/core/traffic/types.ts";

const balancing = (policy: PolicyName, settings: Readonly<Record<string, unknown>> = {}): Balancing => {
  const read = balancingOf(policy, settings);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.balancing;
};
const hostsOf = (count: number, more: (index: number) => object = () => ({})) =>
  readHosts(Array.from({ length: count }, (_, index) => ({ host: `10.0.0.${index + 1}`, port: 8080, ...more(index) })))
    .hosts;
const play = (
  policy: PolicyName,
  hosts = hostsOf(10),
  more: { load?: number; requests?: number; settings?: object; keys?: number } = {},
): PolicyRun => {
  const { requests = 40_000, settings = {}, ...rest } = more;
  return simulatePolicy(hosts, { balancing: balancing(policy, { ...settings }), requests, ...rest });
};

describe("the queue", () => {
  it("one host is an M/M/1: response times as the formula says at three loads", () => {
    const speeds = speedsOf(hostsOf(1));
    for (const load of [0.3, 0.5, 0.7]) {
      const given = { requests: 60_000, rate: load * capacityOf(speeds), speeds, seed: 7, keys: 0 };
      const { mean, p50, p99 } = simulateQueue(() => 0, hostLoads(1), given);
      // The response time is exponential with mean 1 / (1 − load).
      expect((mean as number) * (1 - load)).toBeCloseTo(1, 1);
      expect(((p50 as number) * (1 - load)) / Math.LN2).toBeCloseTo(1, 1);
      expect(Math.abs(((p99 as number) * (1 - load)) / Math.log(100) - 1)).toBeLessThan(0.1);
    }
  });

  it("several servers of a host share one queue, first come first served", () => {
    const farm = servers(Int32Array.of(2));
    expect([farm.serve(0, 0, 10), farm.serve(0, 1, 10), farm.serve(0, 2, 5), farm.serve(0, 3, 1)]).toEqual([
      10, 11, 15, 12,
    ]);
    expect(farm.serve(0, 100, 1)).toBe(101);
  });

  it("requests end in the order of their time, whatever the order in which they began", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 1000, noNaN: true }), { maxLength: 3000 }), (times) => {
        const heap = departures();
        for (const [index, at] of times.entries()) heap.push(at, index, at * 2);
        const left: number[] = [];
        while (heap.size > 0) {
          const next = heap.next();
          heap.pop();
          expect([heap.at, heap.ms, times[heap.host]]).toEqual([next, next * 2, next]);
          left.push(next);
        }
        expect(left).toEqual([...times].sort((a, b) => a - b));
      }),
      { numRuns: 20 },
    );
  });

  it("two policies meet the same stream, and one seed gives the same figures again", () => {
    const [a, b] = [play("random"), play("random")];
    expect(a).toEqual(b);
    const arrivals: number[][] = [[], []];
    const speeds = speedsOf(hostsOf(2));
    for (const list of arrivals)
      simulateQueue(
        (request) => {
          list.push(request.at);
          return list === arrivals[0] ? 0 : 1;
        },
        hostLoads(2),
        { requests: 100, rate: 0.01, speeds, seed: 3, keys: 0 },
      );
    expect(arrivals[0]).toEqual(arrivals[1]);
  });
});

describe("policies at a load", () => {
  it("ten hosts at 80 %: random 23, round robin 13, two choices 8, all compared 6 mean service times", () => {
    const p99 = (run: PolicyRun) => run.figures.p99 as number;
    expect(Math.abs(p99(play("random")) / 23 - 1)).toBeLessThan(0.15);
    expect(Math.abs(p99(play("round_robin")) / 13.1 - 1)).toBeLessThan(0.15);
    expect(Math.abs(p99(play("power_of_two")) / 8.1 - 1)).toBeLessThan(0.15);
    expect(
      Math.abs(p99(play("least_connections", undefined, { settings: { choices: "all" } })) / 5.9 - 1),
    ).toBeLessThan(0.15);
  });

  it("two of ten hosts five times slower: round robin diverges, least response time stays below 15", () => {
    const slow = hostsOf(10, (index) => (index < 2 ? { slow: 5 } : {}));
    const rotating = play("round_robin", slow);
    expect(rotating.diverges).toBe(true);
    expect(rotating.figures.p99).toBeGreaterThan(1000);
    const timed = play("least_response_time", slow);
    expect(timed.diverges).toBe(false);
    expect(timed.figures.p99).toBeLessThanOrEqual(15);
    const share = timed.figures.share["10.0.0.1:8080"] as number;
    expect(share).toBeLessThan(0.03);
    const shares = Object.values(timed.figures.share).reduce((a, b) => a + b, 0);
    expect(shares).toBeCloseTo(1, 9);
  });

  it("least response time does not herd on lucky hosts from a cold start, however many there are", () => {
    for (const count of [300, 600]) {
      const { figures } = play("least_response_time", hostsOf(count), { requests: count * 20 });
      expect(figures.p99, `${count} hosts`).toBeLessThan(7.5);
    }
  });

  it("a host of twice the weight is taken for twice as fast, one with measured times for what they say", () => {
    const weighted = speedsOf(hostsOf(2, (index) => ({ weight: index + 1 })));
    expect([...weighted.times]).toEqual([15, 7.5]);
    const measured = speedsOf(hostsOf(3, (index) => ({ response_times: [10 * (index + 1), 30 * (index + 1)] })));
    expect(measured.serviceMs).toBe(40);
    expect([...measured.times]).toEqual([20, 40, 60]);
    expect([...speedsOf(hostsOf(2, (index) => ({ capacity: 1000 * (index + 1) }))).times]).toEqual([15, 7.5]);
    expect([
      ...speedsOf(
        hostsOf(2, (index) => ({ serviceMs: 5, slow: index + 1 })),
        1,
      ).times,
    ]).toEqual([1, 2]);
  });

  it("moved keys are told of hash policies only, null is told of the others, never 0", () => {
    for (const policy of POLICIES) {
      const { figures } = play(policy, hostsOf(3), { requests: 200, keys: 2000 });
      const hashing = ["consistent_hashing", "ring_hash", "maglev", "rendezvous"].includes(policy);
      expect(figures.movedOnRemovePct !== null, policy).toBe(hashing);
      expect(figures.movedOnAddPct !== null, policy).toBe(hashing);
      expect(figures.nsPerPick, "nobody gave a clock").toBeNull();
    }
  });

  it("keys move as little as they must: Maglev 10.4 % of ten and rendezvous exactly those of the host that goes", () => {
    const hosts = hostsOf(10).map((one) => one.host);
    const keys = keyHashes(30_000);
    const maglev = movedOf(balancing("maglev").balance, hosts, keys, 1);
    expect(maglev?.movedOnRemovePct).toBeLessThanOrEqual(10.5);
    expect(maglev?.movedOnRemovePct).toBeGreaterThanOrEqual(10);
    expect(maglev?.movedOnAddPct).toBeLessThan(9.8);
    const rendezvous = movedOf(balancing("rendezvous").balance, hosts, keys, 1);
    // Each host goes once, so each key moves once.
    expect(rendezvous?.movedOnRemovePct).toBeCloseTo(10, 9);
  });

  it("hosts that are out get nothing and do not count as uneven; without any all requests are refused", () => {
    const one = play(
      "round_robin",
      hostsOf(4, (index) => ({ healthy: index > 0 })),
    );
    expect(one.figures.share["10.0.0.1:8080"]).toBe(0);
    expect(one.figures.maxOverMean).toBeCloseTo(1, 3);
    const none = play(
      "round_robin",
      hostsOf(2, () => ({ draining: true })),
      { requests: 50 },
    );
    expect(none.result.refused).toBe(50);
    expect(none.figures).toMatchObject({ p50: null, p99: null, cv: null, maxOverMean: null });
  });

  it("spread is relative to the weights, and quantiles are nearest ranks", () => {
    expect(spreadOf([10, 20, 30], [1, 2, 3])).toEqual({ cv: 0, maxOverMean: 1 });
    expect(spreadOf([1, 3], [1, 1])).toEqual({ cv: 0.5, maxOverMean: 1.5 });
    expect(spreadOf([0, 0], [1, 1])).toBeUndefined();
    const sorted = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    expect([
      quantile(sorted, 0.5),
      quantile(sorted, 0.99),
      quantile(sorted, 1),
      quantile(new Float64Array(0), 0.5),
    ]).toEqual([50, 99, 100, undefined]);
  });
});

describe("settings", () => {
  it("names of policies are read with - or _, in any case, and as others call them", () => {
    for (const policy of POLICIES) expect(policyNamed(policy.replaceAll("_", "-").toUpperCase())).toBe(policy);
    expect(["rr", "p2c", "leastconn", "ring", "lrt"].map(policyNamed)).toEqual([
      "round_robin",
      "power_of_two",
      "least_connections",
      "ring_hash",
      "least_response_time",
    ]);
    expect(policyNamed("best")).toBeUndefined();
  });

  it("a setting that is wrong is named with what is allowed", () => {
    expect(balancingOf("maglev", { tableSize: "65536" })).toMatchObject({
      ok: false,
      faults: [{ path: ["tableSize"], allowed: "a prime" }],
    });
    expect(balancingOf("maglev", { nonsense: 1 })).toMatchObject({ ok: false, faults: [{ path: ["nonsense"] }] });
    expect(balancingOf("least_connections", { choices: "all", panic: "0" })).toMatchObject({
      ok: true,
      balancing: { balance: { choices: "all" }, panic: 0 },
    });
  });
});

describe("one pick", () => {
  const request = { hashed: false, hashHigh: 0, hashLow: 0 };
  it("the platform's score: two tags, room and 4 ms are 31; 80 of 100 connections leave no room; 79 do", () => {
    const { hosts } = readHosts([
      {
        host: "a",
        data_affinity_tags: ["x", "y"],
        current_connections: 10,
        max_connections: 100,
        avg_response_time: 4,
      },
      { host: "b", data_affinity_tags: [], current_connections: 80, max_connections: 100, avg_response_time: 12 },
      { host: "c", data_affinity_tags: ["x"], current_connections: 79, max_connections: 100, avg_response_time: 10 },
    ]);
    const { why, picks } = pickFrom(hosts, balancing("data_locality_aware"), { ...request, tags: ["x", "y"] });
    expect(picks).toEqual([0]);
    expect(why.candidates.map((one) => one.values["score"])).toEqual([31, 0, 15]);
  });

  it("the host with the least mean response time, whichever of its times came last; an unknown one is a middling one", () => {
    const { hosts } = readHosts([
      { host: "a", response_times: [10, 10, 70] },
      { host: "b", avg_response_time: 40 },
      { host: "c" },
      { host: "d", response_times: [60, 20, 10, 10, 10] },
    ]);
    const { why, picks } = pickFrom(hosts, balancing("least_response_time"), request);
    expect(picks).toEqual([3]);
    const latencies = why.candidates.map(({ values }) => values["latencyMs"] ?? values["medianMs"]);
    expect(latencies).toEqual([30, 40, 30, 22]);
  });

  it("least connections compares every host, unless it is told how many", () => {
    const { hosts } = readHosts(
      Array.from({ length: 30 }, (_, index) => ({ host: `h${index}`, active: index === 17 ? 1 : 9 })),
    );
    for (let seed = 1; seed <= 20; seed += 1)
      expect(pickFrom(hosts, balancing("least_connections"), request, { seed }).picks).toEqual([17]);
    const drawn = Array.from(
      { length: 20 },
      (_, seed) => pickFrom(hosts, balancing("least_connections", { choices: 2 }), request, { seed }).picks[0],
    );
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  it("nobody who is unhealthy is picked, as the platform has it, unless a panic is asked for", () => {
    const { hosts } = readHosts(["a", "b", "c"].map((host) => ({ host, healthy: host === "c" })));
    for (const policy of POLICIES) {
      const picked = pickFrom(hosts, balancing(policy), { ...request, tags: ["x"] }, { count: 5 });
      expect(picked.picks, policy).toEqual([2, 2, 2, 2, 2]);
      const none = pickFrom(hosts.slice(0, 2), balancing(policy), request);
      expect([none.picks, none.why.reason, none.why.panic], policy).toEqual([[-1], "all_unhealthy", false]);
    }
    const { why, picks } = pickFrom(hosts, balancing("round_robin", { panic: 50 }), request, { count: 3 });
    expect([picks, why.reason, why.panic]).toEqual([[0, 1, 2], "picked_panic", true]);
  });

  it("requests that have not ended are counted: least connections fills from the emptiest", () => {
    const { hosts } = readHosts([
      { host: "a", active: 2 },
      { host: "b", active: 0 },
      { host: "c", active: 1 },
    ]);
    const { picks } = pickFrom(hosts, balancing("least_connections", { choices: "all" }), request, { count: 3 });
    expect(picks[0]).toBe(1);
    expect([...picks].sort()).toEqual([1, 1, 2]);
  });

  it("the reason of the pick names what is in the way, and says when there is nobody", () => {
    const { hosts } = readHosts([
      { host: "a", draining: true },
      { host: "b" },
      { host: "c" },
      { host: "d", healthy: "down" },
    ]);
    const { why } = pickFrom(hosts, balancing("round_robin"), request);
    expect(why.candidates.map((one) => one.excluded)).toEqual(["draining", undefined, undefined, "unhealthy"]);
    const none = pickFrom(hosts.slice(0, 1), balancing("round_robin"), request);
    expect(none.picks).toEqual([-1]);
    expect(none.why.reason).toBe("all_draining");
  });
});

it("draws of one seed are the same, of two differ", () => {
  const drawn = (seed: number) =>
    Array.from(
      { length: 3 },
      (
        (random) => () =>
          random.next()
      )(randomOf(seed)),
    );
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
});
