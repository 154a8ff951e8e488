import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../../functions/access/keys.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type AlertmanagerWire, alertmanagerWire } from "../fakes/alertmanager-wire.ts";
import { prometheusWire } from "../fakes/prometheus-wire.ts";
import type { AwsCall } from "./aws-front.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { alarmEvent, allowed, httpEvent } from "./deployed-kit.ts";
import { type FakeAws, fakeAws } from "./fake-aws.ts";
import { type Invoked, invoke } from "./invoke.ts";
import { FUNCTION, granted, one, roleOf } from "./read.ts";
import { type Synth, synth } from "./synth.ts";

/** The bundles of the parts that are switched on, as Lambda runs them, each call a cold start, over AWS's wire on loopback. */
const HANDLERS = {
  api: "functions/api/lambda.handler",
  ruleAlarm: "functions/monitoring/alarm.handler",
  rules: "functions/monitoring/schedule.handler",
  score: "functions/anomaly/schedule.handler",
  scorer: "functions/anomaly/queue.handler",
} as const;
type Name = keyof typeof HANDLERS;
const names = Object.keys(HANDLERS) as Name[];
const FUNCTION_OF: Readonly<Record<Name, string>> = {
  api: "ApiHandlerFunction",
  ruleAlarm: "RuleAlarmFunction",
  rules: "RulesFunction",
  score: "ScoreFunction",
  scorer: "ScorerFunction",
};

const RULES = `groups:
  - name: kafka
    rules:
      - alert: KafkaDown
        expr: up{job="kafka"} == 0
        for: 30s
        labels: { severity: critical }
        annotations: { summary: "Kafka {{ $labels.job }} is down" }
      - alert: JobDown
        expr: uptime{job_name="j"} == 0
`;

describe("the bundles of the parts, against AWS's wire", () => {
  let aws: FakeAws;
  let receiver: AlertmanagerWire;
  let key: string;
  let app: Synth;
  const bundles = new Map<Name, Bundle>();
  const calls = new Map<Name, AwsCall[]>();

  const call = async (name: Name, event: unknown): Promise<Invoked> => {
    aws.front.take();
    const env = { ...aws.env, HEADGATE_MONITORING: "on", HEADGATE_SCORES_URL: aws.timers.scoresUrl };
    const invoked = await invoke((bundles.get(name) as Bundle).entry, event, env);
    calls.set(name, [...(calls.get(name) ?? []), ...aws.front.take()]);
    expect(invoked.error, invoked.log.join("\n")).toBeUndefined();
    return invoked;
  };
  const apply = async (text: string, files: Record<string, string> = {}) => {
    const { result } = await call("api", httpEvent("POST", "/api/v1/config/apply", key, { text, files }));
    expect(result.statusCode, result.body).toBe(200);
    return JSON.parse(result.body);
  };
  const mapped = (more: string) => `version: 1
services: { orders: { ecs: { cluster: data, service: orders } } }
monitoring:
  rules: [rules.yml]
  alertmanagers: ["${receiver.endpoint}"]
${more}
  cloudwatch:
    up: { namespace: Shop, metric: Up, statistic: Minimum, dimensions: { job: Job } }
    uptime: { namespace: Flink, metric: Uptime, dimensions: { job_name: Job } }
`;

  beforeAll(async () => {
    const env = { HEADGATE_MONITORING: "on", HEADGATE_SCORING: "on" };
    app = await synth({ stage: "prod", env });
    for (const name of names) bundles.set(name, await bundle(HANDLERS[name], `parts-${name}`));
    [aws, receiver] = await Promise.all([fakeAws(), alertmanagerWire()]);
    const runtime = { store: aws.store, now: Date.now } as Runtime;
    key = (await createKey(runtime, { tenant: "default", name: "infra", scope: "admin", by: "infra" })).key;
    aws.ecs.add({ name: "orders", ecs: { cluster: "data", service: "orders" } }, 2);
  });
  afterAll(async () => void (await Promise.all([aws?.close(), receiver?.close()])));

  it("the API makes the alarms of rules, composite ones after their parts", async () => {
    const { alarms, warnings } = await apply(mapped(""), { "rules.yml": RULES });
    expect(warnings).toBeUndefined();
    expect(alarms.created).toEqual(aws.cloudwatch.alarmNames());
    expect(aws.cloudwatch.alarmNames().map((name) => name.replace(/[0-9a-f]{16}/, "#"))).toEqual([
      "headgate/test/default/part/JobDown-#-1",
      "headgate/test/default/part/JobDown-#-2",
      "headgate/test/default/rule/JobDown-#",
      "headgate/test/default/rule/KafkaDown-#",
    ]);
  });

  it("an alarm that goes off fires its rule, and the Alertmanager is told; it ends with it", async () => {
    const name = aws.cloudwatch.alarmNames().find((one) => one.includes("/rule/KafkaDown-")) ?? "";
    await call("ruleAlarm", alarmEvent(name, "ALARM"));
    expect(receiver.held()).toMatchObject([
      {
        labels: { alertname: "KafkaDown", job: "kafka", severity: "critical" },
        annotations: { summary: "Kafka kafka is down" },
      },
    ]);
    // While it fires an alert ends later, at once only when nobody repeats it.
    expect(receiver.held()[0]?.endsAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(Date.now());
    await call("ruleAlarm", alarmEvent(name, "OK"));
    expect(receiver.held()[0]?.endsAt).toBeLessThanOrEqual(Date.now());
  });

  it("rules that a Prometheus is asked for fire each minute's run, and the alarms go", async () => {
    const at = Date.now();
    const points = Array.from({ length: 60 }, (_, index) => ({ at: at - (60 - index) * 5_000, value: 0 }));
    const prometheus = await prometheusWire(() => [{ labels: { __name__: "uptime", job_name: "j" }, points }]);
    try {
      const text = mapped(`  prometheus: { url: "${prometheus.endpoint}" }`);
      const { alarms } = await apply(text, { "rules.yml": RULES });
      expect([alarms.removed.length, aws.cloudwatch.alarmNames()]).toEqual([4, []]);
      await call("rules", { kind: "minute" });
      expect(receiver.held()).toContainEqual(
        expect.objectContaining({ labels: { alertname: "JobDown", job_name: "j" } }),
      );
    } finally {
      await prometheus.close();
    }
  });

  it("scoring: the schedule names the shards, a worker scores them and keeps their baselines", async () => {
    aws.measured("orders", 40, 35);
    await apply(`version: 1
services: { orders: { ecs: { cluster: data, service: orders } } }
anomaly: { orders: { signals: { cpu: { metric: cpu, role: saturation, batch: 1m } } } }
`);
    await call("score", { kind: "score" });
    const bodies = aws.timers.takeScores();
    expect(bodies.map((body) => JSON.parse(body))).toMatchObject([{ tenant: "default", shard: 0, shards: 1 }]);
    const Records = bodies.map((body, index) => ({ messageId: `m${index}`, body }));
    const { result } = await call("scorer", { Records });
    expect(result).toEqual({ batchItemFailures: [] });
    const { log } = await call("scorer", { Records });
    expect(log.join("\n")).not.toContain('"level":"error"');
    await call("score", { kind: "tidy" });
  });

  it("makes no call that its function in the app is not allowed", () => {
    expect([...calls.keys()].sort()).toEqual([...names].sort());
    for (const [name, made] of calls) {
      expect(made.length, name).toBeGreaterThan(0);
      const grants = granted(roleOf(app, one(app, FUNCTION, FUNCTION_OF[name])));
      const refused = made.filter((request) => !allowed(grants, request));
      expect([...new Set(refused.map((request) => JSON.stringify(request)))], name).toEqual([]);
    }
  });
});
