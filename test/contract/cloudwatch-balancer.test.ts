import { describe, expect, test } from "vitest";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import { cloudwatchSamples } from "../../shared/edge/cloudwatch-samples.ts";
import { manualClock } from "../fakes/clock.ts";
import { cloudwatchEach } from "../fakes/cloudwatch-each.ts";

const MINUTE = 60_000;
const NOW = manualClock().now();
const ecs = { cluster: "data", service: "orders-svc", loadBalancer: "app/shop/1", targetGroup: "targetgroup/orders/2" };
const service = { name: "orders", ecs };
const dimensions = { LoadBalancer: ecs.loadBalancer, TargetGroup: ecs.targetGroup };
const ELB = "AWS/ApplicationELB";

const aws = cloudwatchEach();

describe("what a load balancer tells of a service", () => {
  const ago = (minutes: number) => NOW - minutes * MINUTE;
  const query = (given: Partial<SampleQuery> = {}): SampleQuery => ({
    ...{ id: "requests", service, metric: "requests", stat: "avg", periodMs: MINUTE, from: ago(5), to: NOW },
    ...given,
  });
  const read = (queries: readonly SampleQuery[], at = NOW) =>
    cloudwatchSamples({ client: aws.clients.cloudwatch, now: () => at }).read(queries);
  /** Minutes back and values of the first answer. */
  const told = async (given: Partial<SampleQuery> = {}, at = NOW) => {
    const [answer] = await read([query(given)], at);
    return answer?.points.map((point) => [(NOW - point.at) / MINUTE, point.value]);
  };
  const requests = (back: number, value: number) => aws.wire.put(ELB, "RequestCount", dimensions, ago(back), value);
  const hosts = (back: number, ...values: readonly number[]) => {
    for (const value of values) aws.wire.put(ELB, "HealthyHostCount", dimensions, ago(back), value);
  };

  test("a minute without requests beside targets that are healthy is 0, in a night without any as well", async () => {
    for (const back of [5, 4, 3, 2]) hosts(back, 2);
    const zeros = [5, 4, 3, 2].map((back) => [back, 0]);
    expect(await told()).toEqual(zeros);
    expect(await told({ metric: "requests_per_instance" })).toEqual(zeros);
    requests(4, 600);
    hosts(6, 2);
    expect(await told({ from: ago(6) })).toEqual([
      [6, 0],
      [5, 0],
      [4, 10],
      [3, 0],
      [2, 0],
    ]);
  });

  test("what nobody counted stays unknown: no target told of, none healthy, or another target group's", async () => {
    hosts(5, 0);
    hosts(4, 2);
    aws.wire.put(ELB, "HealthyHostCount", { ...dimensions, TargetGroup: "targetgroup/carts/3" }, ago(3), 2);
    expect(await told()).toEqual([[4, 0]]);
  });

  test("a count that is only late is not 0: the newest minutes after one with requests are unknown for three minutes", async () => {
    for (const back of [6, 5, 4, 3, 2, 1, 0]) hosts(back, 2);
    requests(5, 600);
    requests(3, 600);
    expect(await told()).toEqual([
      [5, 10],
      [4, 0],
      [3, 10],
    ]);
    // Also where the window begins after the last count, as one does that goes on from what is known.
    expect(await told({ from: ago(2) })).toEqual([]);
    expect(await told({ from: ago(2), to: NOW + MINUTE }, NOW + MINUTE)).toEqual([
      [2, 0],
      [1, 0],
    ]);
  });

  test("a minute that ended less than a minute ago is not answered: not all nodes have told it", async () => {
    for (const back of [2, 1]) {
      requests(back, 600);
      hosts(back, 3);
    }
    const both = [
      query(),
      query({ id: "ready", metric: "ready" }),
      query({ id: "each", metric: "requests_per_instance" }),
    ];
    for (const { points } of await read(both, NOW + 59_999)) expect(points.map(({ at }) => at)).toEqual([ago(2)]);
    for (const { points } of await read(both, NOW + 60_000)) expect(points.at(-1)?.at).toBe(ago(1));
  });

  test("so is a sum of anybody's metric; means of a service are not waited for", async () => {
    const custom = { namespace: "Shop", name: "orders", dimensions: { Shop: "1" } };
    for (const back of [2, 1]) {
      aws.wire.put("Shop", "orders", { Shop: "1" }, ago(back), 5);
      aws.wire.put("AWS/ECS", "CPUUtilization", { ClusterName: "data", ServiceName: "orders-svc" }, ago(back), 50);
    }
    expect(await told({ metric: "orders", stat: "sum", custom })).toEqual([[2, 5]]);
    expect(await told({ metric: "orders", stat: "avg", custom })).toHaveLength(2);
    expect(await told({ metric: "cpu" })).toHaveLength(2);
  });

  test("ready is the mean of what the nodes see, as a whole number; without a load balancer it has no address", async () => {
    hosts(3, 4, 4, 4);
    hosts(2, 4, 5, 5);
    expect(await told({ metric: "ready" })).toEqual([
      [3, 4],
      [2, 5],
    ]);
    const { loadBalancer, targetGroup, ...bare } = ecs;
    const [answer] = await read([query({ metric: "ready", service: { name: "orders", ecs: bare } })]);
    expect(answer).toMatchObject({ status: "failed", detail: expect.stringContaining("load balancer"), points: [] });
  });

  test("is one request, and beside the counts one metric more for a service and window, which is ready's as well", async () => {
    const window = { from: ago(10), to: NOW };
    await read([query(window), query({ ...window, id: "each", metric: "requests_per_instance" })]);
    expect([aws.wire.counts(), aws.wire.metricsRead()]).toEqual([{ GetMetricData: 1 }, 3]);
    const asked = ["requests", "requests_per_instance", "ready", "cpu"];
    await read(asked.map((metric) => query({ ...window, id: metric, metric })));
    expect([aws.wire.counts(), aws.wire.metricsRead()]).toEqual([{ GetMetricData: 2 }, 3 + 4]);
    const other = { name: "carts", ecs: { ...ecs, targetGroup: "targetgroup/carts/3" } };
    await read([query(window), query({ ...window, id: "carts", service: other })]);
    expect([aws.wire.counts(), aws.wire.metricsRead()]).toEqual([{ GetMetricData: 3 }, 7 + 4]);
  });

  test("260 services are two requests of at most 500 metrics, in pages, and each has its own zeros", async () => {
    aws.wire.pageSize(300);
    const many = Array.from({ length: 260 }, (_, index) => ({
      name: `s${index}`,
      ecs: { ...ecs, targetGroup: `targetgroup/s${index}/1` },
    }));
    for (const one of many.filter((_, index) => index % 2 === 0))
      aws.wire.put(ELB, "HealthyHostCount", { ...dimensions, TargetGroup: one.ecs.targetGroup }, ago(3), 2);
    const answers = await read(many.map((one) => query({ id: one.name, service: one })));
    expect(answers.map(({ points }) => points.length)).toEqual(many.map((_, index) => (index + 1) % 2));
    expect(aws.wire.metricsRead()).toBe(520);
  });

  test.each(["Forbidden", "InternalError", "PartialData"] as const)(
    "%s of the healthy targets leaves what is not counted unknown, and says so",
    async (code) => {
      requests(4, 600);
      hosts(3, 2);
      hosts(2, 2);
      aws.wire.setStatus("HealthyHostCount", { code, message: "the reason" });
      const [answer] = await read([query()]);
      expect(answer).toMatchObject({ status: "partial", detail: expect.stringContaining("the reason") });
      expect(answer?.points).toEqual([{ at: ago(4), value: 10 }]);
    },
  );

  test("counts that could not all be read are not made up by zeros", async () => {
    for (const back of [5, 4, 3, 2]) hosts(back, 2);
    requests(5, 600);
    aws.wire.setStatus("RequestCount", { code: "PartialData" });
    expect(await told()).toEqual([[5, 10]]);
    aws.wire.setStatus("RequestCount", { code: "InternalError", without: true });
    expect((await read([query()]))[0]).toMatchObject({ status: "failed", points: [] });
  });

  test("five minutes at once are 0 as a whole or not at all", async () => {
    const start = Math.floor(ago(20) / (5 * MINUTE)) * 5 * MINUTE;
    aws.wire.put(ELB, "HealthyHostCount", dimensions, start + MINUTE, 2);
    aws.wire.put(ELB, "RequestCount", dimensions, start + 6 * MINUTE, 3_000);
    const [answer] = await read([query({ periodMs: 5 * MINUTE, from: start, to: start + 15 * MINUTE })]);
    expect(answer?.points).toEqual([
      { at: start, value: 0 },
      { at: start + 5 * MINUTE, value: 10 },
    ]);
  });
});
