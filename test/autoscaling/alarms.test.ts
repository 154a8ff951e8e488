import { describe, expect, test } from "vitest";
import { alarmsFor } from "../../shared/core/autoscaling/alarms.ts";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { metricsNeeded } from "../../shared/core/autoscaling/needs.ts";
import { config } from "./given.ts";

type Policies = NonNullable<AutoscalingConfigInput["policies"]>;
const of = (...policies: Policies) => config({ policies });
const short = (...policies: Policies) =>
  alarmsFor("orders", of(...policies)).map(
    ({ name, comparison, threshold, datapoints, evaluationPeriods }) =>
      `${name} ${comparison} ${threshold}, ${datapoints} of ${evaluationPeriods}`,
  );

describe("at most two alarms wake a service, outward ones first", () => {
  test.each<[string, Policies, string[]]>([
    [
      "instances: cpu and memory",
      [{ type: "instances" }],
      ["headgate-orders-cpu-out > 75, 1 of 1", "headgate-orders-memory-out > 80, 1 of 1"],
    ],
    ["instances without memory", [{ type: "instances", memory: null }], ["headgate-orders-cpu-out > 75, 1 of 1"]],
    ["parallelism", [{ type: "parallelism" }], ["headgate-orders-cpu-out > 80, 1 of 1"]],
    ["target tracking: 3 of 3", [{ type: "target-tracking", target: 70 }], ["headgate-orders-cpu-out > 70, 3 of 3"]],
    ["hpa: past its tolerance", [{ type: "hpa", metrics: [{ target: 70 }] }], ["headgate-orders-cpu-out > 77, 1 of 1"]],
    [
      "step outward",
      [{ type: "step", metric: "latency_p99", threshold: 200, datapoints: 2, steps: [{ from: 0, by: 1 }] }],
      ["headgate-orders-latency_p99-out >= 200, 2 of 2"],
    ],
    [
      "step inward",
      [{ type: "step", threshold: 20, comparison: "<", steps: [{ to: 0, by: -1 }] }],
      ["headgate-orders-cpu-in < 20, 1 of 1"],
    ],
    [
      "three metrics: the first two",
      [
        {
          type: "hpa",
          metrics: [{ target: 70 }, { metric: "memory", target: 50 }, { metric: "latency_p99", target: 100 }],
        },
      ],
      ["headgate-orders-cpu-out > 77, 1 of 1", "headgate-orders-memory-out > 55, 1 of 1"],
    ],
    [
      "two policies on one metric: the more sensitive",
      [
        { type: "target-tracking", target: 70 },
        { type: "instances", memory: null },
      ],
      ["headgate-orders-cpu-out > 70, 3 of 3"],
    ],
    [
      "outward before inward",
      [{ type: "step", threshold: 20, comparison: "<", steps: [{ to: 0, by: -1 }] }, { type: "instances" }],
      ["headgate-orders-cpu-out > 75, 1 of 1", "headgate-orders-memory-out > 80, 1 of 1"],
    ],
    [
      "a total shared by a changing count has no fixed threshold",
      [{ type: "hpa", metrics: [{ metric: "requests", target: 100, kind: "average" }] }],
      [],
    ],
    ["a schedule needs no alarm", [{ type: "scheduled", actions: [{ cron: "0 8 * * *", min: 3 }] }], []],
  ])("%s", (_name, policies, expected) => {
    expect(short(...policies)).toEqual(expected);
  });

  test("an alarm is complete", () => {
    expect(alarmsFor("orders", of({ type: "target-tracking", target: 70 }))).toEqual([
      {
        name: "headgate-orders-cpu-out",
        metric: "cpu",
        stat: "avg",
        comparison: ">",
        threshold: 70,
        periodMs: 60_000,
        datapoints: 3,
        evaluationPeriods: 3,
        purpose: "out",
      },
    ]);
  });
});

describe("what has to be read", () => {
  test.each<[string, Policies, string[]]>([
    ["instances", [{ type: "instances" }], ["cpu 1", "memory 1"]],
    ["parallelism", [{ type: "parallelism", metric: "busy" }], ["busy 1"]],
    [
      "target tracking: the longer run, and what was ready then",
      [{ type: "target-tracking", target: 70 }],
      ["cpu 15", "ready 3 optional"],
    ],
    ["step", [{ type: "step", threshold: 1, datapoints: 4, steps: [{ by: 1 }] }], ["cpu 4"]],
    [
      "hpa",
      [{ type: "hpa", metrics: [{ target: 70 }, { metric: "memory", target: 50 }] }],
      ["cpu 1", "memory 1", "ready 3 optional"],
    ],
    [
      "hpa on a total does not multiply",
      [{ type: "hpa", metrics: [{ metric: "requests", target: 9, kind: "average" }] }],
      ["requests 1"],
    ],
    [
      "several policies share a metric",
      [{ type: "instances" }, { type: "target-tracking", target: 70 }],
      ["cpu 15", "memory 1", "ready 3 optional"],
    ],
    ["a schedule", [{ type: "scheduled", actions: [{ cron: "0 8 * * *", min: 3 }] }], []],
  ])("%s", (_name, policies, expected) => {
    const needs = metricsNeeded(of(...policies));
    expect(needs.map(({ metric, points, optional }) => `${metric} ${points}${optional ? " optional" : ""}`)).toEqual(
      expected,
    );
  });
  test("units and statistic", () => {
    expect(metricsNeeded(of({ type: "instances" }))[0]).toEqual({
      metric: "cpu",
      stat: "avg",
      unit: "percent",
      points: 1,
    });
    const custom = of({ type: "step", metric: "queue_depth", threshold: 1, steps: [{ by: 1 }] });
    expect(metricsNeeded(custom)[0]?.unit).toBe("none");
  });
});
