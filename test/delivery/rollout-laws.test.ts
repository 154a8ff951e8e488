import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baselineOf, keepBefore } from "../../shared/core/delivery/rollout/before.ts";
import { beginGate } from "../../shared/core/delivery/rollout/judge.ts";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import { needsOf } from "../../shared/core/delivery/rollout/needs.ts";
import { batches } from "../../shared/core/delivery/rollout/rolling.ts";
import { inForce, sharesAt } from "../../shared/core/delivery/rollout/shares.ts";
import type { Rollout, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import { configOf, desk, look, releaseOf, START, seen } from "./rollout-kit.ts";

describe("batches of a rolling update", () => {
  const drawn = [
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 0, max: 100 }),
  ] as const;

  test("never more than size and surge, never fewer healthy than promised, and the new version only grows", () => {
    fc.assert(
      fc.property(...drawn, (size, maxSurge, minHealthy) => {
        const least = Math.ceil((size * minHealthy) / 100);
        const surge = Math.ceil(Math.max(maxSurge, maxSurge === 0 && least >= size ? 1 : 0, size > 50 ? size / 50 : 0));
        let [fresh, old] = [0, size];
        for (const { want, keep } of batches(size, maxSurge, minHealthy)) {
          expect(keep).toBeLessThanOrEqual(old);
          // While the old one has shrunk and the new one is not there yet.
          expect(fresh + keep).toBeGreaterThanOrEqual(Math.min(least, fresh + old));
          expect(want).toBeGreaterThan(fresh);
          expect(want + keep).toBeLessThanOrEqual(size + surge);
          [fresh, old] = [want, keep];
        }
        expect(fresh).toBe(size);
      }),
    );
  });

  test("a plan fits into the state, however many instances there are", () => {
    for (const size of [50, 51, 1_000, 10_000]) expect(batches(size, 1, 100).length).toBeLessThanOrEqual(51);
  });
});

describe("shares", () => {
  const rollout = { from: "v1", release: releaseOf("v2") } as Rollout;

  test("of both versions sum to 100 at any percent, and are in force as they are set", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.integer({ min: 1, max: 9 }), (percent, parts) => {
        const shares = sharesAt(rollout, percent);
        expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 9);
        const scaled = Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, share * parts]));
        expect(inForce(scaled, shares)).toBe(true);
      }),
    );
  });

  test("something is never the same as nothing, half a point is", () => {
    expect(inForce({ v1: 100 }, { v1: 99.8, v2: 0.2 })).toBe(false);
    expect(inForce({ v1: 99.8, v2: 0.2 }, { v1: 100, v2: 0 })).toBe(false);
    expect(inForce({ v1: 94.6, v2: 5.4 }, { v1: 95, v2: 5 })).toBe(true);
    expect(inForce({ v1: 94, v2: 6 }, { v1: 95, v2: 5 })).toBe(false);
    expect(inForce({ v1: 50, v2: 5, v3: 45 }, { v1: 95, v2: 5 })).toBe(false);
    expect(inForce({}, { v1: 100 })).toBe(false);
  });
});

describe("the gate of a rollout", () => {
  const every = 30_000;
  const good = (requests: number, errors = Math.round(requests / 100)) => ({
    requests,
    errors,
    slow: Math.round(requests / 100),
  });
  const at = (percent: number, other: Parameters<typeof look>[1] = {}) =>
    look([seen("v1", 4), seen("v2", 4)], { shares: { v1: 100 - percent, v2: percent }, ...other });

  /** A canary at its first share whose gate has begun, at an instant that begins a tick. */
  function judged(delivery: Parameters<typeof configOf>[0] = {}) {
    const config = configOf({ steps: [50, 100], first: "2m", step: "1m", bake: "2m", verify: "2m", ...delivery });
    const table = desk(config, START - (START % every) + every - 15_000);
    const history = Array.from({ length: 60 }, (_, index) => good(1000, 9 + (index % 3)));
    table.start();
    table.after(5, at(0, { history, slowMs: 250 }));
    table.after(5, at(0));
    table.after(5, at(50));
    expect(table.phase).toBe("judging");
    const tick = (canary: object | undefined, baseline: object | undefined, percent = 50) => {
      table.now += every;
      const { counts } = needsOf(config, table.state, "look", table.now);
      const from = counts?.from ?? Number.NaN;
      expect(from + every).toBeLessThanOrEqual(table.now);
      const interval = { from, to: from + every, ...(canary ? { canary } : {}), ...(baseline ? { baseline } : {}) };
      return table.step(at(percent, { counts: [interval as never] }));
    };
    return { table, tick, config };
  }

  test("a worse version goes back within ticks, with the evidence in the record; paused as well", () => {
    for (const paused of [false, true]) {
      const { table, tick } = judged();
      if (paused) table.say("pause");
      let step = tick(good(1000, 60), good(1000));
      for (let ticks = 1; ticks < 4 && table.phase !== "returning"; ticks += 1) step = tick(good(1000, 60), good(1000));
      expect(step.reason).toBe("rollback_begun");
      expect(table.state.current?.failure?.reason).toBe("gate_failed");
      const gate = step.trace.find(({ rule }) => rule === "gate");
      expect(gate?.values).toMatchObject({
        verdict: "fail",
        evidence: { joint: expect.any(Number), limit: expect.any(Number) },
      });
    }
  });

  test("a good one is judged across the steps by one gate, and promoted", () => {
    const { table, tick } = judged();
    const seenTicks: number[] = [];
    for (let ticks = 0; ticks < 40 && table.phase !== "retiring"; ticks += 1) {
      const percent = (table.state.current?.step ?? 0) > 0 ? 100 : 50;
      tick(good(1000), percent === 100 ? undefined : good(1000), percent);
      seenTicks.push((table.state.current?.gate as { t?: number } | undefined)?.t ?? 0);
    }
    expect(table.phase).toBe("retiring");
    expect(seenTicks).toEqual([...seenTicks].sort((a, b) => a - b));
    // Two minutes, one minute, two minutes of bake: nothing is skipped and nothing is judged twice.
    expect(seenTicks.at(-1)).toBeGreaterThanOrEqual(270);
  });

  test("no data of the new version is never taken for good, whatever the configuration says of counts that show too little", () => {
    const { table, tick } = judged({ gate: { insufficient: "continue" } });
    for (let ticks = 0; ticks < 10; ticks += 1) tick(undefined, good(1000));
    expect(table.phase).toBe("judging");
    expect(table.step(at(50)).reason).toBe("held_insufficient");
    expect(table.say("skip", at(50)).reason).toBe("skipped");
    expect(table.phase).toBe("shifting");
  });

  test("counts that are late are waited for: a step is over when all that was served in it was judged", () => {
    const { table, tick } = judged();
    for (let ticks = 0; ticks < 3; ticks += 1) tick(good(1000), good(1000));
    table.now += 60_000;
    expect(table.step(at(50, { counts: [] })).reason).toBe("held_judging");
    tick(good(1000), good(1000));
    expect(table.state.current?.step).toBe(1);
  });

  test.each([
    ["hold", "judging", "held_insufficient"],
    ["continue", "shifting", "shares_set"],
    ["pause", "judging", "paused"],
    ["fail", "returning", "rollback_begun"],
  ] as const)("too little traffic under %s: %s", (insufficient, phase, reason) => {
    const { table, tick } = judged({ gate: { insufficient } });
    const reasons: string[] = [];
    for (let ticks = 0; ticks < 6 && table.phase === "judging" && !reasons.includes(reason); ticks += 1)
      reasons.push(tick(good(20, 0), good(20, 0)).reason);
    expect(table.phase).toBe(phase);
    expect(reasons).toContain(reason);
    if (insufficient !== "pause") return;
    expect(table.state.current?.paused?.by).toBe("the gate");
    table.say("approve", at(50));
    expect(table.phase).toBe("shifting");
  });

  test("an early pass shortens a step where the configuration wants it", () => {
    const { table, tick } = judged({ first: "30m", gate: { passEarly: true } });
    let ticks = 0;
    while (table.phase === "judging" && ticks < 40) {
      tick(good(5000, 40), good(5000, 50));
      ticks += 1;
    }
    expect(ticks).toBeLessThan(30);
    expect(table.state.current?.verdict?.verdict).toBe("pass");
  });

  test("another rule in the configuration judges from then on", () => {
    const { table, tick } = judged();
    tick(good(1000), good(1000));
    const config = configOf({ steps: [50, 100], gate: "threshold" });
    const from = table.state.current?.judgedUntil ?? 0;
    const counts = [{ from, to: from + every, canary: good(1000, 80), baseline: good(1000) }];
    const step = rolloutMachine.step(config, table.state, at(50, { counts }), from + every);
    expect(step.state.current?.failure?.text).toContain("1.5");
    expect(step.trace.map(({ text }) => text).join()).toContain("rule threshold");
  });

  test("an interval is judged once, in order, however often and in whatever order it is told", () => {
    const { table } = judged();
    const from = table.state.current?.judgedUntil ?? 0;
    const both = [0, 1].map((index) => ({
      ...{ from: from + index * every, to: from + (index + 1) * every },
      ...{ canary: good(1000), baseline: good(1000) },
    }));
    table.now = from + 2 * every;
    table.step(at(50, { counts: [...both].reverse() }));
    const gate = JSON.stringify(table.state.current?.gate);
    table.step(at(50, { counts: both }));
    expect(JSON.stringify(table.state.current?.gate)).toBe(gate);
    expect(table.state.current?.judgedUntil).toBe(from + 2 * every);
  });

  test("without a history that can be read it begins all the same, after a while, and says so", () => {
    const config = configOf({ steps: [50, 100], verify: "1m" });
    const table = desk(config);
    table.start();
    table.after(5, at(0));
    table.after(5, at(0));
    table.after(5, at(50));
    expect(table.state.current).not.toHaveProperty("gate");
    const step = table.after(130, at(50));
    expect(table.state.current).toHaveProperty("gate");
    expect(step.trace.map(({ text }) => text).join()).toContain("without a history");
  });

  test("once the old version has no traffic it is what was usual before: a high tick of it, never nothing", () => {
    const ticks = Array.from({ length: 20 }, (_, index) => ({ requests: 1000, errors: 5 + index }));
    const rollout = keepBefore(
      { divides: true, steps: [{ percent: 100, forMs: 0, approval: false }], step: 0 } as never,
      ticks,
    );
    expect(baselineOf(rollout, good(2000), undefined)).toMatchObject({ requests: 2000, errors: 46 });
    // What is left over from the switch is not a tick of its own.
    expect(baselineOf(rollout, good(2000), { requests: 10, errors: 10 })).toMatchObject({ requests: 2000 });
    const partly = { ...rollout, steps: [{ percent: 50, forMs: 0, approval: false }] };
    expect(baselineOf(partly, good(2000), undefined)).toBeUndefined();
    expect(
      baselineOf(keepBefore({ ...rollout, before: [] }, ticks.slice(0, 3)), good(2000), undefined),
    ).toBeUndefined();
  });

  test("nothing is judged where it is off, or nothing was there before", () => {
    const off = configOf({ gate: "off" });
    const rollout = { from: "v1", strategy: "canary" } as Rollout;
    const scene = { look: at(0, { history: [] }), now: 1 };
    expect(beginGate({ ...scene, config: off }, rollout).rollout).toBe(rollout);
    const { from: _, ...first } = rollout;
    expect(beginGate({ ...scene, config: configOf() }, first as Rollout).rollout).toBe(first);
  });
});

describe("the item of a service", () => {
  test("stays small with the largest releases, whatever ended before", () => {
    const config = configOf({ strategy: "all-at-once" });
    let state: RolloutState = rolloutMachine.initial(config, START);
    let now = START;
    for (let version = 2; version < 10; version += 1) {
      const release = { ...releaseOf(`v${version}`), environment: { LONG: "x".repeat(23_000) } };
      const go = (versions: Parameters<typeof look>[0], stable: string) => {
        now += 5_000;
        state = rolloutMachine.step(config, state, look(versions, { divides: false, stable }), now).state;
      };
      const before = `v${version - 1}`;
      const seenNow = look([seen(before, 1)], { divides: false, stable: before });
      state = rolloutMachine.step(
        config,
        state,
        { kind: "start", id: `rol_${version}`, release, by: "ada", why: "", look: seenNow },
        now,
      ).state;
      go([seen(before, 1), seen(release.version, 1)], before);
      go([seen(before, 1), seen(release.version, 1)], release.version);
      go([seen(release.version, 1)], release.version);
      expect(state.current).toBeUndefined();
      expect(state.ended[0]?.id).toBe(`rol_${version}`);
      expect(JSON.stringify(state).length).toBeLessThan(64_000);
    }
  });
});
