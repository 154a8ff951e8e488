import { describe, expect, it } from "vitest";
import type { ConfigAppliedView, ConfigPlanView } from "../../functions/api/views.ts";
import { receiversOf } from "../../functions/monitoring/receivers.ts";
import { ruleAlarms, ruleOfAlarm } from "../../functions/monitoring/rule-alarms.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { cloudwatchAlarms } from "../../shared/edge/cloudwatch-alarms.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { monitoringFrom } from "../../shared/shell/config-monitoring.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { world } from "../api/kit.ts";
import { manualClock } from "../fakes/clock.ts";
import { cloudwatchWire } from "../fakes/cloudwatch-wire.ts";
import { wireClients } from "../fakes/wire.ts";

const RULES = `groups:
  - name: kafka
    labels: { team: data }
    rules:
      - alert: KafkaDown
        expr: up{job="kafka"} == 0
        for: 30s
        labels: { severity: critical }
      - alert: JobDown
        expr: uptime{job_name="j"} == 0
        for: 1m
      - alert: TooMuch
        expr: sum by (topic) (rate(bytes_total[5m])) > 1e6
      - record: topic:bytes
        expr: sum by (topic) (bytes_total)
`;
const section = (more = "") => `
monitoring:
  rules: [rules.yml]
  cloudwatch:
    up: { namespace: Shop, metric: Up, statistic: Minimum, dimensions: { job: Job } }
    uptime: { namespace: Flink, metric: Uptime, dimensions: { job_name: Job } }
${more}`;
const YAML = `version: 1\n${section()}`;
const FILES = { "rules.yml": RULES };

function monitoring(text = YAML, files: Record<string, string> = FILES): MonitoringConfig {
  const parsed = parseConfig(text, { monitoring: monitoringFrom(givenFiles(files)) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  if (!parsed.config.monitoring) throw new Error("no monitoring");
  return parsed.config.monitoring;
}

describe("alarms of rules", () => {
  const { made, skipped } = ruleAlarms(monitoring(), "prod", "default");

  it("stand for the rules that allow it, under names that tell which", () => {
    expect(made.map(({ name }) => name.replace(/[0-9a-f]{16}/, "#"))).toEqual([
      "headgate/prod/default/rule/KafkaDown-#",
      "headgate/prod/default/rule/JobDown-#",
    ]);
    expect(made[0]?.wanted).toMatchObject([
      { kind: "metric", about: "Rule KafkaDown of rules.yml, group kafka", metric: "Up", missing: "breaching" },
    ]);
  });

  it("are composite where the rule is, with parts that have names of their own", () => {
    const [composite, ...parts] = made[1]?.wanted ?? [];
    expect(composite).toMatchObject({
      kind: "composite",
      name: made[1]?.name,
      rule: { all: parts.map(({ name }) => ({ alarm: name })) },
    });
    expect(parts.map(({ name }) => name.replace(/[0-9a-f]{16}/, "#"))).toEqual([
      "headgate/prod/default/part/JobDown-#-1",
      "headgate/prod/default/part/JobDown-#-2",
    ]);
  });

  it("say of every other alerting rule why there is none, and of recording rules nothing", () => {
    expect(skipped).toEqual([
      {
        name: expect.stringContaining("/rule/TooMuch-"),
        subject: expect.stringContaining("TooMuch"),
        why: "it is not known where CloudWatch has bytes_total: say so under monitoring.cloudwatch; it needs a Prometheus API to be asked (monitoring.prometheus)",
      },
    ]);
  });

  it("lead back to their rule with its own and its group's labels, by name, stage and tenant", () => {
    const name = made[0]?.name ?? "";
    const found = ruleOfAlarm(monitoring(), "prod", "default", name);
    expect(found).toMatchObject({
      labels: { job: "kafka" },
      config: { rule: { alert: "KafkaDown", labels: { team: "data", severity: "critical" } } },
    });
    expect(ruleOfAlarm(monitoring(), "prod", "other", name)).toBeUndefined();
    expect(ruleOfAlarm(monitoring(), "dev", "default", name)).toBeUndefined();
    expect(ruleOfAlarm(undefined, "prod", "default", name)).toBeUndefined();
  });

  it("are none where a Prometheus API is asked, and none for a group that looks into the past", () => {
    const asked = monitoring(`version: 1\n${section("  prometheus: { url: https://prometheus.example }")}`);
    expect(ruleAlarms(asked, "prod", "default")).toEqual({ made: [], skipped: [] });
    const late = monitoring(YAML, { "rules.yml": RULES.replace("name: kafka", "name: kafka\n    query_offset: 1m") });
    expect(ruleAlarms(late, "prod", "default").made).toEqual([]);
    expect(ruleAlarms(late, "prod", "default").skipped[0]?.why).toContain("no query_offset");
  });
});

describe("a configuration with rules", () => {
  const post = async <View>(w: Awaited<ReturnType<typeof world>>, path: string, yaml = YAML): Promise<View> => {
    const response = await w.post(path, { text: yaml, files: FILES });
    expect(response.status).toBe(200);
    return (await response.json()) as View;
  };

  it("is planned with their alarms and with what has none, and applied with them", async () => {
    const w = await world();
    const plan = await post<ConfigPlanView>(w, "/api/v1/config/plan");
    expect(plan.alarms.created).toHaveLength(4);
    expect(plan.alarms.skipped).toMatchObject([{ why: expect.stringContaining("bytes_total") }]);
    expect(plan.warnings).toBeUndefined();
    const applied = await post<ConfigAppliedView>(w, "/api/v1/config/apply");
    expect(applied.alarms).toEqual(plan.alarms);
    expect(w.reconciled.at(-1)).toEqual(plan.alarms.created);
  });

  it("makes no alarm that nobody would be told of, and warns, where the part is not deployed", async () => {
    const w = await world();
    Object.assign(w.runtime, { parts: { monitoring: false, scoring: false } });
    const yaml = `${YAML}anomaly: { orders: { signals: { cpu: { metric: cpu, role: saturation } } } }\nservices: { orders: { ecs: { cluster: c, service: s } } }\n`;
    const plan = await post<ConfigPlanView>(w, "/api/v1/config/plan", yaml);
    expect(plan.alarms.created).toEqual([]);
    expect(plan.warnings).toEqual([
      "monitoring is configured, and its part is not deployed here: deploy with HEADGATE_MONITORING=on",
      "anomaly is configured, and its part is not deployed here: deploy with HEADGATE_SCORING=on",
    ]);
    Object.assign(w.runtime, { parts: { monitoring: true, scoring: true } });
    expect((await post<ConfigPlanView>(w, "/api/v1/config/plan", yaml)).warnings).toBeUndefined();
  });

  it("has its alarms in CloudWatch after apply, and none any more when the rules have left", async () => {
    const wire = await cloudwatchWire();
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    try {
      const w = await world();
      const alarms: Runtime["alarms"] = cloudwatchAlarms({ client: clients.cloudwatch, stage: "local" });
      Object.assign(w.runtime, { alarms });
      await post(w, "/api/v1/config/apply");
      expect(wire.alarmNames().map((name) => name.split("/")[3])).toEqual(["part", "part", "rule", "rule"]);
      const again = await post<ConfigAppliedView>(w, "/api/v1/config/apply");
      expect(again.alarms).toMatchObject({ created: [], updated: [], removed: [], unchanged: 4 });
      const now = manualClock().now();
      wire.put("Shop", "Up", { Job: "kafka" }, now, 1);
      expect(wire.evaluate(now + 60_000)).toContainEqual(expect.objectContaining({ state: "OK" }));
      // The exporter falls silent: that is what the rule is there for.
      expect(wire.evaluate(now + 300_000)).toContainEqual(
        expect.objectContaining({ name: expect.stringContaining("/rule/KafkaDown-"), state: "ALARM" }),
      );
      await post(w, "/api/v1/config/apply", "version: 1\n");
      expect(wire.alarmNames()).toEqual([]);
    } finally {
      await clients.close();
      await wire.close();
    }
  });
});

describe("receivers of alerts", () => {
  it("are the configured Alertmanagers and those of prometheus.yml, each once", () => {
    const prometheus = `
alerting:
  alertmanagers:
    - path_prefix: /am
      static_configs: [{ targets: ["a:9093", "b:9093"] }]
    - static_configs: [{ targets: ["c:9093"] }]
`;
    const text = `version: 1
monitoring:
  scrape: prometheus.yml
  alertmanagers: [http://c:9093/, https://d/x]
`;
    expect(receiversOf(monitoring(text, { "prometheus.yml": prometheus }))).toEqual([
      "http://c:9093/api/v2/alerts",
      "https://d/x/api/v2/alerts",
      "http://a:9093/am/api/v2/alerts",
      "http://b:9093/am/api/v2/alerts",
    ]);
    expect(receiversOf(undefined)).toEqual([]);
  });
});
