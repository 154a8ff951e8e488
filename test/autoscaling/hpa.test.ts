import { describe, expect, test } from "vitest";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0 } from "./given.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const of = config({ min: 1, max: 100, policies: [{ type: "hpa", metrics: [{ target: 70 }] }] });
/** Without windows: what the formula alone says. */
const bare = config({
  min: 1,
  max: 100,
  policies: [{ type: "hpa", metrics: [{ target: 70 }], in: { stabilization: "0s" } }],
});

describe("desired = ceil(ratio × ready), the current count inside the tolerance", () => {
  test.each([
    // case                                             cpu  current desired reason
    ["77 % is a ratio of 1.1: inside the tolerance", 77, 10, undefined, "within_target"],
    ["78 % is outside: ceil(11.14)", 78, 10, 12, "scaled_out"],
    ["63 % is a ratio of 0.9: inside the tolerance", 63, 10, undefined, "within_target"],
    ["62 % is outside: ceil(8.86)", 62, 10, 9, "scaled_in"],
    ["100 % grows 1.43 times at the most", 100, 10, 15, "scaled_out"],
    ["a half keeps a half", 35, 10, 5, "scaled_in"],
    ["idle keeps one", 0, 10, 1, "scaled_in"],
    ["rounding may leave nothing to do", 62, 5, undefined, "within_target"],
  ] as const)("%s", (_name, cpu, current, desired, reason) => {
    const step = decide(bare, fleet(current), { cpu });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });

  test("average takes the total over the target", () => {
    const total = config({
      min: 1,
      max: 100,
      policies: [
        { type: "hpa", metrics: [{ metric: "requests", target: 100, kind: "average" }], in: { stabilization: "0s" } },
      ],
    });
    expect(decide(total, fleet(5), { requests: 740 }).desired).toBe(8);
    expect(decide(total, fleet(5), { requests: 549 }).reason).toBe("within_target");
    expect(decide(total, fleet(5), { requests: 320 }).desired).toBe(4);
  });
});

describe("instances that are not ready", () => {
  test.each([
    ["going out they count as idle: 4 × 90 over 6 is 60, the direction turns, so it stays", 90, 6, 4, undefined],
    ["going out with enough load it still grows: 4 × 130 over 6 is 86.7", 130, 6, 4, 8],
    ["going in they count as full: (6 × 20 + 2 × 100) / 8 is 40", 20, 8, 6, 5],
    ["going in with most of them not ready it stays", 35, 8, 2, undefined],
    ["none ready says nothing", 35, 8, 0, undefined],
  ] as const)("%s", (_name, cpu, current, ready, desired) => {
    expect(decide(bare, fleet(current, { ready }), { cpu }).desired).toBe(desired);
  });
});

describe("several metrics", () => {
  const two = config({
    min: 1,
    max: 100,
    policies: [
      { type: "hpa", metrics: [{ target: 70 }, { metric: "memory", target: 50 }], in: { stabilization: "0s" } },
    ],
  });
  test.each([
    ["the largest count wins outward", { cpu: 105, memory: 100 }, 20, "scaled_out"],
    ["the largest count wins inward", { cpu: 35, memory: 40 }, 8, "scaled_in"],
    ["one outward and one inward go out", { cpu: 105, memory: 10 }, 15, "scaled_out"],
    ["a failed metric blocks going in", { cpu: 35 }, undefined, "held_no_data"],
    ["a failed metric does not block going out", { cpu: 105 }, 15, "scaled_out"],
    ["all failed hold", {}, undefined, "held_no_data"],
  ] as const)("%s", (_name, values, desired, reason) => {
    const step = decide(two, fleet(10), values);
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });
});

describe("stabilization", () => {
  test("down takes the maximum of the last 300 s, both ends included", () => {
    let state: AutoscalingState = decide(of, fleet(10), { cpu: 70 }).state;
    const reasons: string[] = [];
    for (let minute = 1; minute <= 6; minute += 1) {
      const step = decide(of, fleet(10), { cpu: 35 }, state, T0 + minute * MINUTE);
      reasons.push(step.reason);
      state = step.state;
    }
    expect(reasons).toEqual([...Array.from({ length: 5 }, () => "held_stabilization"), "scaled_in"]);
  });

  test("down goes to the highest count recommended in the window, not to the newest", () => {
    let state: AutoscalingState = decide(of, fleet(10), { cpu: 70 }).state;
    const cpu = [35, 49, 28, 28, 28, 28];
    let last: number | undefined;
    for (const [index, value] of cpu.entries()) {
      const step = decide(of, fleet(10), { cpu: value }, state, T0 + (index + 1) * MINUTE);
      state = step.state;
      last = step.desired;
    }
    expect(last).toBe(7);
  });

  test("the first look counts the count that is there as recommended", () => {
    expect(decide(of, fleet(10), { cpu: 35 }).reason).toBe("held_stabilization");
  });

  test("up is at once by default, and takes the minimum of a window that is set", () => {
    const slow = config({
      min: 1,
      max: 100,
      policies: [{ type: "hpa", metrics: [{ target: 70 }], out: { stabilization: "2m" } }],
    });
    expect(decide(of, fleet(10), { cpu: 140 }).desired).toBe(20);
    let state: AutoscalingState = decide(slow, fleet(10), { cpu: 70 }).state;
    const seen: (number | undefined)[] = [];
    for (const [index, value] of [140, 105, 140].entries()) {
      const step = decide(slow, fleet(10), { cpu: value }, state, T0 + (index + 1) * MINUTE);
      seen.push(step.desired);
      state = step.state;
    }
    expect(seen).toEqual([undefined, undefined, 15]);
  });

  test("says when the window will let go, and asks to be woken then", () => {
    const first = decide(of, fleet(10), { cpu: 70 });
    const held = decide(of, fleet(10), { cpu: 35 }, first.state, T0 + MINUTE);
    expect(held.trace.at(-1)?.text).toContain("but 10 was recommended within 5 min for another 5 min");
    expect(held.state.recheckAt).toBe(T0 + 6 * MINUTE);
  });
});

describe("rate rules", () => {
  test.each([
    ["up by 100 %: 10 → 20 at the most", 10, 20],
    ["up by 4 where that is more: 2 → 6", 2, 6],
    ["1 → 5", 1, 5],
  ] as const)("default %s", (_name, current, desired) => {
    expect(decide(of, fleet(current), { cpu: 100_000 }).desired).toBe(desired);
  });

  const limits = (select: "max" | "min" | "disabled") =>
    config({
      min: 1,
      max: 100,
      policies: [
        {
          type: "hpa",
          metrics: [{ target: 70 }],
          out: {
            select,
            rules: [
              { type: "pods", value: 4, period: "60s" },
              { type: "percent", value: 10, period: "60s" },
            ],
          },
          in: {
            stabilization: "0s",
            select,
            rules: [
              { type: "pods", value: 4, period: "60s" },
              { type: "percent", value: 10, period: "60s" },
            ],
          },
        },
      ],
    });
  test.each([
    ["max takes the rule that allows more, up", "max", 20, 140, 24],
    ["min takes the rule that allows less, up", "min", 20, 140, 22],
    ["disabled never goes out", "disabled", 20, 140, undefined],
    ["max takes the rule that allows more, down", "max", 20, 7, 16],
    ["min takes the rule that allows less, down", "min", 20, 7, 18],
    ["disabled never goes in", "disabled", 20, 7, undefined],
    ["percent up is rounded up, or 1 could never become 2", "min", 1, 140, 2],
    ["percent down is rounded down", "min", 5, 7, 4],
  ] as const)("%s", (_name, select, current, cpu, desired) => {
    expect(decide(limits(select), fleet(current), { cpu }).desired).toBe(desired);
  });

  test("what was changed in the period counts", () => {
    const rules = limits("max");
    const state = settled(rules, decide(rules, fleet(20), { cpu: 140 }), T0);
    const soon = decide(rules, fleet(24), { cpu: 140 }, state, T0 + 30 * SECOND);
    expect([soon.desired, soon.reason]).toEqual([undefined, "held_cooldown"]);
    expect(decide(rules, fleet(24), { cpu: 140 }, state, T0 + 60 * SECOND).desired).toBe(28);
  });
});

test("desired 0 switches it off: it never leaves 0 by itself, whatever the minimum", () => {
  const step = decide(of, fleet(0), { cpu: 90 });
  expect([step.desired, step.reason]).toEqual([undefined, "held_off"]);
});

describe("nothing is written while nothing changes", () => {
  test("a steady service keeps the same state for a day, above its minimum too", () => {
    let state = decide(of, fleet(10), { cpu: 70 }, EMPTY).state;
    for (let minute = 1; minute <= 1440; minute += 1) {
      const step = decide(of, fleet(10), { cpu: 70 + (minute % 5) }, state, T0 + minute * MINUTE);
      expect(step.state).toBe(state);
      state = step.state;
    }
  });

  test("a load that wobbles stores no more than the window can need", () => {
    let state: AutoscalingState = EMPTY;
    for (let minute = 0; minute < 3000; minute += 1) {
      const paused = { ...state, pause: { by: "a", why: "b", at: T0, direction: "in" } } as const;
      state = decide(of, fleet(50), { cpu: 20 + ((minute * 37) % 41) }, paused, T0 + minute * MINUTE).state;
      expect(state.recommendations["0"]?.length ?? 0).toBeLessThanOrEqual(8);
    }
  });
});
