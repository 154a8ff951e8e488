import { describe, expect, test } from "vitest";
import { checkAutoscaling } from "../../shared/core/autoscaling/check.ts";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { config } from "./given.ts";

type Policy = NonNullable<AutoscalingConfigInput["policies"]>[number];
const faults = (...policies: Policy[]) =>
  checkAutoscaling(config({ policies })).map(
    ({ path, message, allowed }) => `${path.join(".")}: ${message} (${allowed})`,
  );
const steps = (...list: Extract<Policy, { type: "step" }>["steps"]) =>
  faults({ type: "step", threshold: 60, steps: list });

test("the platform's own configuration has no faults", () => {
  expect(checkAutoscaling(config())).toEqual([]);
});

describe("faults that a schema cannot see, with path and what is allowed", () => {
  test.each<[string, Policy, string]>([
    [
      "an instances policy without a metric",
      { type: "instances", cpu: null, memory: null },
      "policies.0: an instances policy needs a metric: cpu and memory are both null (a threshold for cpu, for memory, or for both)",
    ],
    [
      "low above high",
      { type: "parallelism", high: 30, low: 80 },
      "policies.0.low: low must be below high (number below 30)",
    ],
    [
      "tracking a total",
      { type: "target-tracking", metric: "requests", target: 100 },
      "policies.0.metric: requests is counted over all instances and does not fall as instances are added (a metric per instance, such as cpu or requests_per_instance)",
    ],
    [
      "an HPA ratio of a total",
      { type: "hpa", metrics: [{ target: 70 }, { metric: "requests", target: 5 }] },
      "policies.0.metrics.1.metric: requests is counted over all instances and does not fall as instances are added (a metric per instance, such as cpu or requests_per_instance, or kind: average)",
    ],
    [
      "an impossible cron",
      { type: "scheduled", actions: [{ cron: "0 0 31 2 *", min: 3 }] },
      "policies.0.actions.0.cron: day 31 does not exist in month 2: this never fires (minute hour day-of-month month day-of-week, such as 0 8 * * mon-fri)",
    ],
    [
      "an unknown zone",
      { type: "scheduled", timezone: "Mars/Olympus", actions: [{ cron: "0 8 * * *", min: 3 }] },
      "policies.0.timezone: unknown time zone (IANA name such as Europe/Berlin or UTC)",
    ],
    [
      "min above max in one action",
      { type: "scheduled", actions: [{ cron: "0 8 * * *", min: 9, max: 3 }] },
      "policies.0.actions.0.min: min 9 would be above max 3 (integer up to 3)",
    ],
    [
      "min above the configured max",
      { type: "scheduled", actions: [{ cron: "0 8 * * *", min: 30 }] },
      "policies.0.actions.0.min: min 30 would be above max 20 (integer up to 20)",
    ],
    [
      "max below the configured min",
      { type: "scheduled", actions: [{ cron: "0 8 * * *", max: 1 }] },
      "policies.0.actions.0.max: min 2 would be above max 1 (integer from 2 on)",
    ],
    [
      "an action that changes nothing",
      { type: "scheduled", actions: [{ cron: "0 8 * * *" }] },
      "policies.0.actions.0: an action needs min, max or both (min, max)",
    ],
  ])("%s", (_name, policy, fault) => {
    expect(faults(policy)).toEqual([fault]);
  });

  test("steps: no overlap, no gap, open at the far end, beginning at the threshold", () => {
    expect(steps({ from: 0, to: 10, by: 1 }, { from: 10, by: 2 })).toEqual([]);
    expect(steps({ by: 1 })).toEqual([]);
    expect(steps({ from: 0, to: 15, by: 1 }, { from: 10, by: 2 })).toEqual([
      "policies.0.steps.1.from: overlaps with step 0, which goes to 15 (number from 15 on)",
    ]);
    expect(steps({ from: 20, by: 2 }, { from: 0, to: 10, by: 1 })).toEqual([
      "policies.0.steps.0.from: leaves a gap after step 1, which ends at 10 (10)",
    ]);
    expect(steps({ from: 0, to: 10, by: 1 })).toEqual([
      "policies.0.steps.0.to: a breach beyond this would do nothing (leave to out on the outermost step)",
    ]);
    expect(steps({ from: 5, by: 1 })).toEqual([
      "policies.0.steps.0.from: a breach nearer to the threshold than this would do nothing (0, the threshold itself)",
    ]);
    expect(steps({ from: 10, to: 10, by: 1 })).toEqual(["policies.0.steps.0: from must be below to (from < to)"]);
    expect(steps({ from: 0, by: 1.5 })).toEqual([
      "policies.0.steps.0.by: instances are counted in whole numbers (integer, or adjustment: percent)",
    ]);
  });
  test("steps below a threshold are mirrored", () => {
    const down = (...list: Extract<Policy, { type: "step" }>["steps"]) =>
      faults({ type: "step", threshold: 20, comparison: "<", steps: list });
    expect(down({ from: -10, to: 0, by: -1 }, { to: -10, by: -2 })).toEqual([]);
    expect(down({ from: -10, to: 0, by: -1 })).toEqual([
      "policies.0.steps.0.from: a breach beyond this would do nothing (leave from out on the outermost step)",
    ]);
  });
  test("amounts that cannot be", () => {
    expect(faults({ type: "step", threshold: 1, adjustment: "percent", steps: [{ by: -101 }] })).toEqual([
      "policies.0.steps.0.by: more than all cannot be taken away (percent from -100 on)",
    ]);
    expect(faults({ type: "step", threshold: 1, adjustment: "exact", steps: [{ by: -1 }] })).toEqual([
      "policies.0.steps.0.by: a count cannot be negative (integer from 0 on)",
    ]);
  });
  test("readings that would be stale by design", () => {
    expect(checkAutoscaling(config({ maxAge: "5m", period: "10m" })).map(({ path }) => path)).toEqual([["maxAge"]]);
  });
  test("the value that was found goes along", () => {
    expect(
      checkAutoscaling(config({ policies: [{ type: "scheduled", actions: [{ cron: "x", min: 3 }] }] }))[0]?.value,
    ).toBe("x");
  });
});
