import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averageMs,
  begin,
  carryOver,
  end,
  type HostLoads,
  hostLoads,
  inFlight,
  observe,
} from "../../shared/core/traffic/balance/loads.ts";
import type { Host } from "../../shared/core/traffic/types.ts";
import { countOf, hostOf, keyed, NOW, play, requestOf, specOf } from "./balance-kit.ts";

const hostsOf = (...ids: string[]) => ids.map((id) => hostOf(id));

describe("requests in flight", () => {
  it("rise with each begin and fall with each end, never below 0", () => {
    const loads = hostLoads(2);
    begin(loads, 1, NOW);
    begin(loads, 1, NOW);
    end(loads, 1, NOW, 5, true);
    expect([...loads.active]).toEqual([0, 1]);
    for (let call = 0; call < 3; call += 1) end(loads, 1, NOW, 5, false);
    expect([...loads.active]).toEqual([0, 0]);
    expect([loads.calls[1], loads.failures[1]]).toEqual([4, 3]);
  });

  it("count those of other callers where they tell", () => {
    const loads = hostLoads(2);
    loads.elsewhere[0] = 7;
    begin(loads, 0, NOW);
    expect(inFlight(loads, 0)).toBe(8);
    const { chooser } = play(specOf("least_connections", { choices: "all" }), ["a", "b"], { loads });
    expect(chooser.pick(requestOf())).toBe(1);
  });
});

describe("response times", () => {
  it("are the mean of the last 100, and none without", () => {
    const loads = hostLoads(1);
    expect(averageMs(loads, 0, NOW)).toBeUndefined();
    for (let ms = 1; ms <= 150; ms += 1) observe(loads, 0, NOW + ms, ms);
    expect(averageMs(loads, 0, NOW + 150)).toBe(100.5);
  });

  it("are forgotten once they are older than 300 s, one by one", () => {
    const loads = hostLoads(1);
    observe(loads, 0, NOW, 10);
    observe(loads, 0, NOW + 1000, 30);
    expect(averageMs(loads, 0, NOW + 300_000)).toBe(20);
    expect(averageMs(loads, 0, NOW + 300_001)).toBe(30);
    expect(averageMs(loads, 0, NOW + 301_001)).toBeUndefined();
    observe(loads, 0, NOW + 400_000, 8);
    expect(averageMs(loads, 0, NOW + 400_000)).toBe(8);
  });

  it("are always what a list of the last 100 says", () => {
    const step = fc.record({ ms: fc.integer({ min: 0, max: 1000 }), after: fc.integer({ min: 0, max: 20_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), (steps) => {
        const loads = hostLoads(1);
        const list: { at: number; ms: number }[] = [];
        let at = NOW;
        for (const { ms, after } of steps) {
          at += after;
          observe(loads, 0, at, ms);
          list.push({ at, ms });
        }
        const kept = list.slice(-100).filter((one) => at - one.at <= 300_000);
        const mean = kept.reduce((sum, one) => sum + one.ms, 0) / kept.length;
        if (kept.length === 0) expect(averageMs(loads, 0, at)).toBeUndefined();
        else expect(averageMs(loads, 0, at)).toBeCloseTo(mean, 9);
      }),
      { numRuns: 40 },
    );
  });

  it.each([Number.NaN, -1, Infinity, -Infinity])(
    "%d is none: it neither counts as 0 nor spoils what is known",
    (ms) => {
      const loads = hostLoads(2);
      begin(loads, 0, NOW);
      end(loads, 0, NOW, ms, true);
      observe(loads, 0, NOW, ms);
      expect(loads.active[0]).toBe(0);
      expect(loads.calls[0]).toBe(1);
      expect(averageMs(loads, 0, NOW)).toBeUndefined();
      expect(loads.ewmaMs[0]).toBeNaN();
      observe(loads, 0, NOW, 20);
      end(loads, 0, NOW + 1, ms, false);
      expect(averageMs(loads, 0, NOW + 1)).toBe(20);
      expect(loads.ewmaMs[0]).toBe(20);
    },
  );

  it("rise at once and fall by and by (peak EWMA)", () => {
    const loads = hostLoads(1, { decayMs: 10_000 });
    observe(loads, 0, NOW, 20);
    observe(loads, 0, NOW, 200);
    expect(loads.ewmaMs[0]).toBe(200);
    observe(loads, 0, NOW + 10_000, 20);
    expect(loads.ewmaMs[0]).toBeCloseTo(20 + 180 / Math.E, 9);
    // A clock that went back takes nothing away.
    observe(loads, 0, NOW, 20);
    expect(loads.ewmaMs[0]).toBeCloseTo(20 + 180 / Math.E, 9);
  });

  it("of failures count only where they are slow: a host that refuses at once must not look fast", () => {
    const { loads, picks } = play(specOf("least_response_time"), ["good", "refusing"]);
    observe(loads, 0, NOW, 20);
    observe(loads, 1, NOW, 20);
    for (let call = 0; call < 50; call += 1) end(loads, 1, NOW + call, 0.2, false);
    expect(averageMs(loads, 1, NOW)).toBe(20);
    end(loads, 1, NOW, 5000, false);
    expect(loads.ewmaMs[1]).toBe(5000);
    expect(new Set(picks(4))).toEqual(new Set(["good"]));
    const fresh = hostLoads(2);
    end(fresh, 1, NOW, 0.2, false);
    expect(fresh.ewmaMs[1]).toBeNaN();
  });
});

describe("a change of members", () => {
  const carried = (from: HostLoads, before: readonly Host[], after: readonly Host[]) => {
    const to = hostLoads(after.length);
    carryOver(from, before, to, after);
    return to;
  };

  it("keeps what is known of each host by its id, wherever it stands, and lets new ones start afresh", () => {
    const before = hostsOf("a", "b", "c");
    const loads = hostLoads(3);
    for (const i of [0, 1, 2]) {
      begin(loads, i, NOW);
      begin(loads, i, NOW);
      end(loads, i, NOW, 10 * (i + 1), i !== 1);
    }
    observe(loads, 1, NOW, 40);
    const after = hostsOf("aa", "b", "c", "d");
    const to = carried(loads, before, after);
    expect([...to.active]).toEqual([0, 1, 1, 0]);
    expect(after.map((_, i) => averageMs(to, i, NOW))).toEqual([undefined, 40, 30, undefined]);
    expect([...to.failures]).toEqual([0, 1, 0, 0]);
    // The old ones are left alone.
    observe(to, 1, NOW, 90);
    expect(averageMs(loads, 1, NOW)).toBe(40);
  });

  it("A4.2: add, remove and flip in one batch: the table is the new members', and the new host gets its share", () => {
    const before = hostsOf("a:80", "b:80", "c:80", "d:80");
    const after = hostsOf("a:80", "c:80", "d:80", "e:80");
    const keys = Array.from({ length: 4000 }, (_, index) => keyed(`key-${index}`));
    for (const policy of ["maglev", "ring_hash", "rendezvous", "round_robin", "random", "least_connections"] as const) {
      const old = play(specOf(policy), before);
      for (const key of keys.slice(0, 10)) old.chooser.pick(key);
      // b goes, e comes, c turns unhealthy: all at once.
      const fresh = play(specOf(policy), after, { weights: [1, 0, 1, 1], loads: carried(old.loads, before, after) });
      const counts = countOf(keys.map((key) => after[fresh.chooser.pick(key)]?.backend.id));
      expect([...counts.keys()].sort()).toEqual(["a:80", "d:80", "e:80"]);
      for (const count of counts.values()) expect(count / keys.length).toBeGreaterThan(0.2);
      // And back again, by weights alone.
      fresh.weights[1] = 1;
      fresh.weights[3] = 0;
      fresh.chooser.refresh?.();
      const flipped = new Set(keys.map((key) => after[fresh.chooser.pick(key)]?.backend.id));
      expect([...flipped].sort()).toEqual(["a:80", "c:80", "d:80"]);
    }
  });

  it("twice over is the same as once", () => {
    const hosts = hostsOf("a", "b");
    const loads = hostLoads(2);
    observe(loads, 0, NOW, 10);
    observe(loads, 0, NOW + 1, 20);
    const twice = carried(carried(loads, hosts, hosts), hosts, hosts);
    expect({ ...twice, version: 0 }).toEqual({ ...loads, version: 0 });
  });
});
