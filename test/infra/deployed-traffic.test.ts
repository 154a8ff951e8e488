import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../../functions/access/keys.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readBackends } from "../../shared/shell/traffic-registry.ts";
import { NAMESPACE } from "../fakes/cloud-map-wire.ts";
import type { AwsCall } from "./aws-front.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { allowed, httpEvent } from "./deployed-kit.ts";
import { type FakeAws, fakeAws } from "./fake-aws.ts";
import { type Invoked, invoke } from "./invoke.ts";
import { FUNCTION, granted, one, roleOf } from "./read.ts";
import { type Synth, synth } from "./synth.ts";

/** The bundles of traffic, as Lambda runs them, each call a cold start, over AWS's wire on loopback. */
const HANDLERS = {
  api: "functions/api/lambda.handler",
  check: "functions/traffic/schedule.handler",
  checker: "functions/traffic/check-queue.handler",
  sync: "functions/traffic/sync.handler",
} as const;
type Name = keyof typeof HANDLERS;
const names = Object.keys(HANDLERS) as Name[];
const FUNCTION_OF: Readonly<Record<Name, string>> = {
  api: "ApiHandlerFunction",
  check: "TrafficCheckFunction",
  checker: "TrafficCheckerFunction",
  sync: "TrafficSyncFunction",
};
const ELB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
const RULE = `${ELB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`;
const group = (name: string) => `${ELB}:targetgroup/${name}/1`;
const REF = { name: "tasks", ecs: { cluster: "data", service: "tasks" } };

const CONFIG = `version: 1
services: { tasks: { ecs: { cluster: data, service: tasks } } }
traffic:
  mapped:
    discover: { cloudMap: { namespace: ${NAMESPACE}, service: mapped } }
    health: { every: 1m, timeout: 100ms }
  tasks:
    discover: { ecs: { port: 8080 } }
    versions: { v1: 95, v2: 5 }
    weights: { alb: { rule: "${RULE}", targetGroups: { v1: "${group("v1")}", v2: "${group("v2")}" } } }
`;

describe("the bundles of traffic, against AWS's wire", () => {
  let aws: FakeAws;
  let app: Synth;
  const bundles = new Map<Name, Bundle>();
  const calls = new Map<Name, AwsCall[]>();
  const call = async (name: Name, event: unknown): Promise<Invoked> => {
    aws.front.take();
    const env = { ...aws.env, HEADGATE_TRAFFIC: "on", HEADGATE_CHECKS_URL: aws.timers.scoresUrl };
    const invoked = await invoke((bundles.get(name) as Bundle).entry, event, env);
    calls.set(name, [...(calls.get(name) ?? []), ...aws.front.take()]);
    expect(invoked.error, invoked.log.join("\n")).toBeUndefined();
    return invoked;
  };
  const known = async (service: string) =>
    (await readBackends(aws.store, "default", service, Date.now())).map(({ host, source }) => [host, source]);

  beforeAll(async () => {
    app = await synth({
      stage: "prod",
      env: { HEADGATE_TRAFFIC: "on", HEADGATE_TRAFFIC_NAMESPACES: NAMESPACE, HEADGATE_TRAFFIC_LISTENERS: RULE },
    });
    for (const name of names) bundles.set(name, await bundle(HANDLERS[name], `traffic-${name}`));
    aws = await fakeAws();
    aws.ecs.add(REF, 2);
    aws.cloudMap.add("mapped", "i-1", { AWS_INSTANCE_IPV4: "192.0.2.1", AWS_INSTANCE_PORT: "80" });
    const groups = [
      { TargetGroupArn: group("v1"), Weight: 100 },
      { TargetGroupArn: group("v2"), Weight: 0 },
    ];
    aws.alb.put(RULE, [{ Type: "forward", Order: 1, ForwardConfig: { TargetGroups: groups } }]);
    const runtime = { store: aws.store, now: Date.now } as Runtime;
    const { key } = await createKey(runtime, { tenant: "default", name: "infra", scope: "admin", by: "infra" });
    const { result } = await call("api", httpEvent("POST", "/api/v1/config/apply", key, { text: CONFIG }));
    expect(result.statusCode, result.body).toBe(200);
    expect(JSON.parse(result.body).warnings).toBeUndefined();
  }, 120_000);
  afterAll(async () => aws?.close());

  it("a minute's sync registers what Cloud Map and ECS list, and sets the weights that are wanted", async () => {
    await call("sync", { kind: "sync" });
    expect(await known("mapped")).toEqual([["192.0.2.1", "cloudmap"]]);
    expect(await known("tasks")).toEqual([
      ["10.0.0.1", "ecs"],
      ["10.0.0.2", "ecs"],
    ]);
    expect(aws.alb.actions(RULE)).toMatchObject([{ ForwardConfig: { TargetGroups: [{ Weight: 95 }, { Weight: 5 }] } }]);
    aws.front.take();
    const { log } = await call("sync", { kind: "sync" });
    expect(log.join("\n")).not.toContain('"level":"error"');
  });

  it("a minute's checks, and those that a message names", async () => {
    await call("check", { kind: "check" });
    const body = JSON.stringify({ kind: "look", tenant: "default" });
    const { result } = await call("checker", { Records: [{ messageId: "m1", body }] });
    expect(result).toEqual({ batchItemFailures: [] });
  });

  it("makes no call that its function in the app is not allowed", () => {
    for (const [name, made] of calls) {
      expect(made.length, name).toBeGreaterThan(0);
      const grants = granted(roleOf(app, one(app, FUNCTION, FUNCTION_OF[name])));
      const refused = made.filter((request) => !allowed(grants, request));
      expect([...new Set(refused.map((request) => JSON.stringify(request)))], name).toEqual([]);
    }
    expect([...calls.keys()].sort()).toEqual([...names].sort());
  });
});
