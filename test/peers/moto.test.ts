import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTaskSetCommand, DeleteTaskSetCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { CreateScheduleGroupCommand, GetScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WantedMetricAlarm } from "../../shared/core/ports/alarms.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import { cloudwatchAlarms } from "../../shared/edge/cloudwatch-alarms.ts";
import { cloudwatchSamples } from "../../shared/edge/cloudwatch-samples.ts";
import { ecsFleet } from "../../shared/edge/ecs-fleet.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { scheduleName, sqsTimers } from "../../shared/edge/sqs-timers.ts";
import { fleetContract } from "../contract/fleet.ts";
import { objectsContract } from "../contract/objects.ts";
import { samplesContract } from "../contract/samples.ts";
import { timersContract } from "../contract/timers.ts";
import { breakable, createBucket, createServices, type Moto, moto } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");
const MINUTE = 60_000;
const ROLE = "arn:aws:iam::123456789012:role/scheduler";

describe.skipIf(why)(`on moto server${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  beforeAll(async () => {
    server = await moto();
  });
  afterAll(async () => server?.stop());

  objectsContract("S3 on moto", async () => {
    const bucket = server.fresh("headgate-objects");
    await createBucket(await server.clients.s3(), bucket);
    return { objects: s3Objects({ client: server.clients.s3, bucket }), close: async () => undefined };
  });

  fleetContract(
    "ECS on moto",
    async () => {
      const ecs = await server.clients.ecs();
      const cluster = server.fresh("data");
      await createServices(ecs, cluster, ["orders", "carts"]);
      const ref = (name: string) => ({ name, ecs: { cluster, service: name } });
      const source = breakable(server.clients.ecs, server.nobody.ecs);
      const sets: string[] = [];
      return {
        fleet: ecsFleet({ client: source.client, now: Date.now }),
        service: ref("orders"),
        other: ref("carts"),
        unknown: ref("nobody"),
        settle: async () => {
          for (const taskSet of sets.splice(0))
            await ecs.send(new DeleteTaskSetCommand({ cluster, service: "orders", taskSet, force: true }));
        },
        external: async (desiredCount) => {
          await ecs.send(new UpdateServiceCommand({ cluster, service: "orders", desiredCount }));
        },
        // moto has no rolling deployments that begin and end; task sets are how external ones look.
        startDeployment: async () => {
          for (let set = 0; set < 2; set++) {
            const input = { cluster, service: "orders", taskDefinition: "task" };
            const { taskSet } = await ecs.send(new CreateTaskSetCommand(input));
            sets.push(taskSet?.id ?? "");
          }
        },
        breakDown: source.breakDown,
        close: async () => undefined,
      };
    },
    { "an instance that has just been asked for is not ready": "moto runs new tasks at once; the wire fake ramps" },
  );

  const NAMES: Readonly<Record<string, string>> = { cpu: "CPUUtilization", memory: "MemoryUtilization" };
  samplesContract(
    "CloudWatch on moto",
    async () => {
      const cloudwatch = await server.clients.cloudwatch();
      const cluster = server.fresh("data");
      const now = Math.floor(Date.now() / MINUTE) * MINUTE;
      const source = breakable(server.clients.cloudwatch, server.nobody.cloudwatch);
      const ref = (name: string) => ({ name, ecs: { cluster, service: name } });
      return {
        samples: cloudwatchSamples({ client: source.client }),
        service: ref("orders"),
        other: ref("carts"),
        now,
        put: async (service, metric, at, value) => {
          const Dimensions = [
            { Name: "ClusterName", Value: cluster },
            { Name: "ServiceName", Value: service.name },
          ];
          const datum = { MetricName: NAMES[metric] ?? metric, Dimensions, Timestamp: new Date(at), Value: value };
          await cloudwatch.send(new PutMetricDataCommand({ Namespace: "AWS/ECS", MetricData: [datum] }));
        },
        breakDown: source.breakDown,
        close: async () => undefined,
      };
    },
    { "one query that fails hides no other, and has no points": "moto answers every metric; the wire fake fails some" },
  );

  test("requests and ready of a target group in one request: a minute without a count beside healthy targets is 0", async () => {
    const cloudwatch = await server.clients.cloudwatch();
    const now = Math.floor(Date.now() / MINUTE) * MINUTE;
    const [loadBalancer, targetGroup] = ["app/shop/1", `targetgroup/${server.fresh("orders")}/2`];
    const service = { name: "orders", ecs: { cluster: "data", service: "orders", loadBalancer, targetGroup } };
    const samples = cloudwatchSamples({ client: server.clients.cloudwatch });
    const read = async () => {
      const query = { service, stat: "avg", periodMs: MINUTE, from: now - 8 * MINUTE, to: now } as const;
      const answers = await samples.read(["requests", "ready"].map((metric) => ({ ...query, id: metric, metric })));
      return answers.map(({ status, points }) => [status, points.map(({ at, value }) => [(now - at) / MINUTE, value])]);
    };
    expect(await read()).toEqual([
      ["complete", []],
      ["complete", []],
    ]);
    const Dimensions = [
      { Name: "LoadBalancer", Value: loadBalancer },
      { Name: "TargetGroup", Value: targetGroup },
    ];
    const put = (MetricName: string, back: number, Value: number) => {
      const datum = { MetricName, Dimensions, Timestamp: new Date(now - back * MINUTE), Value };
      return cloudwatch.send(new PutMetricDataCommand({ Namespace: "AWS/ApplicationELB", MetricData: [datum] }));
    };
    await put("RequestCount", 6, 600);
    await put("RequestCount", 4, 300);
    for (const back of [6, 5, 4, 3]) for (const seen of [2, 3, 3]) await put("HealthyHostCount", back, seen);
    expect(await read()).toEqual([
      ["complete", [6, 5, 4, 3].map((back) => [back, { 6: 10, 4: 5 }[back] ?? 0])],
      ["complete", [6, 5, 4, 3].map((back) => [back, 3])],
    ]);
  });

  test("alarms are made with tags, left alone when equal, changed when not, removed when unwanted", async () => {
    const alarms = cloudwatchAlarms({ client: server.clients.cloudwatch, stage: "test" });
    const tenant = server.fresh("tenant");
    const wanted = {
      service: { name: "orders", ecs: { cluster: "data", service: "orders" } },
      name: `headgate/test/${tenant}/orders-cpu-out`,
      metric: "cpu",
      stat: "avg",
      comparison: ">",
      threshold: 75,
      periodMs: MINUTE,
      datapoints: 3,
      evaluationPeriods: 3,
    } as const;
    const { name } = wanted;
    const nothing = { created: [], updated: [], removed: [], unchanged: 0 };
    expect(await alarms.plan(tenant, [wanted])).toEqual({ ...nothing, created: [name] });
    expect(await alarms.reconcile(tenant, [wanted])).toEqual({ ...nothing, created: [name] });
    expect(await alarms.reconcile(tenant, [wanted])).toEqual({ ...nothing, unchanged: 1 });
    expect(await alarms.reconcile(tenant, [{ ...wanted, threshold: 80 }])).toEqual({ ...nothing, updated: [name] });
    expect(await alarms.reconcile(server.fresh("tenant"), [])).toEqual(nothing);
    expect(await alarms.reconcile(tenant, [])).toEqual({ ...nothing, removed: [name] });
    expect(await alarms.plan(tenant, [])).toEqual(nothing);
  });

  // moto has no PutCompositeAlarm; composite alarms are checked on the wire fake.
  test("the alarm of a rule is made by its metric's address, left alone when equal, changed when not", async () => {
    const alarms = cloudwatchAlarms({ client: server.clients.cloudwatch, stage: "test" });
    const tenant = server.fresh("tenant");
    const wanted: WantedMetricAlarm = {
      kind: "metric",
      name: `headgate/test/${tenant}/rule/KafkaDown-1`,
      about: "Rule KafkaDown",
      namespace: "Shop",
      metric: "Up",
      dimensions: { Job: "kafka" },
      statistic: "Minimum",
      comparison: "<=",
      threshold: 0,
      periodMs: MINUTE,
      datapoints: 2,
      evaluationPeriods: 2,
      missing: "breaching",
    };
    const { name } = wanted;
    const nothing = { created: [], updated: [], removed: [], unchanged: 0 };
    expect(await alarms.reconcile(tenant, [wanted])).toEqual({ ...nothing, created: [name] });
    expect(await alarms.reconcile(tenant, [wanted])).toEqual({ ...nothing, unchanged: 1 });
    expect(await alarms.reconcile(tenant, [{ ...wanted, missing: "missing" as const }])).toEqual({
      ...nothing,
      updated: [name],
    });
    expect(await alarms.reconcile(tenant, [])).toEqual({ ...nothing, removed: [name] });
  });

  /** Timers on moto's queue and scheduler, with names of their own. */
  const motoTimers = async () => {
    const [sqs, scheduler] = await Promise.all([server.clients.sqs(), server.clients.scheduler()]);
    const name = server.fresh("wakes");
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    await scheduler.send(new CreateScheduleGroupCommand({ Name: name }));
    const queues = breakable(server.clients.sqs, server.nobody.sqs);
    const schedules = breakable(server.clients.scheduler, server.nobody.scheduler);
    const options = { sqs: queues.client, scheduler: schedules.client, queueUrl: QueueUrl, roleArn: ROLE, group: name };
    const queueArn = `arn:aws:sqs:eu-central-1:123456789012:${name}`;
    const received = async (waitSeconds: number): Promise<Wake[]> => {
      const answer = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: waitSeconds, MaxNumberOfMessages: 10 }),
      );
      for (const { ReceiptHandle } of answer.Messages ?? [])
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      return (answer.Messages ?? []).map((message) => JSON.parse(message.Body ?? "") as Wake);
    };
    return {
      make: () => sqsTimers({ ...options, queueArn, now: Date.now }),
      queueArn,
      group: name,
      received,
      breakDown: async () => void (await Promise.all([queues.breakDown(), schedules.breakDown()])),
    };
  };

  const realTime = "moto keeps real time and fires no schedules; the wire fakes have a clock";
  timersContract(
    "SQS and Scheduler on moto",
    async () => {
      const { make, received, breakDown } = await motoTimers();
      return {
        timers: make(),
        now: Date.now,
        advance: async () => undefined,
        delivered: () => received(2),
        breakDown,
        close: async () => undefined,
      };
    },
    {
      "a wake in a minute comes then and not earlier": realTime,
      "a wake in 15 minutes exactly comes then and not earlier": realTime,
      "a wake in 15 minutes and a second comes then and not earlier": realTime,
      "a wake in three days comes then and not earlier": realTime,
      "fractions of a second are rounded to later, never to earlier": realTime,
      "the same key and instant set again is one wake": realTime,
      "one key at several instants, and several keys at one, all come": realTime,
      "keys arrive letter for letter, whatever is in them": realTime,
      "a wake that came may be set again for later": realTime,
    },
  );

  test("a wake of two seconds waits in the queue, and its key arrives letter for letter", async () => {
    const { make, received } = await motoTimers();
    const wake = { key: { tenant: "default", noun: "autoscaling", subject: 'a/b "c" <ü> 🦊' }, at: Date.now() + 2_000 };
    await make().wake(wake);
    expect(await received(0)).toEqual([]);
    expect(await received(10)).toEqual([wake]);
    expect(Date.now()).toBeGreaterThanOrEqual(wake.at);
  });

  test("a wake beyond 15 minutes is one schedule that deletes itself, also when two processes set it", async () => {
    const { make, queueArn, group } = await motoTimers();
    const wake = {
      key: { tenant: "default", noun: "autoscaling", subject: "orders" },
      at: Date.UTC(2100, 0, 1, 0, 0, 0, 1),
    };
    await make().wake(wake);
    await make().wake(wake);
    const scheduler = await server.clients.scheduler();
    const { Schedules } = await scheduler.send(new ListSchedulesCommand({ GroupName: group }));
    expect(Schedules?.map((schedule) => schedule.Name)).toEqual([scheduleName(wake)]);
    const made = await scheduler.send(new GetScheduleCommand({ GroupName: group, Name: scheduleName(wake) }));
    expect(made).toMatchObject({
      State: "ENABLED",
      ScheduleExpression: "at(2100-01-01T00:00:01)",
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: { Arn: queueArn, RoleArn: ROLE, Input: JSON.stringify(wake) },
    });
  });
});
