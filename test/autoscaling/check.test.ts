import { describe, expect, test } from "vitest";
import { checkAutoscaling, type Surroundings } from "../../shared/core/autoscaling/check.ts";
import type { AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { parseConfig } from "../../shared/shell/config.ts";
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

describe("work that arrives and waits", () => {
  const said = (input: AutoscalingConfigInput, around: Surroundings = {}) =>
    checkAutoscaling(config(input), around).map(
      ({ path, message, allowed, works }) => `${works ? "warning " : ""}${path.join(".")}: ${message} (${allowed})`,
    );
  const event = (from: string, to: string) => ({ from, to, factor: 2 });

  test.each<[string, AutoscalingConfigInput, string]>([
    [
      "arrivals that are a use",
      { policies: [{ type: "demand", arrivals: "cpu" }] },
      "policies.0.arrivals: cpu is no work that arrives at all instances together (a rate over all instances, such as requests)",
    ],
    [
      "arrivals of one instance",
      { policies: [{ type: "predictive", arrivals: "requests_per_instance" }] },
      "policies.0.arrivals: requests_per_instance is no work that arrives at all instances together (a rate over all instances, such as requests)",
    ],
    [
      "a backlog that is a use",
      { policies: [{ type: "demand", backlog: "memory" }] },
      "policies.0.backlog: memory is not what waits (a metric of what waits, over all instances, or null)",
    ],
    [
      "events that overlap",
      {
        policies: [
          {
            type: "predictive",
            events: [
              event("2026-11-28T00:00:00Z", "2026-11-30T00:00:00Z"),
              event("2026-11-27T00:00:00Z", "2026-11-29T00:00:00Z"),
            ],
          },
        ],
      },
      "policies.0.events.0.from: overlaps with event 1, which ends at 2026-11-29T00:00:00.000Z: only one factor can hold (from 2026-11-29T00:00:00.000Z on)",
    ],
    [
      "a capacity that is neither given nor learned",
      { learnCapacity: false, policies: [{ type: "demand" }] },
      "learnCapacity: what a task can do is neither given nor learned (true, or capacity beside it)",
    ],
    [
      "a capacity that nobody works with",
      { capacity: 10, policies: [{ type: "instances" }] },
      "warning capacity: no policy here works with what a task can do (a policy of type demand, predictive or auto)",
    ],
    [
      "a budget below the minimum",
      { min: 5, budget: { perHour: 0.3, taskHour: 0.1 } },
      "warning budget.perHour: the budget pays for 3, fewer than the minimum of 5: the budget wins (number from 0.5 on)",
    ],
    [
      "a budget for nothing",
      { budget: { perHour: 0.05, taskHour: 0.1 } },
      "budget.perHour: the budget pays for no instance at 0.1 an hour (number from 0.1 on)",
    ],
    [
      "an outcome before a start can be over",
      { startDelay: "15m", outcome: { after: "10m" } },
      "outcome.after: instances need 15 min to start: after 10 min nothing can have helped (longer than 15 min)",
    ],
    [
      "auto beside another",
      { policies: [{ type: "auto" }, { type: "demand" }] },
      "policies.0.type: auto picks the policy: it stands alone (auto, beside scheduled alone)",
    ],
    [
      "partitions with lag of no topic",
      { policies: [{ type: "kafka-lag", cluster: "main", group: "g", rule: "keda", limitToPartitionsWithLag: true }] },
      "policies.0.limitToPartitionsWithLag: partitions with lag are counted in named topics (topics beside it)",
    ],
    [
      "an idle count that is never gone to",
      { policies: [{ type: "kafka-lag", cluster: "main", group: "g", idle: 3, active: 3 }] },
      "policies.0.idle: must be below active, which is 3: else it is never gone to (whole number from 0 to 2)",
    ],
    [
      "a band beside its target",
      { policies: [{ type: "flink", utilization: 0.3, utilizationMin: 0.4 }] },
      "policies.0.utilization: the band must lie around the target (number between utilizationMin 0.4 and utilizationMax 0.6)",
    ],
    [
      "an excluded period that is none",
      { policies: [{ type: "flink", excludedPeriods: ["at night"] }] },
      "policies.0.excludedPeriods.0: ",
    ],
  ])("%s", (_name, input, fault) => {
    const found = said(input);
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, fault.length)).toBe(fault);
  });

  test("what goes together", () => {
    const night = { type: "scheduled" as const, actions: [{ cron: "0 8 * * *", min: 3 }] };
    expect(said({ policies: [{ type: "auto" }, night] })).toEqual([]);
    expect(said({ capacity: 10, policies: [{ type: "demand" }, { type: "hpa", metrics: [{ target: 70 }] }] })).toEqual(
      [],
    );
    expect(said({ policies: [{ type: "flink" }, night] }, { flink: true })).toEqual([]);
    expect(said({ policies: [{ type: "parallelism" }] }, { flink: true })).toEqual([]);
    for (const utilization of [0.05, 0.3, 1])
      expect(said({ policies: [{ type: "flink", utilization }] }, { flink: true })).toEqual([]);
    const side = [
      event("2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z"),
      event("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
    ];
    expect(said({ policies: [{ type: "predictive", events: side }] })).toEqual([]);
  });

  test("what the service is, and what stands beside it in the file", () => {
    expect(said({ policies: [{ type: "demand" }] }, { flink: true })).toEqual([
      "policies.0.type: a Flink job is scaled by vertex, which a policy of type demand does not know (flink, parallelism, scheduled)",
    ]);
    expect(said({ policies: [{ type: "flink" }] }, { flink: false })).toEqual([
      "policies.0.type: only a service with flink: is scaled by vertex (another type, or flink: under services)",
    ]);
    const lag: AutoscalingConfigInput = { policies: [{ type: "kafka-lag", cluster: "main", group: "g" }] };
    expect(said(lag, { streams: ["other"] })).toEqual(['policies.0.cluster: cluster "main" is not in streams (other)']);
    expect(said(lag, { streams: [] })).toEqual([
      'policies.0.cluster: cluster "main" is not in streams (a name under streams, where there is none)',
    ]);
    expect([said(lag), said(lag, { streams: ["main"] })]).toEqual([[], []]);
  });
});

test("in a whole file: a cluster that is not there is a fault, a budget below the minimum a warning", () => {
  const file = (autoscaling: string, streams = "") =>
    parseConfig(
      `version: 1\nservices: { orders: { ecs: { cluster: data, service: orders } } }\n${streams}autoscaling: { orders: ${autoscaling} }\n`,
    );
  const lag = "{ policies: [{ type: kafka-lag, cluster: main, group: orders }] }";
  const refused = file(lag);
  expect(refused.ok ? [] : refused.faults.map(({ path, line }) => `${path}:${line}`)).toEqual([
    "autoscaling.orders.policies[0].cluster:3",
  ]);
  expect(file(lag, "streams: { main: { kafka: { brokers: ['127.0.0.1:9092'] } } }\n").ok).toBe(true);
  const poor = file("{ min: 5, budget: { perHour: 0.3, taskHour: 0.1 } }");
  expect(poor.ok && poor.warnings.map(({ path }) => path)).toEqual(["autoscaling.orders.budget.perHour"]);
  expect(file("{ policies: [{ type: flink }] }").ok).toBe(false);
});
