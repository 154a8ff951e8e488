import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { shapes } from "../../functions/api/schemas.ts";
import { evaluateMetricRules } from "../../functions/monitoring/evaluate-metrics.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MetricRules } from "../../shared/core/monitoring/metric-rules-config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Answer } from "../api/kit.ts";
import { alerting, group, rulesWorld, sample, tenant } from "./given-world.ts";

const rules = [
  alerting("KafkaDown", 'up{job="kafka"} == 0', { forMs: 30_000, labels: { severity: "critical" } }),
  alerting("Lag", "lag > 1000", { annotations: { summary: "lag is {{ $value }}" } }),
  { record: "job:up:sum", expr: "sum by (job) (up)", labels: {} },
];

async function api(change: (runtime: Runtime) => Runtime = (runtime) => runtime) {
  const services = {
    orders: { alerts: v.parse(MetricRules, { slow: { condition: { metric_path: "performance.avg", threshold: 1 } } }) },
  };
  const w = await rulesWorld({ groups: [group("kafka.rules", rules)], services }, (expr, at) => {
    if (expr === "broken(") throw new HeadgateError("query.invalid", "1:8: unexpected end");
    if (expr.startsWith("up")) return [sample(0, { __name__: "up", instance: "a" })];
    if (expr.startsWith("odd")) return [sample(Number.NaN), sample(Infinity, { instance: "b" })];
    return [sample(at % 60_000 === 0 ? 2_000 : 1_500, { group: "billing" })];
  });
  const app = createApp({ runtime: change(w.runtime), access: "loopback" });
  const call = async (path: string, body?: unknown) => {
    const response = await app.request(`http://127.0.0.1:4180/api/v1/monitoring${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { host: "127.0.0.1:4180", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  return {
    ...w,
    call,
    shaped: async (shape: keyof typeof shapes, path: string, body?: unknown): Promise<Answer> => {
      const answer = await call(path, body);
      const parsed = v.safeParse(shapes[shape], answer.body);
      expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
      return answer.body;
    },
  };
}

describe("/api/v1/monitoring", () => {
  it("shows rules that were never evaluated as unknown, not as calm", async () => {
    const w = await api();
    const { groups } = await w.shaped("Rules", "/rules");
    expect(groups.map(({ name }: Answer) => name)).toEqual(["kafka.rules", "orders"]);
    for (const { rules: shown } of groups) {
      for (const { state, health } of shown) expect([state, health]).toEqual(["unknown", "unknown"]);
    }
  });

  it("evaluates on demand, then shows state, alerts and history of each rule", async () => {
    const w = await api();
    const evaluated = await w.shaped("RulesEvaluated", "/rules/evaluate", { why: "test" });
    expect(evaluated.items.map(({ reason }: Answer) => reason)).toEqual(["pending", "fired", undefined]);
    await evaluateMetricRules(w.runtime, { tenant, trigger: { type: "schedule" } }, [
      { service: "orders", at: w.clock.now(), metrics: { performance: { avg: 0.5 } } },
    ]);
    const { groups } = await w.shaped("Rules", "/rules");
    expect(
      groups
        .flatMap(({ rules: shown }: Answer) => shown)
        .map(({ name, state, health }: Answer) => [name, state, health]),
    ).toEqual([
      ["KafkaDown", "pending", "ok"],
      ["Lag", "firing", "ok"],
      ["job:up:sum", "inactive", "ok"],
      ["slow", "inactive", "ok"],
    ]);
    const { items } = await w.shaped("Alerts", "/alerts");
    expect(items.map(({ labels, state }: Answer) => [labels.alertname, state])).toEqual([
      ["Lag", "firing"],
      ["KafkaDown", "pending"],
    ]);
    const [, lag] = groups[0].rules;
    for (const wanted of [lag.id, encodeURIComponent(lag.subject)]) {
      const detail = await w.shaped("RuleDetail", `/rules/${wanted}`);
      expect(detail).toMatchObject({
        file: "rules.yml",
        group: "kafka.rules",
        alerts: [{ state: "firing", value: "2000", annotations: { summary: "lag is 2000" } }],
        history: [{ reason: "fired", acted: true, outcome: "one alert sent" }],
      });
      expect(detail.history[0].sentence).toBe('Lag{group="billing"} fires (value 2000)');
    }
  });

  it("a rule without an answer has the error and since when", async () => {
    const w = await api((runtime) => ({ ...runtime, queries: () => undefined }));
    await w.call("/rules/evaluate", {});
    const { groups } = await w.shaped("Rules", "/rules");
    expect(groups[0].rules[0]).toMatchObject({
      state: "unknown",
      health: "err",
      lastError: expect.stringContaining("nothing answers PromQL here"),
      failingSince: w.clock.now(),
    });
    expect(groups[0].rules[2]).toMatchObject({ health: "err" });
  });

  it("answers PromQL at an instant and over a time, with values that JSON has no numbers for", async () => {
    const w = await api();
    const { samples } = await w.shaped("Query", "/query?expr=odd");
    expect(samples.map(({ value }: Answer) => value)).toEqual(["NaN", "+Inf"]);
    const now = w.clock.now();
    const range = await w.shaped("QueryRange", `/query_range?expr=lag&from=${now - 60_000}&to=${now}&step=30s`);
    expect(range.series).toEqual([
      {
        labels: { group: "billing" },
        points: [
          { at: now - 60_000, value: "2000" },
          { at: now - 30_000, value: "1500" },
          { at: now, value: "2000" },
        ],
      },
    ]);
    expect((await w.shaped("QueryRange", "/query_range?expr=lag")).stepMs).toBe(15_000);
  });

  it.each([
    ["/rules/rul_nothing", 404, "rule.unknown"],
    ["/query", 400, "input.invalid"],
    ["/query?expr=broken(", 422, "query.invalid"],
    ["/query_range?expr=lag&from=2026-01-02&to=2026-01-01", 400, "input.invalid"],
    ["/query_range?expr=lag&from=2026-01-01&to=2026-01-05&step=1s", 400, "input.invalid"],
  ])("%s is %d %s", async (path, status, code) => {
    const w = await api();
    const answer = await w.call(path);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("an expression of more than 5,000 characters is refused", async () => {
    const w = await api();
    expect((await w.call(`/query?expr=${"x".repeat(5_001)}`)).body.code).toBe("input.invalid");
  });

  it("says how often a rule would have fired, with its own `for` and others, over what there is", async () => {
    const w = await api();
    const { groups } = await w.shaped("Rules", "/rules");
    const [down] = groups[0].rules;
    const now = w.clock.now();
    const ask = { rule: down.id, from: now - 600_000, to: now, for: ["0", "20m"], groupBy: "instance" };
    const view = await w.shaped("RuleBacktest", "/rules/backtest", ask);
    expect(view).toMatchObject({ expr: down.expr, stepMs: 15_000, series: 1, source: "scripted" });
    expect(view.rows.map(({ forMs, given, firings, firingMs }: Answer) => [forMs, given, firings, firingMs])).toEqual([
      [0, false, 1, 600_000],
      [30_000, true, 1, 570_000],
      [1_200_000, false, 0, 0],
    ]);
    expect(view.rows[1].groups).toMatchObject([{ value: "a", firings: 1 }]);
    expect(view.firings).toMatchObject([{ labels: { instance: "a" }, activeAt: now - 600_000 }]);
    const far = await w.call("/rules/backtest", { ...ask, from: now - 30 * 86_400_000 });
    expect([far.status, far.body.code]).toEqual([400, "input.invalid"]);
    const [, , recording] = groups[0].rules;
    expect((await w.call("/rules/backtest", { rule: recording.id })).body.code).toBe("rule.unknown");
  });

  it("where nobody answers PromQL, queries say so", async () => {
    const w = await api(({ queries: _, ...runtime }) => runtime);
    expect((await w.call("/query?expr=up")).body.code).toBe("query.unavailable");
  });

  it("has no targets where nothing is scraped, and those there are where something is", async () => {
    expect((await (await api()).shaped("Targets", "/targets")).items).toEqual([]);
    const target = {
      job: "kafka",
      url: "http://a:1/metrics",
      labels: { job: "kafka" },
      health: "up",
      samples: 3,
    } as const;
    const w = await api((runtime) => ({ ...runtime, targets: () => [target] }));
    expect((await w.shaped("Targets", "/targets")).items).toEqual([target]);
  });
});
