import { DescribeAlarmsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { CreateScheduleGroupCommand } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { handler } from "../../functions/autoscaling/alarm.ts";
import { wantedAlarms } from "../../functions/config/alarms.ts";
import { awsRuntime } from "../../functions/runtime.ts";
import { createTable } from "../../shared/edge/dynamodb-table.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { readEnv } from "../../shared/shell/env.ts";
import { createBucket, createServices, type Moto, moto, REGION } from "./moto.ts";
import { missing } from "./parts.ts";

const why = missing("moto");
const MINUTE = 60_000;
const TENANT = "default";
const STAGE = "peers";

const YAML = `
version: 1
services:
  orders:
    ecs: { cluster: data, service: orders-svc }
autoscaling:
  orders: { mode: act, min: 2, max: 5, policies: [{ type: instances }] }
`;

describe.skipIf(why)(`an alarm becomes an UpdateService, on moto server${why ? ` [skipped: ${why}]` : ""}`, () => {
  let server: Moto;
  const printed: string[] = [];
  beforeAll(async () => {
    server = await moto();
    vi.spyOn(process.stderr, "write").mockImplementation((text) => printed.push(String(text)) > 0);
    const env = {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      HEADGATE_AWS_ENDPOINT: server.part.endpoint,
      HEADGATE_TABLE: "headgate",
      HEADGATE_BUCKET: "headgate-bucket",
      HEADGATE_QUEUE_URL: `${server.part.endpoint}/123456789012/wakes`,
      HEADGATE_QUEUE_ARN: `arn:aws:sqs:${REGION}:123456789012:wakes`,
      HEADGATE_SCHEDULER_GROUP: "headgate",
      HEADGATE_SCHEDULER_ROLE_ARN: "arn:aws:iam::123456789012:role/scheduler",
      HEADGATE_TENANT: TENANT,
      HEADGATE_STAGE: STAGE,
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await server?.stop();
  });

  const desired = async () => {
    const ecs = await server.clients.ecs();
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: "data", services: ["orders-svc"] }));
    return services?.[0]?.desiredCount;
  };

  test("configuration applied, alarm made, alarm fires, one task more, decision kept with its why", async () => {
    const { clients } = server;
    await createServices(await clients.ecs(), "data", ["orders-svc"]);
    await createTable(await clients.dynamodb(), "headgate");
    await createBucket(await clients.s3(), "headgate-bucket");
    await (await clients.sqs()).send(new CreateQueueCommand({ QueueName: "wakes" }));
    await (await clients.scheduler()).send(new CreateScheduleGroupCommand({ Name: "headgate" }));
    const cloudwatch = await clients.cloudwatch();
    const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
    for (const [MetricName, Value] of [
      ["CPUUtilization", 91],
      ["MemoryUtilization", 40],
    ] as const)
      for (let back = 1; back <= 5; back++) {
        const Dimensions = [
          { Name: "ClusterName", Value: "data" },
          { Name: "ServiceName", Value: "orders-svc" },
        ];
        const datum = { MetricName, Dimensions, Timestamp: new Date(minute - back * MINUTE), Value };
        await cloudwatch.send(new PutMetricDataCommand({ Namespace: "AWS/ECS", MetricData: [datum] }));
      }

    const runtime = awsRuntime(readEnv(process.env));
    const parsed = parseConfig(YAML);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, TENANT, { ...parsed, text: YAML }, { by: "test" });
    await runtime.alarms?.reconcile(TENANT, wantedAlarms(parsed.config, STAGE, TENANT));
    const { MetricAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `headgate/${STAGE}/${TENANT}/orders-` }),
    );
    const alarm = MetricAlarms.find((one) => one.MetricName === "CPUUtilization");
    expect(alarm).toMatchObject({ Threshold: 75, Period: 60, TreatMissingData: "missing" });

    expect(await desired()).toBe(2);
    const event = {
      version: "0",
      id: "11111111-2222-4333-8444-555555555555",
      "detail-type": "CloudWatch Alarm State Change",
      source: "aws.cloudwatch",
      account: "123456789012",
      time: new Date().toISOString(),
      region: REGION,
      resources: [alarm?.AlarmArn],
      detail: {
        alarmName: alarm?.AlarmName,
        state: {
          value: "ALARM",
          reason: "Threshold Crossed",
          timestamp: new Date().toISOString().replace("Z", "+0000"),
        },
        previousState: { value: "OK", reason: "", timestamp: new Date(minute).toISOString().replace("Z", "+0000") },
      },
    };
    await handler(event);
    expect(await desired()).toBe(3);

    const { items } = await runtime.journal.list({
      tenant: TENANT,
      noun: "autoscaling",
      subject: "orders",
      acted: true,
    });
    expect(items).toHaveLength(1);
    const [record] = items;
    expect(record).toMatchObject({
      reason: "scaled_out",
      mode: "act",
      configVersion: parsed.version,
      trigger: { type: "alarm", id: event.id },
      actions: [{ type: "scale", desired: 3, expected: 2, direction: "out" }],
    });
    expect(record?.outcomes.flatMap((outcome) => outcome.results ?? [])).toMatchObject([{ status: "done" }]);
    expect(record?.trace.length).toBeGreaterThan(0);

    const lines = printed.flatMap((text) => text.trim().split("\n")).map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(
      expect.objectContaining({ decision: record?.id, reason: "scaled_out", level: "info" }),
    );

    // EventBridge delivers at least once: the same event again does nothing more.
    await handler(event);
    expect(await desired()).toBe(3);
    expect((await runtime.journal.list({ tenant: TENANT, subject: "orders", acted: true })).items).toHaveLength(1);
  });
});
