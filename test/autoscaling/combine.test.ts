import { describe, expect, test } from "vitest";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { config, decide, EMPTY, fleet, T0, times } from "./given.ts";

type Policies = NonNullable<AutoscalingConfigInput["policies"]>;
const tracking = { type: "target-tracking", target: 70 } as const;
const seed = { type: "instances", memory: null } as const;
const memoryTracking = { type: "target-tracking", metric: "memory", target: 50 } as const;
const upStep = { type: "step", metric: "latency_p99", threshold: 200, steps: [{ from: 0, by: 3 }] } as const;

describe("outward the largest wins and one is enough; inward all must agree, and then the largest count", () => {
  test.each([
    ["the larger of two outward counts", [tracking, seed], { cpu: times(3, 100) }, 15, "scaled_out"],
    [
      "one out, one that would stay",
      [tracking, memoryTracking],
      { cpu: times(3, 100), memory: times(15, 48) },
      15,
      "scaled_out",
    ],
    [
      "one out, one in: out, never both",
      [tracking, memoryTracking],
      { cpu: times(3, 100), memory: times(15, 5) },
      15,
      "scaled_out",
    ],
    ["one out, one unknown", [tracking, memoryTracking], { cpu: times(3, 100) }, 15, "scaled_out"],
    [
      "all in: the largest of the inward counts",
      [tracking, memoryTracking],
      { cpu: times(15, 35), memory: times(15, 40) },
      8,
      "scaled_in",
    ],
    [
      "one in, one stays",
      [tracking, memoryTracking],
      { cpu: times(15, 35), memory: times(15, 48) },
      undefined,
      "held_disagreement",
    ],
    ["one in, one unknown", [tracking, memoryTracking], { cpu: times(15, 35) }, undefined, "held_no_data"],
    [
      "one in, one without enough points",
      [tracking, memoryTracking],
      { cpu: times(15, 35), memory: times(3, 10) },
      undefined,
      "held_not_enough_datapoints",
    ],
    [
      "a step policy that is not triggered has no say inward",
      [tracking, upStep],
      { cpu: times(15, 35), latency_p99: 100 },
      5,
      "scaled_in",
    ],
    [
      "a step policy that is blind blocks going in",
      [tracking, upStep],
      { cpu: times(15, 35) },
      undefined,
      "held_no_data",
    ],
    [
      "none wants anything",
      [tracking, memoryTracking],
      { cpu: times(15, 66), memory: times(15, 48) },
      undefined,
      "within_target",
    ],
  ] as const)("%s", (_name, policies, values, desired, reason) => {
    const step = decide(config({ max: 100, policies: policies as unknown as Policies }), fleet(10), values);
    expect([step.desired, step.reason]).toEqual([desired, reason]);
  });

  test("a policy that wants out and waits for its cooldown keeps the others from going in", () => {
    const of = config({ max: 100, policies: [seed, memoryTracking] });
    const state = { ...EMPTY, desired: 10, lastOutAt: T0 - 60_000, lastOutFrom: 9 };
    const step = decide(of, fleet(10), { cpu: 90, memory: times(15, 5) }, state);
    expect(step.reason).toBe("held_cooldown");
  });

  test("who stood in the way is said", () => {
    const of = config({ max: 100, policies: [tracking, memoryTracking] });
    const step = decide(of, fleet(10), { cpu: times(15, 35), memory: times(15, 48) });
    expect(step.trace.at(-1)).toMatchObject({ kind: "vetoed", rule: "target-tracking" });
    expect(step.trace.at(-1)?.text).toContain("but target-tracking stays: memory 48 %");
  });

  test("every policy leaves its clause, in the order of the configuration", () => {
    const of = config({ max: 100, policies: [tracking, seed] });
    const step = decide(of, fleet(10), { cpu: times(3, 100) });
    expect(step.trace.map(({ kind, rule }) => `${kind} ${rule}`)).toEqual([
      "input fleet",
      "input cpu",
      "computed target-tracking",
      "computed instances",
      "chosen target-tracking",
    ]);
  });
});
