import { describe, expect, test } from "vitest";
import { config, decide, fleet, settled, T0 } from "./given.ts";

const MINUTE = 60_000;
const seed = config({ policies: [{ type: "instances" }] });

describe("the seed rule: cpu > 75 or memory > 80 → +1, both below half → −1, strictly", () => {
  test.each([
    // case                                          cpu  memory current  desired  reason
    ["cpu over 75 adds one", 75.1, 50, 4, 5, "scaled_out"],
    ["memory over 80 adds one", 50, 80.1, 4, 5, "scaled_out"],
    ["both over add one, not two", 99, 99, 4, 5, "scaled_out"],
    ["cpu at exactly 75 stays", 75, 50, 4, undefined, "within_target"],
    ["memory at exactly 80 stays", 50, 80, 4, undefined, "within_target"],
    ["both below half take one away", 37.4, 39.9, 4, 3, "scaled_in"],
    ["cpu at exactly 37.5 stays", 37.5, 10, 4, undefined, "within_target"],
    ["memory at exactly 40 stays", 10, 40, 4, undefined, "within_target"],
    ["only cpu below half stays", 10, 50, 4, undefined, "within_target"],
    ["only memory below half stays", 50, 10, 4, undefined, "within_target"],
    ["high memory wins over low cpu", 1, 81, 4, 5, "scaled_out"],
    ["at the maximum of 20 nothing is added", 90, 90, 20, undefined, "at_max"],
    ["19 may still become 20", 90, 90, 19, 20, "scaled_out"],
    ["at the minimum of 2 nothing is taken", 1, 1, 2, undefined, "at_min"],
    ["3 may still become 2", 1, 1, 3, 2, "scaled_in"],
    ["zero is a value: an idle service goes in", 0, 0, 4, 3, "scaled_in"],
  ] as const)("%s", (_name, cpu, memory, current, desired, reason) => {
    const step = decide(seed, fleet(current), { cpu, memory });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });

  test("the reason text holds both values", () => {
    const out = decide(seed, fleet(3), { cpu: 82, memory: 41 });
    expect(out.trace.at(-1)?.text).toBe(
      "cpu 82 % was over 75 % (1 of 1 points) and memory 41 % was between 40 % and 80 %",
    );
    const stay = decide(seed, fleet(3), { cpu: 50, memory: 60.25 });
    expect(stay.trace.at(-1)?.text).toBe(
      "cpu 50 % was between 37.5 % and 75 % and memory 60.25 % was between 40 % and 80 %",
    );
  });

  test("the action is absolute, says what it expects, and its key names service, decision and count", () => {
    expect(decide(seed, fleet(3), { cpu: 82, memory: 41 }).actions).toEqual([
      { type: "scale", key: `scale:orders:${T0}:4`, service: "orders", desired: 4, expected: 3, direction: "out" },
    ]);
  });
});

describe("a missing reading is not zero (the original read it as 0 and scaled in)", () => {
  test.each([
    ["no readings at all hold", {}, undefined, "held_no_data"],
    ["a metric without points holds", { cpu: 10, memory: undefined }, undefined, "held_no_data"],
    ["low memory alone does not go in", { memory: 1 }, undefined, "held_no_data"],
    ["high cpu alone still goes out", { cpu: 90 }, 5, "scaled_out"],
    ["high memory alone still goes out", { memory: 90 }, 5, "scaled_out"],
    ["NaN holds", { cpu: Number.NaN, memory: 1 }, undefined, "held_no_data"],
    ["a negative percentage is no reading", { cpu: -5, memory: 1 }, undefined, "held_no_data"],
  ] as const)("%s", (_name, values, desired, reason) => {
    const step = decide(seed, fleet(4), values);
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });

  test("a metric set to null is left out, not missing", () => {
    const cpuOnly = config({ policies: [{ type: "instances", memory: null }] });
    expect(decide(cpuOnly, fleet(4), { cpu: 10 }).desired).toBe(3);
    expect(decide(cpuOnly, fleet(4), { cpu: 80 }).desired).toBe(5);
  });
});

describe("one cooldown clock: any action blocks out for 300 s and in for 600 s", () => {
  const settledAfter = (cpu: number) => {
    const step = decide(seed, fleet(4), { cpu, memory: cpu });
    return settled(seed, step, T0);
  };
  test.each([
    ["out after out waits", 90, 90, 299_999, "held_cooldown"],
    ["out after out goes at 300 s", 90, 90, 300_000, "scaled_out"],
    ["in after out waits", 90, 10, 599_999, "held_cooldown"],
    ["in after out goes at 600 s", 90, 10, 600_000, "scaled_in"],
    ["out after in waits 300 s too", 10, 90, 299_999, "held_cooldown"],
    ["out after in goes at 300 s", 10, 90, 300_000, "scaled_out"],
    ["in after in waits", 10, 10, 599_999, "held_cooldown"],
    ["in after in goes at 600 s", 10, 10, 600_000, "scaled_in"],
  ] as const)("%s", (_name, first, then, laterMs, reason) => {
    const state = settledAfter(first);
    const step = decide(seed, fleet(state.desired ?? 0), { cpu: then, memory: then }, state, T0 + laterMs);
    expect(step.reason).toBe(reason);
  });

  test("a hold in a cooldown says how long it still lasts", () => {
    const step = decide(seed, fleet(5), { cpu: 90, memory: 50 }, settledAfter(90), T0 + 2 * MINUTE);
    expect(step.trace.at(-1)?.text).toContain("but the cooldown of 5 min has 3 min left");
  });
});

test("what our last action started and is not ready yet is not added a second time", () => {
  const state = settled(seed, decide(seed, fleet(4), { cpu: 90, memory: 50 }), T0);
  const starting = decide(seed, fleet(5, { ready: 4, pending: 1 }), { cpu: 90, memory: 50 }, state, T0 + 6 * MINUTE);
  expect([starting.desired, starting.reason]).toEqual([undefined, "held_pending"]);
  const ready = decide(seed, fleet(5), { cpu: 90, memory: 50 }, state, T0 + 6 * MINUTE);
  expect(ready.desired).toBe(6);
});

test("an instance that never becomes ready stops growth for ten minutes, not for ever", () => {
  const state = settled(seed, decide(seed, fleet(4), { cpu: 90, memory: 50 }), T0);
  const stuck = fleet(5, { ready: 4, pending: 1 });
  expect(decide(seed, stuck, { cpu: 90, memory: 50 }, state, T0 + 9 * MINUTE).reason).toBe("held_pending");
  expect(decide(seed, stuck, { cpu: 90, memory: 50 }, state, T0 + 10 * MINUTE).desired).toBe(6);
});
