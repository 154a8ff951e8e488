import { describe, expect, test } from "vitest";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { config, decide, EMPTY, fleet, settled, T0, times } from "./given.ts";

const MINUTE = 60_000;
const of = config({ min: 1, max: 100, policies: [{ type: "target-tracking", target: 70 }] });

describe("capacity = ceil(ready × metric / target)", () => {
  test.each([
    // case                                                       points          ready  desired  reason
    ["90 % of 4 against 70 % need 6", times(3, 90), 4, 6, "scaled_out"],
    ["100 % grows 1.43 times, rounded up", times(3, 100), 10, 15, "scaled_out"],
    ["71 % of 8 need 9", times(3, 71), 8, 9, "scaled_out"],
    ["35 % of 8 need 4", times(15, 35), 8, 4, "scaled_in"],
    ["36 % of 8 need 5: rounded up inward too", times(15, 36), 8, 5, "scaled_in"],
    ["62 % of 8 need 8: under 63 %, but rounding leaves nothing to take", times(15, 62), 8, undefined, "within_target"],
    ["exactly on the target stays", times(15, 70), 8, undefined, "within_target"],
    ["the target and a bit of float noise stays", times(15, 70.00000001), 8, undefined, "within_target"],
    ["between 63 % and 70 % stays", times(15, 64), 8, undefined, "within_target"],
    ["nothing at all to do leaves one: zero could not be measured again", times(15, 0), 8, 1, "scaled_in"],
  ] as const)("%s", (_name, cpu, ready, desired, reason) => {
    const step = decide(of, fleet(ready), { cpu });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });
});

describe("3 of 3 points out, 15 of 15 in", () => {
  test.each([
    ["2 over after 1 under stay", [60, 90, 90], 4, undefined, "within_target"],
    ["3 over go out", [60, 90, 90, 90], 4, 6, "scaled_out"],
    ["2 points are not enough data", [90, 90], 4, undefined, "held_not_enough_datapoints"],
    [
      "a gap breaks the run: missing is insufficient",
      [90, 90, undefined, 90, 90],
      4,
      undefined,
      "held_not_enough_datapoints",
    ],
    ["the newest point decides how many", [90, 90, 100], 4, 6, "scaled_out"],
    ["14 under do not go in", [64, ...times(14, 20)], 4, undefined, "within_target"],
    ["14 points of which all are under are not enough", times(14, 20), 4, undefined, "held_not_enough_datapoints"],
    ["15 under go in", times(15, 20), 4, 2, "scaled_in"],
    [
      "a gap among 15 does not go in",
      [...times(7, 20), undefined, ...times(8, 20)],
      4,
      undefined,
      "held_not_enough_datapoints",
    ],
    ["no data never goes in", undefined, 4, undefined, "held_no_data"],
  ] as const)("%s", (_name, cpu, ready, desired, reason) => {
    const step = decide(of, fleet(ready), { cpu });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });
});

describe("cooldown", () => {
  const out: AutoscalingState = { ...EMPTY, desired: 6, lastOutAt: T0, lastOutFrom: 4 };
  const inward: AutoscalingState = { ...EMPTY, desired: 6, lastInAt: T0 };
  const later = T0 + 2 * MINUTE;

  test("out: what was added counts: +2, then a wish for +3 adds 1", () => {
    const step = decide(of, fleet(6), { cpu: times(3, 105) }, out, later);
    expect([step.desired, step.reason]).toEqual([7, "scaled_out"]);
  });
  test("out: +2, then a wish for +2 adds nothing until the cooldown is over", () => {
    expect(decide(of, fleet(6), { cpu: times(3, 92) }, out, later).reason).toBe("held_cooldown");
    expect(decide(of, fleet(6), { cpu: times(3, 92) }, out, T0 + 5 * MINUTE).desired).toBe(8);
  });
  test("out: instances still starting count as added", () => {
    const starting = { ...out, watch: { decisionAt: T0, from: 4, desired: 6, direction: "out", since: T0 } } as const;
    const four = fleet(6, { ready: 4, pending: 2 });
    expect(decide(of, four, { cpu: times(3, 100) }, starting, later).reason).toBe("held_pending");
    expect(decide(of, four, { cpu: times(3, 122) }, starting, later).desired).toBe(7);
  });

  test("an answer older than the new instances says so, instead of claiming that ready ones are missing", () => {
    const of = config({ policies: [{ type: "target-tracking", target: 70 }] });
    // Measured while four were ready; the two that were asked for have just joined.
    const step = decide(of, fleet(6), { cpu: [90, 90, 90], ready: [4, 4, 4] });
    expect(step.reason).toBe("held_pending");
    expect(step.trace.map((clause) => clause.text).join("; ")).toContain("that was with 4 ready, and 6 are now");
  });
  test("in: blocks further scale-in", () => {
    expect(decide(of, fleet(6), { cpu: times(15, 20) }, inward, later).reason).toBe("held_cooldown");
    expect(decide(of, fleet(6), { cpu: times(15, 20) }, inward, T0 + 5 * MINUTE).desired).toBe(2);
  });
  test("in: a scale-out acts at once and ends it", () => {
    const step = decide(of, fleet(6), { cpu: times(3, 90) }, inward, later);
    expect(step.desired).toBe(8);
    const state = settled(of, step, later);
    const seen = autoscaling.dueAt(of, state);
    expect(seen).toBeDefined();
    expect(decide(of, fleet(8), { cpu: times(15, 20) }, state, later + MINUTE).reason).toBe("scaled_in");
  });
  test("out: does not block going in", () => {
    expect(decide(of, fleet(6), { cpu: times(15, 20) }, out, later).desired).toBe(2);
  });
});

describe("a scale-out on its way", () => {
  test("scale-in is off during a deployment, scale-out is not", () => {
    const deploying = fleet(6, { deploying: true });
    expect(decide(of, deploying, { cpu: times(15, 20) }).reason).toBe("held_deploying");
    expect(decide(of, deploying, { cpu: times(3, 90) }).desired).toBe(8);
  });
  test("disableScaleIn only grows, and lets others go in", () => {
    const only = config({
      min: 1,
      max: 100,
      policies: [{ type: "target-tracking", target: 70, disableScaleIn: true }],
    });
    expect(decide(only, fleet(6), { cpu: times(15, 20) }).reason).toBe("within_target");
    const both = config({
      min: 1,
      max: 100,
      policies: [
        { type: "target-tracking", target: 70, disableScaleIn: true },
        { type: "instances", memory: null },
      ],
    });
    expect(decide(both, fleet(6), { cpu: times(15, 20) }).desired).toBe(5);
  });
  test("with nothing ready a reading says nothing", () => {
    expect(decide(of, fleet(6, { ready: 0 }), { cpu: times(15, 20) }).reason).toBe("held_pending");
  });
});
