import { describe, expect, test } from "vitest";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, look, settled, T0, times } from "./given.ts";

const MINUTE = 60_000;
const of = config({ policies: [{ type: "instances", memory: null }] });
const due = (state: AutoscalingState, now = T0) => {
  const at = autoscaling.dueAt(of, state, now);
  return at === undefined ? undefined : (at - T0) / MINUTE;
};

describe("when a service wants to be looked at although nothing woke it", () => {
  test("never seen: not", () => {
    expect(due(EMPTY)).toBeUndefined();
  });
  test("quiet at its minimum: not", () => {
    for (const cpu of [10, 50]) expect(due(decide(of, fleet(2), { cpu }).state)).toBeUndefined();
  });
  test("above its minimum: every five periods, counted from the last decision, without a write", () => {
    const first = decide(of, fleet(5), { cpu: 50 });
    expect([0, 1, 4.9, 5, 9.9, 10].map((minutes) => due(first.state, T0 + minutes * MINUTE))).toEqual([
      5, 5, 5, 10, 10, 15,
    ]);
    expect(decide(of, fleet(5), { cpu: 50 }, first.state, T0 + 5 * MINUTE).state).toBe(first.state);
    expect(autoscaling.dueAt(of, first.state)).toBe(T0 + 5 * MINUTE);
  });
  test("above its minimum with nothing that could go in: not", () => {
    const grow = config({ policies: [{ type: "target-tracking", target: 70, disableScaleIn: true }] });
    expect(autoscaling.dueAt(grow, decide(grow, fleet(5), { cpu: times(15, 68) }).state, T0)).toBeUndefined();
  });
  test("after an action: next period, and every tick until the world has followed", () => {
    const state = settled(of, decide(of, fleet(3), { cpu: 90 }), T0);
    expect(due(state)).toBe(1);
    const waiting = decide(of, fleet(4, { ready: 3, pending: 1 }), { cpu: 60 }, state, T0 + MINUTE);
    expect(due(waiting.state, T0 + MINUTE)).toBe(1);
    const over = decide(of, fleet(4), { cpu: 60 }, waiting.state, T0 + 2 * MINUTE);
    expect(due(over.state, T0 + 2 * MINUTE)).toBeGreaterThan(2);
  });
  test("a cooldown stands in the way: at its end", () => {
    const state: AutoscalingState = { ...EMPTY, desired: 4, lastOutAt: T0, lastOutFrom: 3 };
    const held = decide(of, fleet(4), { cpu: 90 }, state, T0 + MINUTE);
    expect([held.reason, due(held.state, T0 + MINUTE)]).toEqual(["held_cooldown", 5]);
  });
  test("a deployment stands in the way: every period", () => {
    const held = decide(of, fleet(4, { deploying: true }), { cpu: 10 });
    expect([held.reason, due(held.state)]).toEqual(["held_deploying", 1]);
  });
  test("an open alarm: every period, also at the maximum; on low load only above the minimum", () => {
    const alarm = { name: "headgate-orders-cpu-out", state: "ALARM", at: T0 } as const;
    const open = autoscaling.step(of, EMPTY, { ...look(fleet(20), { cpu: 90 }), alarm }, T0);
    expect(due(open.state)).toBe(1);
    const low = { ...alarm, name: "headgate-orders-cpu-in" };
    expect(due(autoscaling.step(of, EMPTY, { ...look(fleet(2), { cpu: 1 }), alarm: low }, T0).state)).toBeUndefined();
  });
  test("paused or off: not, but for the end of the pause", () => {
    const pause = autoscaling.step(
      of,
      EMPTY,
      { kind: "pause", by: "a", why: "b", direction: "all", until: T0 + 9 * MINUTE },
      T0,
    );
    expect(due(decide(of, fleet(5), { cpu: 90 }, pause.state, T0 + 1).state, T0 + 1)).toBe(9);
    const off = config({ min: 0, policies: [{ type: "instances" }] });
    expect(autoscaling.dueAt(off, decide(off, fleet(0), {}).state, T0)).toBeUndefined();
  });
  test("a condition that no alarm watches: every period", () => {
    const total = config({
      policies: [{ type: "hpa", metrics: [{ metric: "requests", target: 100, kind: "average" }] }],
    });
    expect(autoscaling.dueAt(total, decide(total, fleet(2), { requests: 150 }).state, T0)).toBe(T0 + MINUTE);
  });
  test("the fleet falls silent while an action is watched: every period still, paused or not", () => {
    const state = settled(of, decide(of, fleet(3), { cpu: 90 }), T0);
    const lost = decide(of, undefined, {}, state, T0 + MINUTE);
    expect(due(lost.state, T0 + MINUTE)).toBe(1);
    const pause = autoscaling.step(of, state, { kind: "pause", by: "a", why: "b", direction: "all" }, T0 + 1);
    const paused = decide(of, fleet(4, { ready: 3 }), {}, pause.state, T0 + MINUTE);
    expect([paused.reason, due(paused.state, T0 + MINUTE) !== undefined]).toEqual(["held_paused", true]);
  });
  test("the fleet does not answer: every period while an alarm is open, else as before", () => {
    const seen = decide(of, fleet(5), { cpu: 50 });
    const lost = decide(of, undefined, { cpu: 50 }, seen.state, T0 + MINUTE);
    expect([lost.reason, due(lost.state, T0 + MINUTE)]).toEqual(["held_no_fleet", 6]);
  });
});
