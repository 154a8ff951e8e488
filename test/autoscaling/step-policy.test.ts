import { describe, expect, test } from "vitest";
import { percentChange } from "../../shared/core/autoscaling/step-policy.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0, times } from "./given.ts";

const MINUTE = 60_000;
const up = config({
  min: 1,
  max: 100,
  policies: [
    {
      type: "step",
      threshold: 60,
      steps: [
        { from: 0, to: 10, by: 1 },
        { from: 10, to: 20, by: 2 },
        { from: 20, by: 4 },
      ],
    },
  ],
});
const down = config({
  min: 1,
  max: 100,
  policies: [
    {
      type: "step",
      threshold: 40,
      comparison: "<=",
      steps: [
        { from: -10, to: 0, by: -1 },
        { to: -10, by: -3 },
      ],
    },
  ],
});

describe("the size of the breach picks the step", () => {
  test.each([
    ["at the threshold the first step begins", up, 60, 8, 9, "scaled_out"],
    ["just below the second bound it is still the first", up, 69.999, 8, 9, "scaled_out"],
    ["upward the lower bound is inclusive", up, 70, 8, 10, "scaled_out"],
    ["the last step is open", up, 500, 8, 12, "scaled_out"],
    ["below the threshold it says nothing", up, 59.999, 8, undefined, "within_target"],
    ["at the lower threshold one goes", down, 40, 8, 7, "scaled_in"],
    ["downward the upper bound is inclusive", down, 30, 8, 5, "scaled_in"],
    ["downward the lower bound is exclusive", down, 30.001, 8, 7, "scaled_in"],
    ["above the lower threshold it says nothing", down, 40.001, 8, undefined, "within_target"],
  ] as const)("%s", (_name, of, cpu, current, desired, reason) => {
    const step = decide(of, fleet(current), { cpu });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });
});

describe("percent is rounded as Application Auto Scaling documents it", () => {
  test.each([
    // capacity percent minimum change
    [4, 25, 2, 2, "25 % of 4 is 1, the minimum magnitude makes it 2"],
    [4, 25, 0, 1, "25 % of 4 is 1"],
    [10, 10, 0, 1, "10 % of 10 is 1"],
    [10, 127, 0, 12, "12.7 is rounded down to 12"],
    [67, 1, 0, 1, "0.67 is rounded up to 1"],
    [58, -1, 0, -1, "-0.58 is rounded to -1"],
    [67, -10, 0, -6, "-6.7 is rounded up to -6"],
    [10, 0, 5, 0, "0 % is no change, whatever the minimum"],
    [0, 50, 0, 0, "half of nothing is nothing"],
    [10, -10, 3, -3, "the minimum magnitude counts downward too"],
    [10, 70, 0, 7, "70 % of 10 is 7, not 6 by float noise"],
  ] as const)("%i at %i %% with at least %i changes by %i: %s", (capacity, percent, minimum, change, _why) => {
    expect(percentChange(capacity, percent, minimum)).toBe(change);
  });

  test("exact sets the count", () => {
    const of = config({
      min: 1,
      max: 100,
      policies: [{ type: "step", threshold: 60, adjustment: "exact", steps: [{ from: 0, by: 12 }] }],
    });
    expect(decide(of, fleet(4), { cpu: 80 }).desired).toBe(12);
    expect(decide(of, fleet(20), { cpu: 80 }).desired).toBe(12);
    expect(decide(of, fleet(12), { cpu: 80 }).reason).toBe("within_target");
  });
});

describe("cooldown", () => {
  const out: AutoscalingState = { ...EMPTY, desired: 10, lastOutAt: T0, lastOutFrom: 8 };
  test("+2 was added; a breach worth +4 adds 2 more, one worth +2 nothing", () => {
    expect(decide(up, fleet(10), { cpu: 90 }, out, T0 + MINUTE).desired).toBe(12);
    expect(decide(up, fleet(10), { cpu: 75 }, out, T0 + MINUTE).reason).toBe("held_cooldown");
    expect(decide(up, fleet(10), { cpu: 75 }, out, T0 + 5 * MINUTE).desired).toBe(12);
  });
  test("the same breach at every look adds nothing more: everything since the cooldown began counts, not only the last addition", () => {
    let state: AutoscalingState = { ...EMPTY, desired: 8 };
    let count = 8;
    const counts: number[] = [];
    // 75 asks for 2, from the third minute on 90 asks for 4; the fifth minute after the last addition ends the cooldown.
    for (let minute = 0; minute < 8; minute += 1) {
      const now = T0 + minute * MINUTE;
      const step = decide(up, fleet(count), { cpu: minute < 2 ? 75 : 90 }, state, now);
      state = settled(up, step, now);
      count = step.desired ?? count;
      counts.push(count);
    }
    expect(counts).toEqual([10, 10, 12, 12, 12, 12, 12, 16]);
  });
  test("after a scale-in the next one waits", () => {
    const state: AutoscalingState = { ...EMPTY, desired: 8, lastInAt: T0 };
    expect(decide(down, fleet(8), { cpu: 35 }, state, T0 + MINUTE).reason).toBe("held_cooldown");
  });
});

describe("data points", () => {
  const three = config({
    min: 1,
    policies: [{ type: "step", threshold: 60, datapoints: 3, steps: [{ from: 0, by: 1 }] }],
  });
  test.each([
    ["3 of 3", times(3, 80), "scaled_out"],
    ["2 of 3 after a quiet one", [50, 80, 80], "within_target"],
    ["2 of 2 are not enough", [80, 80], "held_not_enough_datapoints"],
    ["a gap", [80, undefined, 80, 80], "held_not_enough_datapoints"],
    ["nothing", undefined, "held_no_data"],
  ] as const)("%s", (_name, cpu, reason) => {
    expect(decide(three, fleet(4), { cpu }).reason).toBe(reason);
  });
});

test("a breach that no step covers does nothing and says so", () => {
  const of = config({ min: 1, policies: [{ type: "step", threshold: 60, steps: [{ from: 10, by: 1 }] }] });
  const step = decide(of, fleet(4), { cpu: 65 });
  expect(step.reason).toBe("within_target");
  expect(step.trace.at(-1)?.text).toContain("no step covers 5");
});
