import { describe, expect, test } from "vitest";
import { onlyMemory, rebased } from "../../shared/core/autoscaling/state.ts";
import type { Actual, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, T0, times } from "./given.ts";

const MINUTE = 60_000;
const hpa = config({
  min: 1,
  max: 100,
  policies: [{ type: "hpa", metrics: [{ target: 70 }], in: { stabilization: "0s" } }],
});
const demand = config({ min: 1, max: 100, policies: [{ type: "demand" }] });
const ours = (desired: number): AutoscalingState => ({ ...EMPTY, desired });

/** Looks at a fleet that another hand has given eight instances; each look sees a CPU of the minute that has just ended. */
function looks(ready: readonly number[], cpu: readonly number[], of = hpa, other: Partial<Actual> = {}) {
  let state = ours(4);
  const asked: (number | undefined)[] = [];
  for (const [minute, count] of ready.entries()) {
    const actual = fleet(8, { ready: count, ...other });
    const step = decide(of, actual, { cpu: cpu[minute] ?? 0, requests: 100 }, state, T0 + minute * MINUTE);
    asked.push(step.desired);
    const { asked: _, ...rest } = step.state;
    state = { ...rest, desired: 8 };
  }
  return { asked, state };
}

describe("a count that another hand has changed", () => {
  test("is not multiplied with readings from before it was seen", () => {
    // 4 × 100 / 70 is 6, no more than the 8 there are; 8 × 100 / 70 would be 12.
    expect(looks([8], [100]).asked).toEqual([undefined]);
  });
  test("nor while its instances start, nor with the minute in which they became ready", () => {
    // The reading of minute 3 is the first of eight: 8 × 90 / 70 is 11.
    expect(looks([4, 4, 8, 8], [100, 100, 100, 90]).asked).toEqual([undefined, undefined, undefined, 11]);
  });
  test("inward the readings of more instances say what was needed", () => {
    // 8 × 45 / 70 is 6, although only 4 are left; and from then on 4 × 90 / 70.
    const first = decide(hpa, fleet(4), { cpu: 45 }, ours(8));
    expect([first.desired, first.state.external]).toEqual([6, { at: T0, from: 8 }]);
    const later = decide(
      hpa,
      fleet(4),
      { cpu: 90 },
      { ...first.state, desired: 4, asked: undefined } as never,
      T0 + MINUTE,
    );
    expect(later.desired).toBe(6);
  });
  test("while ours was on its way: what was ready then is no more than the smaller of its counts", () => {
    const watch = { decisionAt: T0, from: 4, desired: 10, direction: "out", since: T0 - MINUTE } as const;
    const step = decide(hpa, fleet(8, { ready: 4 }), { cpu: 50 }, { ...ours(10), watch });
    expect(step.state.external).toEqual({ at: T0, from: 4, open: true });
  });
  test("where few were ready before it, those few count", () => {
    // Ten asked for and four ready for want of room: 4 × 90 / 70 is 6.
    expect(decide(hpa, fleet(12, { ready: 4 }), { cpu: 90 }, ours(10)).state.external).toMatchObject({ from: 4 });
    expect(decide(hpa, fleet(10, { ready: 4 }), { cpu: 90 }, ours(20)).desired).toBeUndefined();
    const open = { at: T0 - MINUTE, from: 3, open: true } as const;
    const again = decide(hpa, fleet(12, { ready: 5 }), { cpu: 90 }, { ...ours(8), external: open });
    expect(again.state.external).toMatchObject({ from: 3 });
  });
  test("that is never followed counts as followed after ten minutes", () => {
    expect(looks(times(10, 5), []).state.external).toEqual({ at: T0, from: 4, open: true });
    expect(looks(times(11, 5), []).state.external).toEqual({ at: T0 + 10 * MINUTE, from: 4 });
  });
  test("teaches nothing of the minutes before it", () => {
    const bare = { requests: 100, cpu: 50 };
    const seen = decide(demand, fleet(8), bare, ours(4));
    expect([seen.reason, seen.state.learned]).toEqual(["external_change", undefined]);
    const next = decide(demand, fleet(8), bare, seen.state, T0 + MINUTE);
    expect(next.state.learned?.capacities).toEqual([25]);
  });
});

describe("what is remembered of others", () => {
  test("is no decision, and is not written again while nothing is new", () => {
    const first = decide(demand, fleet(4, { deploying: true }), { requests: 100 }, ours(4));
    expect(first.state.deployment).toEqual({ at: T0, open: true });
    const again = decide(demand, fleet(4, { deploying: true }), { requests: 100 }, first.state, T0 + MINUTE);
    expect(again.state.deployment).toBe(first.state.deployment);
    const over = decide(demand, fleet(4), { requests: 100 }, again.state, T0 + 2 * MINUTE);
    expect([over.state.deployment, onlyMemory(again.state, over.state)]).toEqual([{ at: T0 + 2 * MINUTE }, true]);
    expect(decide(hpa, fleet(4, { deploying: true }), { cpu: 50 }, ours(4)).state.deployment).toBeUndefined();
  });
  test("does not lie in the future of a clock that went back, nor does what policies remember", () => {
    const late = T0 + 60 * MINUTE;
    const runs = [[late, 4]] as const;
    const memory = {
      "0": { recs: [], waste: 0, at: T0, demand: { wanted: runs } },
      "1": { of: "a/b/keda", rates: [], at: T0, missingAt: late, activeAt: T0 },
    };
    const state = rebased(
      { ...EMPTY, external: { at: late, from: 2 }, deployment: { at: late, open: true }, memory },
      T0,
    );
    expect([state.external, state.deployment]).toEqual([
      { at: T0, from: 2 },
      { at: T0, open: true },
    ]);
    expect(state.memory).toEqual({
      "0": { ...memory["0"], demand: { wanted: [[T0, 4]] } },
      "1": { ...memory["1"], missingAt: T0 },
    });
    expect(rebased(state, T0)).toBe(state);
  });
});
