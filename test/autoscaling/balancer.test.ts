import { describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { believed } from "../../functions/autoscaling/observe.ts";
import type { Reading } from "../../shared/core/kernel/reading.ts";
import { cloudwatchSamples } from "../../shared/edge/cloudwatch-samples.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Answer, MINUTE, world } from "../api/kit.ts";
import { cloudwatchEach } from "../fakes/cloudwatch-each.ts";

const tenant = "default";
const CONFIG = (policy: string) => `version: 1
services:
  orders: { ecs: { cluster: data, service: orders, loadBalancer: app/shop/1, targetGroup: targetgroup/orders/2 } }
autoscaling:
  orders: { min: 1, max: 20, capacity: 50, startDelay: 60s, policies: [${policy}] }
`;

describe("a service behind a load balancer", () => {
  const aws = cloudwatchEach();

  async function given(policy: string, tasks: number) {
    const w = await world({ config: CONFIG(policy) });
    w.fleet.add("orders", tasks);
    const runtime: Runtime = {
      ...w.runtime,
      samples: cloudwatchSamples({ client: aws.clients.cloudwatch, now: w.clock.now }),
    };
    const put = (name: string, value: number) => {
      const dimensions = { LoadBalancer: "app/shop/1", TargetGroup: "targetgroup/orders/2" };
      aws.wire.put("AWS/ApplicationELB", name, dimensions, w.clock.now(), value);
    };
    const cpu = (value: number) =>
      aws.wire.put("AWS/ECS", "CPUUtilization", { ClusterName: "data", ServiceName: "orders" }, w.clock.now(), value);
    const count = async () => (await runtime.fleet.describe([{ name: "orders" }])).get("orders");
    /** A minute goes by, then somebody looks. Answers what was decided from. */
    const look = async () => {
      w.clock.advance(MINUTE);
      await evaluateServices(runtime, { tenant, trigger: { type: "api", detail: "test" } });
      const { items } = await w.journal.list({ tenant, subject: "orders" });
      return items[0]?.input as Answer;
    };
    return { put, cpu, count, look };
  }

  it("goes in at night, when nothing comes and the load balancer tells nothing of requests", async () => {
    const w = await given("{ type: demand, window: 3m }", 10);
    for (let minute = 0; minute < 14; minute += 1) {
      w.put("HealthyHostCount", (await w.count())?.ready ?? 0);
      if (minute < 3) w.put("RequestCount", 50 * 0.7 * 10 * 60);
      w.cpu(minute < 3 ? 70 : 1);
      await w.look();
      if (minute < 7) expect((await w.count())?.desired, `minute ${minute}`).toBe(10);
    }
    expect((await w.count())?.desired).toBe(1);
  });

  it("stays as it is while nobody tells of its targets either", async () => {
    const w = await given("{ type: demand, window: 3m }", 10);
    for (let minute = 0; minute < 12; minute += 1) {
      w.cpu(1);
      await w.look();
    }
    expect((await w.count())?.desired).toBe(10);
  });

  it("is not multiplied by the targets of one zone", async () => {
    const w = await given("{ type: hpa, metrics: [{ target: 60 }] }", 6);
    for (let minute = 0; minute < 4; minute += 1) {
      w.put("HealthyHostCount", 2);
      w.cpu(90);
      const input = await w.look();
      if (minute > 1) expect(input.readings.ready.points).toEqual([]);
    }
    expect((await w.count())?.desired).toBeGreaterThanOrEqual(9);
  });
});

describe("ready of CloudWatch", () => {
  const reading = (value: number, source = "cloudwatch"): Reading => ({
    ...{ metric: "ready", unit: "count", periodMs: MINUTE, source },
    points: [{ at: 0, value }],
  });
  it.each([
    [6, 6, true],
    [5, 6, true],
    [7, 6, true],
    [0, 0, true],
    [4, 6, false],
    [2, 6, false],
    [9, 6, false],
    [0, 1, false],
  ])("%i where the fleet has %i is believed: %s", (value, ready, is) => {
    const readings = { ready: reading(value) };
    const kept = believed(readings, { ready });
    if (is) expect(kept).toBe(readings);
    else expect(kept["ready"]?.points).toEqual([]);
  });

  it("is left alone where it is another source's, or the fleet is not known", () => {
    const [mine, other] = [{ ready: reading(2) }, { ready: reading(2, "local-scraper") }];
    expect(believed(mine, undefined)).toBe(mine);
    expect(believed(other, { ready: 6 })).toBe(other);
  });
});
