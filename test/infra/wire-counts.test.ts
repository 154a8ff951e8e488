import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handleAlarms } from "../../functions/autoscaling/alarm.ts";
import { sweep, tick } from "../../functions/autoscaling/schedule.ts";
import { awsRuntime } from "../../functions/runtime.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { readEnv } from "../../shared/shell/env.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Counts, counting, noCounts } from "./cost/counting.ts";
import { itemBytes } from "./cost/item-bytes.ts";
import { type FakeAws, fakeAws } from "./fake-aws.ts";

/**
 * The cost test counts calls of ports and says what they are in AWS's units. Here both are looked at in one run: what the
 * counting says, and what really went over the wire.
 */
const SERVICES = ["orders", "payments", "search"];
const YAML = [
  "version: 1",
  "services:",
  ...SERVICES.map((name) => `  ${name}: { ecs: { cluster: data, service: ${name} } }`),
  "autoscaling:",
  ...SERVICES.map((name) => `  ${name}: {}`),
].join("\n");

describe("what is counted for the bill", () => {
  let aws: FakeAws;
  let counts: Counts;
  let runtime: Runtime;
  const before = new Map<string, string | undefined>();

  beforeAll(async () => {
    aws = await fakeAws();
    for (const [name, value] of Object.entries(aws.env)) {
      before.set(name, process.env[name]);
      process.env[name] = value;
    }
    counts = noCounts();
    runtime = counting({ ...awsRuntime(readEnv(aws.env)), telemetry: silent }, counts);
    const parsed = parseConfig(YAML);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, "default", { ...parsed, text: YAML }, { by: "infra" });
    for (const name of SERVICES) {
      aws.ecs.add({ name, ecs: { cluster: "data", service: name } }, 2);
      aws.measured(name, name === "orders" ? 90 : 30, 35);
    }
    const at = Date.now();
    await handleAlarms(runtime, [{ name: "headgate/test/default/orders-cpu-out", state: "ALARM", at }]);
    await tick(runtime);
    await sweep(runtime, "default", { all: true });
  });

  afterAll(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await aws?.close();
  });

  it("is what went over the wire, call by call", () => {
    const wire = new Map<string, number>();
    for (const { action } of aws.front.take()) wire.set(action, (wire.get(action) ?? 0) + 1);
    const { calls } = counts;
    expect(aws.ecs.desired({ name: "orders", ecs: { cluster: "data", service: "orders" } })).toBe(3);
    expect(Object.fromEntries(wire)).toEqual({
      "dynamodb:GetItem": calls["store.load"],
      "dynamodb:UpdateItem": (calls["store.write"] ?? 0) + (calls["journal.outcome"] ?? 0),
      "dynamodb:PutItem": calls["journal.append"],
      // Eight partitions for what is due; one query for each list here.
      "dynamodb:Query": 8 * (calls["store.due"] ?? 0) + (calls["store.list"] ?? 0) + (calls["journal.list"] ?? 0),
      "s3:GetObject": counts.objectReads,
      "s3:PutObject": counts.objectWrites,
      // Reading again what is about to be changed is one more.
      "ecs:DescribeServices": counts.fleetReads + counts.fleetWrites,
      "ecs:UpdateService": 1,
      "cloudwatch:GetMetricData": calls["samples.read"],
      ...(counts.messagesSent > 0 ? { "sqs:SendMessage": counts.messagesSent } : {}),
      ...(counts.schedulesMade > 0 ? { "scheduler:CreateSchedule": counts.schedulesMade } : {}),
    });
    expect(aws.cloudwatch.metricsRead()).toBe(counts.metricsRead);
  });

  it("is what the clients themselves count for headgate cost self", () => {
    const own = runtime.usage?.counts() ?? {};
    expect(own).toMatchObject({
      metricsRead: counts.metricsRead,
      objectReads: counts.objectReads,
      objectWrites: counts.objectWrites,
    });
    // DynamoDB says what each took; what is counted here for the bill is an upper guess of it.
    for (const name of ["readUnits", "writeUnits"] as const) {
      expect(own[name] ?? 0, name).toBeGreaterThan(0.4 * counts[name]);
      expect(own[name] ?? 0, name).toBeLessThanOrEqual(1.3 * counts[name]);
    }
  });

  it("takes items for as large as they are stored, or a little larger", async () => {
    for (const subject of SERVICES) {
      const stored = await runtime.store.load({ tenant: "default", noun: "autoscaling", subject });
      const { Item } = await aws.dynalite.client.send(
        new GetItemCommand({
          TableName: aws.env["HEADGATE_TABLE"],
          Key: { pk: { S: "A#default/autoscaling" }, sk: { S: subject } },
        }),
      );
      const real = itemBytes(Item ?? {});
      expect(real).toBeGreaterThan(100);
      const taken = counts.itemBytes.get(`default/autoscaling/${subject}`) ?? 0;
      expect(taken).toBeGreaterThanOrEqual(real);
      expect(taken).toBeLessThan(real + 400);
      expect(stored).toBeDefined();
    }
  });
});

const silent: Runtime["telemetry"] = {
  log: () => {},
  count: () => {},
  gauge: () => {},
  observe: () => {},
  span: () => ({
    context: { traceId: "0".repeat(31).concat("1"), spanId: "0".repeat(15).concat("1"), sampled: false },
    set: () => {},
    fail: () => {},
    end: () => {},
  }),
  expose: () => "",
  flush: async () => {},
};
