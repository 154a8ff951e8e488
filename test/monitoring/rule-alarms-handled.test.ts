import { describe, expect, it } from "vitest";
import { handleRuleAlarms } from "../../functions/monitoring/alarm.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import { ruleAlarms } from "../../functions/monitoring/rule-alarms.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { alerting, group, rulesWorld, tenant } from "./given-world.ts";

const LAG = "rules.yml/kafka/Lag#0";
const rules = [
  alerting("Lag", 'kafka_consumer_lag_sum{group="billing"} > 1000', {
    forMs: 120_000,
    labels: { severity: "warning" },
    annotations: { summary: "{{ $labels.group }} is behind" },
  }),
  alerting("Clever", "sum by (job) (rate(x[5m])) / 2 > 1"),
];
const cloudwatch = {
  kafka_consumer_lag_sum: {
    namespace: "Streaming",
    metric: "Lag",
    statistic: "Maximum",
    period: 60_000,
    dimensions: { group: "ConsumerGroup" },
  },
} as const;

async function deployedWorld() {
  const w = await rulesWorld({ groups: [group("kafka", rules)], cloudwatch }, () => []);
  const runtime: Runtime = { ...w.runtime, stage: "prod", queries: () => undefined };
  const current = await currentConfig(runtime, tenant);
  const [made] = ruleAlarms(current?.config.monitoring, "prod", tenant).made;
  const notice = (state: "ALARM" | "OK" | "INSUFFICIENT_DATA", agoMs = 0, eventId = "event-1") => ({
    name: made?.name ?? "",
    state,
    at: w.clock.now() - agoMs,
    eventId,
  });
  return { ...w, runtime, notice };
}

describe("alarms that stand for rules", () => {
  it("fire and end the rule they were made from, once, however often the event comes", async () => {
    const w = await deployedWorld();
    const alarm = w.notice("ALARM", 2_000);
    const [handled] = await handleRuleAlarms(w.runtime, [alarm]);
    expect(handled).toMatchObject({ subject: LAG, result: { reason: "fired" } });
    await handleRuleAlarms(w.runtime, [alarm, alarm]);
    expect(w.inbox.sent()).toMatchObject([
      {
        labels: { alertname: "Lag", group: "billing", severity: "warning" },
        annotations: { summary: "billing is behind" },
        startsAt: alarm.at,
      },
    ]);
    const both = await handleRuleAlarms(w.runtime, [w.notice("OK", 1_000), w.notice("INSUFFICIENT_DATA", 1_500)]);
    expect(
      both.map(({ result }) => result.reason),
      "oldest first",
    ).toEqual(["held_alarm_no_data", "resolved"]);
  });

  it("changes that overtake each other end in the newest one", async () => {
    const w = await deployedWorld();
    await handleRuleAlarms(w.runtime, [w.notice("OK", 1_000)]);
    const [late] = await handleRuleAlarms(w.runtime, [w.notice("ALARM", 5_000)]);
    expect(late?.result.reason).toBe("held_too_late");
    expect(w.inbox.sent()).toEqual([]);
  });

  it("of nobody here, of another stage and of rules that have left are left alone", async () => {
    const w = await deployedWorld();
    const alarm = w.notice("ALARM");
    const others = [
      "",
      "headgate/prod/default/rule/Gone-0000000000000000",
      alarm.name.replace("/prod/", "/test/"),
      "mine",
    ];
    expect(
      await handleRuleAlarms(
        w.runtime,
        others.map((name) => ({ ...alarm, name })),
      ),
    ).toEqual([]);
    await w.apply({}, "cfg_2");
    expect(await handleRuleAlarms(w.runtime, [alarm])).toEqual([]);
  });

  it("a rule that another worker holds makes the event come again", async () => {
    const w = await deployedWorld();
    const store = { ...w.store, write: async () => ({ ok: false as const }) };
    await expect(handleRuleAlarms({ ...w.runtime, store }, [w.notice("ALARM")])).rejects.toMatchObject({
      code: "store.throttled",
      retryable: true,
    });
  });

  it("are not asked for by the schedule, which only tells again of what they fire", async () => {
    const w = await deployedWorld();
    await handleRuleAlarms(w.runtime, [w.notice("ALARM")]);
    for (let i = 0; i < 5; i += 1) {
      w.clock.advance(60_000);
      await evaluateRules(w.runtime, { tenant, trigger: { type: "schedule" } });
    }
    expect(w.inbox.sent().length, "once as it fired, then each minute between two looks").toBe(5);
    expect(await w.reasons(LAG)).toEqual(["fired"]);
    expect(await w.reasons("rules.yml/kafka/Clever#0"), "no alarm can stand for it").toEqual(["held_query_failed"]);
  });
});
