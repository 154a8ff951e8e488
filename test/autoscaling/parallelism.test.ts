import { describe, expect, test } from "vitest";
import { config, decide, fleet, settled, T0 } from "./given.ts";

const grown = config({ min: 1, max: 200, policies: [{ type: "parallelism" }] });
const exact = config({ min: 1, max: 200, policies: [{ type: "parallelism", exact: true }] });

describe("the seed rule for Flink: > 80 → int(p × 1.5), < 30 → max(1, int(p × 0.7))", () => {
  test.each([
    // case                                       cpu   p   desired  literally  reason
    ["over 80 grows by half", 81, 4, 6, 6, "scaled_out"],
    ["the result is cut, not rounded", 81, 5, 7, 7, "scaled_out"],
    ["80 is not over 80", 80, 4, undefined, undefined, "within_target"],
    ["under 30 shrinks by three tenths", 29, 10, 7, 7, "scaled_in"],
    ["the shrunk result is cut too", 29, 4, 2, 2, "scaled_in"],
    ["2 shrinks to int(1.4) = 1", 29, 2, 1, 1, "scaled_in"],
    ["1 never shrinks to 0", 29, 1, undefined, undefined, "within_target"],
    ["30 is not under 30", 30, 10, undefined, undefined, "within_target"],
    ["between the two nothing is done", 55, 10, undefined, undefined, "within_target"],
    ["from 1 it grows to 2; literally int(1.5) = 1 never grows", 95, 1, 2, undefined, "scaled_out"],
    ["int(90 × 0.7) is 62 in floating point, as the original computed it", 10, 90, 62, 62, "scaled_in"],
  ] as const)("%s", (_name, cpu, p, desired, literally, reason) => {
    const step = decide(grown, fleet(p), { cpu });
    expect([step.desired, step.reason]).toEqual([desired, reason]);
    expect(decide(exact, fleet(p), { cpu }).desired).toBe(literally);
  });

  test("without a reading it holds", () => {
    expect(decide(grown, fleet(4), {}).reason).toBe("held_no_data");
  });

  test("the maximum clamps the product", () => {
    const step = decide(config({ min: 1, max: 5, policies: [{ type: "parallelism" }] }), fleet(4), { cpu: 90 });
    expect(step.desired).toBe(5);
    expect(step.trace.at(-1)?.text).toContain("clamped from 6 to the maximum");
  });

  test("it has the seed's one cooldown clock", () => {
    const state = settled(grown, decide(grown, fleet(4), { cpu: 90 }), T0);
    expect(decide(grown, fleet(6), { cpu: 10 }, state, T0 + 599_000).reason).toBe("held_cooldown");
    expect(decide(grown, fleet(6), { cpu: 10 }, state, T0 + 600_000).desired).toBe(4);
  });
});
