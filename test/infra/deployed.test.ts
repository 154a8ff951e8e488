import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../../functions/access/keys.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AwsCall } from "./aws-front.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { alarmEvent, allowed, httpEvent } from "./deployed-kit.ts";
import { type FakeAws, fakeAws } from "./fake-aws.ts";
import { type Invoked, invoke } from "./invoke.ts";
import { FUNCTION, granted, one, roleOf } from "./read.ts";
import { type Synth, synth } from "./synth.ts";

/**
 * The four bundles as Lambda runs them, each call a cold start, against AWS's wire protocols on loopback: a configuration
 * is applied through the API, CPU rises, the alarm it made goes off, and so on. The functions of the synthesised app must
 * be allowed every call that the bundles were seen making.
 */
const REF = { name: "orders", ecs: { cluster: "data", service: "orders" } };
const YAML = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
autoscaling:
  orders: { min: 2, max: 20 }
`;

/** Configuration from S3, state, fleet, measurements and a timer: five SDK clients, none of them with its whole service. */
const FIRST_EVENT_KB = 925;

type Name = "api" | "alarm" | "schedule" | "queue";
/** Function of the app by what was invoked. */
const FUNCTION_OF = {
  api: "ApiHandlerFunction",
  alarm: "AlarmFunction",
  tick: "TickFunction",
  sweep: "SweepFunction",
  queue: "TimerFunction",
};

describe("the bundles against AWS's wire", () => {
  let aws: FakeAws;
  let key: string;
  let app: Synth;
  const bundles = new Map<Name, Bundle>();
  /** Calls by function, over all tests. */
  const calls = new Map<string, AwsCall[]>();

  /** The first event that each function met; a cold start with everything it takes to answer. */
  const first = new Map<string, Invoked>();

  const call = async (name: Name, as: keyof typeof FUNCTION_OF, event: unknown): Promise<Invoked> => {
    aws.front.take();
    const invoked = await invoke((bundles.get(name) as Bundle).entry, event, aws.env);
    // A request without a key is no measure.
    if (invoked.result?.statusCode !== 401 && !first.has(as)) first.set(as, invoked);
    calls.set(as, [...(calls.get(as) ?? []), ...aws.front.take()]);
    return invoked;
  };
  const http = async (method: string, path: string, body?: unknown) => {
    const { result, error, log } = await call("api", "api", httpEvent(method, path, key, body));
    if (error) throw new Error(error);
    return { status: result.statusCode as number, body: JSON.parse(result.body || "null"), log };
  };

  beforeAll(async () => {
    app = await synth({ stage: "prod" });
    for (const [name, handler] of [
      ["api", "functions/api/lambda.handler"],
      ["alarm", "functions/autoscaling/alarm.handler"],
      ["schedule", "functions/autoscaling/schedule.handler"],
      ["queue", "functions/autoscaling/queue.handler"],
    ] as const) {
      bundles.set(name, await bundle(handler, `deployed-${name}`));
    }
    aws = await fakeAws();
    const runtime = { store: aws.store, now: Date.now } as Runtime;
    key = (await createKey(runtime, { tenant: "default", name: "infra", scope: "admin", by: "infra" })).key;
    aws.ecs.add(REF, 2);
  });

  afterAll(() => aws?.close());

  it("the API refuses a call without a key", async () => {
    const { result } = await call("api", "api", httpEvent("GET", "/api/v1/services"));
    expect(result.statusCode).toBe(401);
  });

  it("the API applies a configuration and makes its alarms", async () => {
    const { status, body } = await http("POST", "/api/v1/config/apply", { text: YAML });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(aws.cloudwatch.alarmNames()).toEqual([
      "headgate/test/default/orders-cpu-out",
      "headgate/test/default/orders-memory-out",
    ]);
  });

  it("the alarm function scales the service out when its alarm goes off", async () => {
    aws.measured("orders", 90, 35);
    const changes = aws.cloudwatch.evaluate(Date.now()).filter(({ state }) => state === "ALARM");
    expect(changes.map(({ name }) => name)).toEqual(["headgate/test/default/orders-cpu-out"]);
    const { error, log } = await call("alarm", "alarm", alarmEvent("headgate/test/default/orders-cpu-out", "ALARM"));
    expect(error).toBeUndefined();
    expect(aws.ecs.desired(REF)).toBe(3);
    expect(log.join("\n")).toContain('"reason":"scaled_out"');
  });

  it("the same alarm change delivered twice leaves the world as once", async () => {
    await call("alarm", "alarm", alarmEvent("headgate/test/default/orders-cpu-out", "ALARM"));
    expect(aws.ecs.desired(REF)).toBe(3);
  });

  it("the timer function takes the wakes that were set, in Lambda's form", async () => {
    const schedules = aws.timers.schedules().map(({ input }) => (input["Target"] as { Input: string }).Input);
    const bodies = [...aws.timers.take().map(({ body }) => body), ...schedules];
    const wake = JSON.stringify({ key: { tenant: "default", noun: "autoscaling", subject: "orders" }, at: Date.now() });
    const Records = [...bodies, wake, "not a wake"].map((body, index) => ({ messageId: `m${index}`, body }));
    const { result, error } = await call("queue", "queue", { Records });
    expect(error).toBeUndefined();
    expect(result.batchItemFailures).toEqual([{ itemIdentifier: `m${Records.length - 1}` }]);
  });

  it("the tick reports each time how many decisions are overdue, which its alarm waits for", async () => {
    const { error, printed } = await call("schedule", "tick", { kind: "tick" });
    expect(error).toBeUndefined();
    // On standard output, as a line of its own: CloudWatch finds metrics in what Lambda passes on as it is.
    const metrics = printed.map((line) => JSON.parse(line)).filter((line) => line._aws && "DecisionsOverdue" in line);
    expect(metrics).toHaveLength(1);
    // The very metric of the alarm in stacks/alarms.ts: no dimensions.
    expect(metrics[0]._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: "Headgate",
      Dimensions: [[]],
      Metrics: [{ Name: "DecisionsOverdue" }],
    });
    expect(metrics[0].DecisionsOverdue).toBe(0);
  });

  it("the sweep looks at services and ends well", async () => {
    const { error } = await call("schedule", "sweep", { kind: "sweep" });
    expect(error).toBeUndefined();
  });

  it("the API tells what was decided, and operates", async () => {
    const decisions = await http("GET", "/api/v1/decisions?limit=50");
    expect(decisions.body.items.map((item: { reason: string }) => item.reason)).toContain("scaled_out");
    const services = await http("GET", "/api/v1/services");
    expect(services.body.items).toMatchObject([{ name: "orders", status: { desired: 3 } }]);
    const health = await http("GET", "/health");
    expect(health.status).toBe(200);
    const keys = await http("POST", "/api/v1/access/keys", { name: "short-lived", scope: "read" });
    expect(keys.status, JSON.stringify(keys.body)).toBe(201);
    const revoked = await call("api", "api", httpEvent("DELETE", `/api/v1/access/keys/${keys.body.id}`, key));
    expect(revoked.result.statusCode).toBe(204);
    const evaluated = await http("POST", "/api/v1/autoscaling/orders/evaluate", {});
    expect(evaluated.status, JSON.stringify(evaluated.body)).toBe(200);
  });

  it("removes the alarms of a service that left the configuration", async () => {
    const { status, body } = await http("POST", "/api/v1/config/apply", {
      text: "version: 1\nservices: {}\nautoscaling: {}\n",
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(aws.cloudwatch.alarmNames()).toEqual([]);
  });

  it("makes no call that its function in the app is not allowed", () => {
    for (const [as, made] of calls) {
      expect(made.length, as).toBeGreaterThan(0);
      const grants = granted(roleOf(app, one(app, FUNCTION, FUNCTION_OF[as as keyof typeof FUNCTION_OF])));
      const refused = made.filter((request) => !allowed(grants, request));
      expect([...new Set(refused.map((request) => JSON.stringify(request)))], as).toEqual([]);
    }
  });

  it("loads no more than it needs to answer its first event", () => {
    const rows = [...first].map(([as, { initBytes, loadedBytes, importMs, invokeMs }]) =>
      [
        as.padEnd(8),
        (initBytes / 1024).toFixed(0).padStart(8),
        (loadedBytes / 1024).toFixed(0).padStart(12),
        (importMs + invokeMs).toFixed(0).padStart(10),
      ].join(""),
    );
    console.log(
      ["cold start with its first event", "function init KB   by answer    ms (one run)", ...rows].join("\n"),
    );
    for (const [as, { loadedBytes }] of first) expect(loadedBytes / 1024, as).toBeLessThanOrEqual(FIRST_EVENT_KB);
  });

  it("loads no client of Kafka, and none of what only backups ask, before somebody asks them", () => {
    const heavy = /^@platformatic\/kafka$|^@aws-sdk\/client-(kafka|kms|ssm|secrets-manager)$/;
    const of = (name: Name, files: readonly string[]) =>
      files.flatMap((file) => [...((bundles.get(name) as Bundle).packages.get(file) ?? [])]);
    for (const [as, { loaded }] of first) {
      const name = as === "tick" || as === "sweep" ? "schedule" : (as as Name);
      const packages = of(name, loaded);
      expect(packages, as).toContain("valibot");
      expect(
        packages.filter((one) => heavy.test(one)),
        as,
      ).toEqual([]);
      // They are in the bundle, so the check above can fail.
      expect(
        [...(bundles.get(name) as Bundle).sizes.keys()].filter((file) =>
          of(name, [file]).some((one) => heavy.test(one)),
        ),
        as,
      ).not.toEqual([]);
    }
  });

  it("would notice a call that is not allowed", () => {
    const grants = granted(roleOf(app, one(app, FUNCTION, "AlarmFunction")));
    expect(allowed(grants, { action: "dynamodb:Query", index: "gsi1" })).toBe(true);
    expect(allowed(grants, { action: "dynamodb:Query" })).toBe(false);
    expect(allowed(grants, { action: "dynamodb:Scan" })).toBe(false);
    expect(allowed(grants, { action: "s3:GetObject", object: "config/default/1.json" })).toBe(true);
    expect(allowed(grants, { action: "s3:GetObject", object: "journal/1.ndjson" })).toBe(false);
    expect(allowed(grants, { action: "cloudwatch:PutMetricAlarm" })).toBe(false);
  });
});
