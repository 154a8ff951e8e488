import { describe, expect, test } from "vitest";
import { alarmName } from "../../shared/core/kernel/alarm-name.ts";
import type { WantedAlarm, WantedMetricAlarm, WantedServiceAlarm } from "../../shared/core/ports/alarms.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import { TENANT_TAG } from "../../shared/edge/cloudwatch-alarm-plan.ts";
import { cloudwatchAlarms } from "../../shared/edge/cloudwatch-alarms.ts";
import { cloudwatchSamples } from "../../shared/edge/cloudwatch-samples.ts";
import { manualClock } from "../fakes/clock.ts";
import { cloudwatchEach } from "../fakes/cloudwatch-each.ts";
import { cloudwatchWire } from "../fakes/cloudwatch-wire.ts";
import { jsonFault, wireClients } from "../fakes/wire.ts";

const MINUTE = 60_000;
const clock = manualClock();
const NOW = clock.now();
const service = { name: "orders", ecs: { cluster: "data", service: "orders-svc" } };
const balanced = {
  name: "orders",
  ecs: { ...service.ecs, loadBalancer: "app/shop/1", targetGroup: "targetgroup/orders/2" },
};
const dimensions = { ClusterName: "data", ServiceName: "orders-svc" };
const alb = { LoadBalancer: balanced.ecs.loadBalancer, TargetGroup: balanced.ecs.targetGroup };

const aws = cloudwatchEach();

describe("CloudWatch samples, beyond the contract", () => {
  const samples = () => cloudwatchSamples({ client: aws.clients.cloudwatch, now: clock.now });
  const query = (given: Partial<SampleQuery> = {}): SampleQuery => ({
    id: "one",
    service,
    metric: "cpu",
    stat: "avg",
    periodMs: MINUTE,
    from: NOW - 5 * MINUTE,
    to: NOW,
    ...given,
  });
  const cpu = (back: number, value: number) =>
    aws.wire.put("AWS/ECS", "CPUUtilization", dimensions, NOW - back * MINUTE, value);
  const custom = (namespace: string) => ({ namespace, name: "lag", dimensions: { Topic: "orders" } });

  test("1,201 queries of one window are three requests and 1,201 metrics on the bill", async () => {
    await samples().read(Array.from({ length: 1_201 }, (_, index) => query({ id: `${index}` })));
    expect([aws.wire.counts(), aws.wire.metricsRead()]).toEqual([{ GetMetricData: 3 }, 1_201]);
  });

  test("the period that is running now is not answered, even when asked for", async () => {
    aws.wire.put("AWS/ECS", "CPUUtilization", dimensions, NOW + 5_000, 99);
    cpu(1, 50);
    const [answer] = await samples().read([query({ to: NOW + 10 * MINUTE })]);
    expect(answer?.points).toEqual([{ at: NOW - MINUTE, value: 50 }]);
  });

  test.each([
    ["Forbidden", false, "failed", 0],
    ["InternalError", true, "failed", 0],
    ["InternalError", false, "partial", 1],
    ["PartialData", false, "partial", 1],
  ] as const)("%s (values left out: %s) is %s with %i points and says why", async (code, without, status, points) => {
    cpu(2, 40);
    aws.wire.setStatus("CPUUtilization", { code, without, message: "the reason" });
    const [answer] = await samples().read([query()]);
    expect(answer).toMatchObject({ status, detail: expect.stringContaining("the reason") });
    expect(answer?.points).toHaveLength(points);
  });

  test("a query that CloudWatch refuses outright is found among 400 and takes no other with it", async () => {
    cpu(2, 40);
    const many = Array.from({ length: 400 }, (_, index) => query({ id: `${index}` }));
    const bad = query({ id: "bad", metric: "lag", custom: custom(":bad") });
    const answers = await samples().read([...many.slice(0, 123), bad, ...many.slice(123)]);
    expect(answers.filter((answer) => answer.points[0]?.value === 40)).toHaveLength(400);
    expect(answers[123]).toMatchObject({ id: "bad", status: "failed", detail: expect.stringContaining("colon") });
  });

  test("missing permission is one request and one error, however many queries", async () => {
    aws.wire.inject("GetMetricData", jsonFault("AccessDeniedException"), 10);
    const many = Array.from({ length: 100 }, (_, index) => query({ id: `${index}` }));
    await expect(samples().read(many)).rejects.toMatchObject({ code: "samples.unavailable", retryable: false });
    expect(aws.wire.counts()).toEqual({ GetMetricData: 1 });
  });

  test("one window that cannot be read hides no other window", async () => {
    cpu(2, 40);
    aws.wire.inject("GetMetricData", jsonFault("InternalServiceFault", 500), 1);
    const answers = await samples().read([query({ id: "a" }), query({ id: "b", from: NOW - 3 * MINUTE })]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(["complete", "failed"]);
  });

  test("requests are the load balancer's sum of a period per second", async () => {
    aws.wire.put("AWS/ApplicationELB", "RequestCount", alb, NOW - 2 * MINUTE, 9_000);
    aws.wire.put("AWS/ApplicationELB", "RequestCountPerTarget", alb, NOW - 2 * MINUTE, 3_000);
    const [all, each] = await samples().read([
      query({ id: "all", service: balanced, metric: "requests" }),
      query({ id: "each", service: balanced, metric: "requests_per_instance" }),
    ]);
    expect([all?.points, each?.points]).toEqual([
      [{ at: NOW - 2 * MINUTE, value: 150 }],
      [{ at: NOW - 2 * MINUTE, value: 50 }],
    ]);
  });

  test("a custom metric is read as it is", async () => {
    aws.wire.put("Kafka", "lag", { Topic: "orders" }, NOW - 2 * MINUTE, 1_234);
    const [answer] = await samples().read([query({ metric: "lag", stat: "max", custom: custom("Kafka") })]);
    expect(answer?.points).toEqual([{ at: NOW - 2 * MINUTE, value: 1_234 }]);
  });

  test.each([
    ["requests without a load balancer", { metric: "requests" }, "load balancer"],
    ["a metric nobody has an address for", { metric: "constructor" }, "no metric"],
    ["a period of 90 s", { periodMs: 90_000 }, "whole number of minutes"],
    ["a service that is not on ECS", { service: { name: "local" } }, "no ECS address"],
  ])("%s is failed with a sentence and costs nothing", async (_, given, words) => {
    const [answer] = await samples().read([query(given)]);
    expect(answer).toMatchObject({ status: "failed", points: [], detail: expect.stringContaining(words) });
    expect(aws.wire.counts()).toEqual({});
  });
});

test("what uses more than it was given is answered as it is: ECS reports 400 % where a task bursts", async () => {
  aws.wire.put("AWS/ECS", "CPUUtilization", dimensions, NOW - MINUTE, 400);
  const query = {
    id: "one",
    service,
    metric: "cpu",
    stat: "avg",
    periodMs: MINUTE,
    from: NOW - MINUTE,
    to: NOW,
  } as const;
  const [answer] = await cloudwatchSamples({ client: aws.clients.cloudwatch, now: clock.now }).read([query]);
  expect(answer).toMatchObject({ status: "complete", points: [{ at: NOW - MINUTE, value: 400 }] });
});

describe("CloudWatch alarms", () => {
  const alarms = () => cloudwatchAlarms({ client: aws.clients.cloudwatch, stage: "test" });
  const wanted = (given: Partial<WantedServiceAlarm> = {}): WantedServiceAlarm => ({
    service,
    name: "headgate/test/default/orders-cpu-out",
    metric: "cpu",
    stat: "avg",
    comparison: ">",
    threshold: 75,
    periodMs: MINUTE,
    datapoints: 3,
    evaluationPeriods: 3,
    ...given,
  });
  const nothing = { created: [], updated: [], removed: [], unchanged: 0 };
  const NAME = wanted().name;
  const foreign = {
    AlarmName: NAME,
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  };

  test("plan changes nothing; reconcile makes what is missing and leaves alone what is right", async () => {
    expect(await alarms().plan("default", [wanted()])).toEqual({ ...nothing, created: [NAME] });
    expect(aws.wire.alarmNames()).toEqual([]);
    expect(await alarms().reconcile("default", [wanted()])).toEqual({ ...nothing, created: [NAME] });
    aws.wire.resetCounts();
    expect(await alarms().reconcile("default", [wanted()])).toEqual({ ...nothing, unchanged: 1 });
    expect(aws.wire.counts()).toEqual({ DescribeAlarms: 1 });
  });

  test.each([
    ["threshold", { threshold: 80 }],
    ["comparison", { comparison: ">=" }],
    ["metric", { metric: "memory" }],
    ["points", { datapoints: 2 }],
    ["period", { periodMs: 5 * MINUTE }],
    ["service", { service: { name: "orders", ecs: { cluster: "data", service: "orders-v2" } } }],
  ] as const)("another %s is one update", async (_, change) => {
    await alarms().reconcile("default", [wanted()]);
    expect(await alarms().reconcile("default", [wanted(change)])).toEqual({ ...nothing, updated: [NAME] });
    expect(await alarms().reconcile("default", [wanted(change)])).toEqual({ ...nothing, unchanged: 1 });
  });

  test("an alarm that is no longer wanted is removed, 230 of them in three requests", async () => {
    const many = Array.from({ length: 230 }, (_, index) => wanted({ name: `headgate/test/default/${index}-cpu-out` }));
    expect((await alarms().reconcile("default", many)).created).toHaveLength(230);
    aws.wire.resetCounts();
    expect((await alarms().reconcile("default", [])).removed).toHaveLength(230);
    expect([aws.wire.alarmNames(), aws.wire.counts()["DeleteAlarms"]]).toEqual([[], 3]);
  });

  test("alarms of other tenants and other people are never touched", async () => {
    await alarms().reconcile("other", [wanted({ name: "headgate/test/other/theirs-cpu-out" })]);
    aws.wire.putForeign({ ...foreign, AlarmName: "headgate/test/default/by-hand" });
    aws.wire.putForeign({
      ...foreign,
      AlarmName: "headgate/test/default/looks-ours",
      AlarmDescription: "Made by Headgate for tenant default.",
    });
    aws.wire.putForeign({ ...foreign, AlarmName: "disk-full" });
    const before = aws.wire.alarmNames();
    expect(await alarms().reconcile("default", [])).toEqual(nothing);
    expect(aws.wire.alarmNames()).toEqual(before);
  });

  test("another's alarm under a wanted name is a conflict, and nothing is changed", async () => {
    aws.wire.putForeign(foreign, { [TENANT_TAG]: "other" });
    const carts = wanted({ name: "headgate/test/default/carts-cpu-out" });
    await expect(alarms().reconcile("default", [carts, wanted()])).rejects.toMatchObject({ code: "config.conflict" });
    expect(aws.wire.alarmNames()).toEqual([NAME]);
  });

  test("notifications that people hung on an alarm survive an update", async () => {
    await alarms().reconcile("default", [wanted()]);
    const client = await aws.clients.cloudwatch();
    const { describeAlarms, putMetricAlarm } = await import("../../shared/edge/cloudwatch-calls.ts");
    const read = async () => (await describeAlarms(client, { AlarmNamePrefix: NAME })).MetricAlarms?.[0];
    const topic = "arn:aws:sns:eu-central-1:123456789012:people";
    const {
      AlarmName,
      Namespace,
      MetricName,
      Statistic,
      Dimensions,
      Period,
      EvaluationPeriods,
      Threshold,
      ComparisonOperator,
    } = (await read()) ?? {};
    const same = {
      AlarmName,
      Namespace,
      MetricName,
      Statistic,
      Dimensions,
      Period,
      EvaluationPeriods,
      Threshold,
      ComparisonOperator,
    };
    await putMetricAlarm(client, { ...same, AlarmActions: [topic] });
    expect(await alarms().reconcile("default", [wanted()])).toEqual({ ...nothing, updated: [NAME] });
    expect(await read()).toMatchObject({ AlarmActions: [topic], TreatMissingData: "missing" });
  });

  test("a region that is named and the default one are the same place", async () => {
    const named = { name: "carts", ecs: { cluster: "data", service: "carts", region: "eu-central-1" } };
    const both = [wanted(), wanted({ name: "headgate/test/default/carts-cpu-out", service: named })];
    expect((await alarms().reconcile("default", both)).created).toHaveLength(2);
    expect(await alarms().reconcile("default", both)).toEqual({ ...nothing, unchanged: 2 });
  });

  test("two stages, and two tenants, with services of one name keep their alarms apart in one account", async () => {
    const installations = [
      ["prod", "default"],
      ["prod", "default-a"],
      ["prod-default", "a"],
      ["dev", "default"],
    ] as const;
    const of = (stage: string, tenant: string) => wanted({ name: alarmName(stage, tenant, "headgate-a-cpu-out") });
    const at = (stage: string) => cloudwatchAlarms({ client: aws.clients.cloudwatch, stage });
    for (const [stage, tenant] of installations)
      expect((await at(stage).reconcile(tenant, [of(stage, tenant)])).created).toHaveLength(1);
    expect(aws.wire.alarmNames()).toHaveLength(4);
    for (const [stage, tenant] of installations)
      expect(await at(stage).reconcile(tenant, [of(stage, tenant)])).toEqual({ ...nothing, unchanged: 1 });
    expect((await at("prod").reconcile("default", [])).removed).toEqual(["headgate/prod/default/a-cpu-out"]);
    expect(aws.wire.alarmNames()).toHaveLength(3);
  });

  test("alarms in a region that no service is in any more are removed, one that cannot be reached stops nothing", async () => {
    const far = await cloudwatchWire();
    const there = wireClients(far.endpoint, { maxAttempts: 1, region: "us-west-2" });
    const nowhere = wireClients("http://127.0.0.1:1", { maxAttempts: 1, region: "xx-nowhere-1" });
    const source = async (region?: string) =>
      (region === "us-west-2" ? there : region === "xx-nowhere-1" ? nowhere : aws.clients).cloudwatch(region);
    const both = cloudwatchAlarms({ client: source, stage: "test" });
    try {
      const ecs = { cluster: "data", service: "carts", region: "us-west-2" };
      const carts = wanted({ name: "headgate/test/default/carts-cpu-out", service: { name: "carts", ecs } });
      expect((await both.reconcile("default", [wanted(), carts])).created).toHaveLength(2);
      expect([aws.wire.alarmNames(), far.alarmNames()]).toEqual([[NAME], [carts.name]]);
      const left = ["us-west-2", "xx-nowhere-1"];
      expect(await both.plan("default", [wanted()], left)).toMatchObject({ removed: [carts.name] });
      expect(await both.reconcile("default", [wanted()], left)).toMatchObject({
        removed: [carts.name],
        unchanged: 1,
        skipped: [{ name: "alarms in xx-nowhere-1", why: expect.stringContaining("ECONNREFUSED") }],
      });
      expect(far.alarmNames()).toEqual([]);
    } finally {
      await Promise.all([there.close(), nowhere.close()]);
      await far.close();
    }
  });

  test("what cannot be an alarm is skipped with a sentence and does not stop the others", async () => {
    const requests = wanted({ name: "headgate/test/default/orders-requests-out", metric: "requests" });
    const short = wanted({ name: "headgate/test/default/orders-short", periodMs: 10_000 });
    const changes = await alarms().reconcile("default", [requests, short, wanted()]);
    expect(changes).toMatchObject({ created: [NAME], skipped: [{ name: requests.name }, { name: short.name }] });
  });

  test("a rate is CloudWatch's sum of a period", async () => {
    const rate = wanted({
      service: balanced,
      metric: "requests",
      threshold: 100,
      periodMs: 5 * MINUTE,
      datapoints: 1,
      evaluationPeriods: 1,
    });
    await alarms().reconcile("default", [rate]);
    aws.wire.put("AWS/ApplicationELB", "RequestCount", alb, NOW + MINUTE, 30_000);
    expect(aws.wire.evaluate(NOW + 5 * MINUTE)).toMatchObject([{ state: "OK" }]);
    aws.wire.put("AWS/ApplicationELB", "RequestCount", alb, NOW + 6 * MINUTE, 30_001);
    expect(aws.wire.evaluate(NOW + 10 * MINUTE)).toMatchObject([{ state: "ALARM" }]);
  });

  test("story: three hot minutes are ALARM, one cool one is OK, silence is INSUFFICIENT_DATA and never calm", async () => {
    await alarms().reconcile("default", [wanted()]);
    const told: string[] = [];
    const values = [50, 90, 91, 92, 60, undefined, undefined, undefined, 50];
    for (const [minute, value] of values.entries()) {
      if (value !== undefined) aws.wire.put("AWS/ECS", "CPUUtilization", dimensions, NOW + minute * MINUTE, value);
      for (const { state } of aws.wire.evaluate(NOW + (minute + 1) * MINUTE)) told.push(`${minute}: ${state}`);
    }
    expect(told).toEqual(["0: OK", "3: ALARM", "4: OK", "7: INSUFFICIENT_DATA", "8: OK"]);
  });

  describe("of rules", () => {
    const RULE = "headgate/test/default/rule/FlinkJobDown-1";
    const PART = "headgate/test/default/part/FlinkJobDown-1";
    const metric = (name: string, given: Partial<WantedMetricAlarm> = {}): WantedMetricAlarm => ({
      kind: "metric",
      name,
      about: "FlinkJobDown of alert-rules.yml",
      namespace: "Flink",
      metric: "uptime",
      dimensions: { Job: "j" },
      statistic: "Average",
      comparison: "<=",
      threshold: 0,
      periodMs: MINUTE,
      datapoints: 2,
      evaluationPeriods: 2,
      missing: "ignore",
      ...given,
    });
    const both = (word: "all" | "any" = "all"): readonly WantedAlarm[] => {
      const parts = [metric(`${PART}-1`), metric(`${PART}-2`, { comparison: ">=" })];
      const children = parts.map(({ name }) => ({ alarm: name }));
      const rule = word === "all" ? { all: children } : { any: children };
      return [{ kind: "composite", name: RULE, about: "FlinkJobDown of alert-rules.yml", rule }, ...parts];
    };

    test("a metric by its address becomes an alarm, and is left alone when it is right", async () => {
      const one = metric(RULE, { missing: "breaching" });
      expect(await alarms().reconcile("default", [one])).toEqual({ ...nothing, created: [RULE] });
      expect(await alarms().reconcile("default", [one])).toEqual({ ...nothing, unchanged: 1 });
      expect(await alarms().reconcile("default", [{ ...one, threshold: 1 }])).toEqual({ ...nothing, updated: [RULE] });
      const client = await aws.clients.cloudwatch();
      const { describeAlarms } = await import("../../shared/edge/cloudwatch-calls.ts");
      expect((await describeAlarms(client, { AlarmNamePrefix: RULE })).MetricAlarms?.[0]).toMatchObject({
        AlarmDescription:
          'Made by Headgate for tenant default. FlinkJobDown of alert-rules.yml; "config apply" overwrites changes.',
        Namespace: "Flink",
        Dimensions: [{ Name: "Job", Value: "j" }],
        ComparisonOperator: "LessThanOrEqualToThreshold",
        TreatMissingData: "breaching",
      });
    });

    test("a composite alarm is made after its parts, changed with them and removed before them", async () => {
      const names = [`${PART}-1`, `${PART}-2`, RULE];
      expect(await alarms().reconcile("default", both())).toEqual({ ...nothing, created: names });
      expect(await alarms().reconcile("default", both())).toEqual({ ...nothing, unchanged: 3 });
      expect(await alarms().reconcile("default", both("any"))).toEqual({ ...nothing, updated: [RULE], unchanged: 2 });
      expect(await alarms().plan("default", [])).toEqual({ ...nothing, removed: names });
      aws.wire.resetCounts();
      expect(await alarms().reconcile("default", [])).toEqual({ ...nothing, removed: names });
      expect([aws.wire.alarmNames(), aws.wire.counts()["DeleteAlarms"]]).toEqual([[], 2]);
    });

    test("several composite alarms are removed one at a time, as CloudWatch wants it", async () => {
      const other = both().map((one): WantedAlarm => {
        const name = one.name.replace("FlinkJobDown-1", "Other-2");
        if (one.kind !== "composite") return { ...one, name };
        return { ...one, name, rule: { all: [{ alarm: "headgate/test/default/part/Other-2-1" }] } };
      });
      await alarms().reconcile("default", [...both(), ...other]);
      expect((await alarms().reconcile("default", [])).removed).toHaveLength(6);
      expect(aws.wire.alarmNames()).toEqual([]);
    });

    test("an alarm that becomes composite, and one that ceases to be, is made anew under its name", async () => {
      await alarms().reconcile("default", [metric(RULE)]);
      const parts = [`${PART}-1`, `${PART}-2`];
      expect(await alarms().reconcile("default", both())).toEqual({ ...nothing, created: parts, updated: [RULE] });
      expect(await alarms().reconcile("default", [metric(RULE)])).toEqual({
        ...nothing,
        updated: [RULE],
        removed: parts,
      });
      expect(await alarms().reconcile("default", [metric(RULE)])).toEqual({ ...nothing, unchanged: 1 });
      expect((await alarms().reconcile("default", [])).removed).toEqual([RULE]);
    });

    test("another's composite alarm under a wanted name is a conflict", async () => {
      aws.wire.putForeign({ AlarmName: RULE, AlarmRule: "FALSE" }, { [TENANT_TAG]: "other" });
      await expect(alarms().reconcile("default", both())).rejects.toMatchObject({ code: "config.conflict" });
      expect(aws.wire.alarmNames()).toEqual([RULE]);
    });

    test("story: equal to zero for two minutes, and neither above nor below it, is ALARM; silence changes nothing", async () => {
      await alarms().reconcile("default", both());
      const told: string[] = [];
      for (const [minute, value] of [5, 0, 0, undefined, undefined, -1, 0, 1].entries()) {
        if (value !== undefined) aws.wire.put("Flink", "uptime", { Job: "j" }, NOW + minute * MINUTE, value);
        for (const { name, state } of aws.wire.evaluate(NOW + (minute + 1) * MINUTE))
          if (name === RULE) told.push(`${minute}: ${state}`);
      }
      expect(told).toEqual(["0: OK", "2: ALARM", "5: OK"]);
    });
  });

  test("CloudWatch that does not answer is an error that may be tried again", async () => {
    await aws.wire.close();
    await expect(alarms().plan("default", [])).rejects.toMatchObject({ code: "samples.unavailable", retryable: true });
  });
});
