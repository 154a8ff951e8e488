import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { alarmState } from "../../local/alarms.ts";
import { type AlarmCondition, type MetricCondition, metricsOf } from "../../shared/core/monitoring/alarm-condition.ts";
import { type ActiveAlerts, lookAtAlerts } from "../../shared/core/monitoring/alert-state.ts";
import { type CompiledAlarm, compileAlarm } from "../../shared/core/monitoring/compile-alarm.ts";
import { evaluateInstant } from "../../shared/core/monitoring/promql/evaluate.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import { type AlertingRule, isAlerting } from "../../shared/core/monitoring/types.ts";
import { SERVICE_NAMESPACE } from "../../shared/shell/emf.ts";

const MINUTE = 60_000;
const metric = (name: string, dimensions: Record<string, string> = {}, more: object = {}) =>
  ({ namespace: "Shop", metric: name, statistic: "Average", period: MINUTE, dimensions, ...more }) as const;
const METRICS = {
  up: metric("Up", { job: "Job" }, { statistic: "Minimum" }),
  lag: metric("SumOffsetLag", { group: "Consumer Group", topic: "Topic" }, { statistic: "Maximum" }),
  uptime: metric("Uptime", { job_name: "Job" }),
  busy: metric("Busy", { job_name: "Job" }),
  slow: metric("Slow", {}, { period: 5 * MINUTE }),
  odd: metric("Odd", {}, { period: 90_000 }),
  received: metric("NumberOfMessagesReceived", { queue: "QueueName" }, { statistic: "Sum" }),
};

const rule = (expr: string, more: Partial<AlertingRule> = {}): AlertingRule => ({
  alert: "A",
  expr,
  forMs: 0,
  keepFiringForMs: 0,
  labels: {},
  annotations: {},
  ...more,
});

function compile(given: AlertingRule): CompiledAlarm {
  const parsed = parsePromql(given.expr);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return compileAlarm(given, parsed.expr, METRICS);
}

function condition(expr: string, more: Partial<AlertingRule> = {}): AlarmCondition {
  const compiled = compile(rule(expr, more));
  if (!compiled.ok) throw new Error(compiled.why);
  return compiled.condition;
}

const why = (expr: string, more: Partial<AlertingRule> = {}): string => {
  const compiled = compile(rule(expr, more));
  return compiled.ok ? "" : compiled.why;
};

const LAG = 'lag{group="g",topic="t"}';

describe("a rule that is an alarm", () => {
  test("a metric above a number for two minutes: three points in a row, labels as dimensions", () => {
    expect(compile(rule(`${LAG} > 1000`, { forMs: 2 * MINUTE }))).toEqual({
      ok: true,
      labels: { group: "g", topic: "t" },
      condition: {
        kind: "metric",
        namespace: "Shop",
        metric: "SumOffsetLag",
        dimensions: { "Consumer Group": "g", Topic: "t" },
        statistic: "Maximum",
        comparison: ">",
        threshold: 1000,
        periodMs: MINUTE,
        datapoints: 3,
        evaluationPeriods: 3,
        missing: "missing",
      },
    });
  });

  test.each([
    [`1000 < ${LAG}`, ">", 1000],
    [`1000 >= ${LAG}`, "<=", 1000],
    [`(${LAG}) < (5 * 60)`, "<", 300],
    [`${LAG} >= -1e3 / 4`, ">=", -250],
  ])("%s is %s %d", (expr, comparison, threshold) => {
    expect(condition(expr)).toMatchObject({ comparison, threshold });
  });

  test.each([
    [0, 1],
    [30_000, 1],
    [MINUTE, 2],
    [90_000, 2],
    [5 * MINUTE, 6],
  ])("for %d ms needs %d points of a minute", (forMs, points) => {
    expect(condition(`${LAG} > 1`, { forMs })).toMatchObject({ datapoints: points, evaluationPeriods: points });
  });

  test.each([
    [`avg(${LAG}) > 1`, "Average", {}],
    [`min by (group) (${LAG}) > 1`, "Minimum", { group: "g" }],
    [`max without (group) (${LAG}) > 1`, "Maximum", { topic: "t" }],
    ['sum(received{queue="q"}) > 1', "Sum", {}],
  ])("%s is the statistic %s", (expr, statistic, labels) => {
    expect(compile(rule(expr))).toMatchObject({ labels, condition: { statistic } });
  });

  test.each([
    ['up{job="kafka"} == 0', "<="],
    ['up{job="kafka"} != 1', "<"],
    ['up{job="kafka"} < 1', "<"],
  ])("%s is one alarm, and a target that is silent is down", (expr, comparison) => {
    expect(condition(expr)).toMatchObject({ kind: "metric", comparison, missing: "breaching" });
  });

  test("equal to a number is at most and at least it, in a composite alarm that holds when data is missing", () => {
    const at = (comparison: string) => ({ kind: "metric", comparison, threshold: 0, datapoints: 2, missing: "ignore" });
    expect(condition('uptime{job_name="j"} == 0', { forMs: MINUTE })).toMatchObject({
      kind: "all",
      of: [at("<="), at(">=")],
    });
  });

  test("unequal to a number is below or above it", () => {
    const parts = [{ comparison: "<" }, { comparison: ">" }];
    expect(condition('uptime{job_name="j"} != 5')).toMatchObject({ kind: "any", of: parts });
  });

  test("absent() is a period without samples", () => {
    expect(compile(rule('absent(up{job="kafka"})', { forMs: MINUTE }))).toMatchObject({
      labels: { job: "kafka" },
      condition: { statistic: "SampleCount", comparison: "<", threshold: 1, missing: "breaching", datapoints: 2 },
    });
  });

  test("and, or and their nesting become composite alarms, flat where they are the same", () => {
    const [a, b] = ['uptime{job_name="j"} > 1', 'busy{job_name="j"} > 2'];
    expect(condition(`${a} and ${b} and ${a}`, { forMs: MINUTE })).toMatchObject({ kind: "all", of: [{}, {}, {}] });
    expect(condition(`${a} or ${b}`)).toMatchObject({ kind: "any", of: [{ threshold: 1 }, { threshold: 2 }] });
    expect(condition(`${a} and (${b} or ${a})`)).toMatchObject({ kind: "all", of: [{}, { kind: "any" }] });
  });

  test("sides that on() or ignoring() bring together do meet", () => {
    expect(condition(`${LAG} > 1 and on() slow > 2`)).toMatchObject({ kind: "all" });
    expect(condition(`${LAG} > 1 and ignoring(group, topic) slow > 2`)).toMatchObject({ kind: "all" });
  });

  test("the service metrics are known without being mapped", () => {
    const labels = { service_name: "orders", container_id: "c" };
    expect(compile(rule('data_service_cpu_usage_percent{service_name="orders",container_id="c"} > 90'))).toMatchObject({
      labels,
      condition: {
        namespace: SERVICE_NAMESPACE,
        metric: "data_service_cpu_usage_percent",
        dimensions: labels,
        statistic: "Average",
      },
    });
  });

  test.each([
    ["increase", 300_000, 10],
    ["rate", 300_000, 3_000],
  ])("%s() of a counter of the client is the sum of its increments", (call, periodMs, threshold) => {
    const errors = 'data_processing_errors_total{service_name="s",error_type="e",severity="v"}';
    expect(condition(`sum(${call}(${errors}[5m])) > 10`)).toMatchObject({
      statistic: "Sum",
      periodMs,
      threshold,
      missing: "notBreaching",
      datapoints: 1,
    });
  });
});

test("the platform's five rules are alarms where CloudWatch has their metrics", () => {
  const flink = { namespace: "Flink", period: MINUTE, statistic: "Maximum", dimensions: {} } as const;
  const names = [
    "flink_jobmanager_job_uptime",
    "flink_jobmanager_job_lastCheckpointDuration",
    "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
  ];
  const metrics = {
    up: METRICS.up,
    kafka_consumer_lag_sum: metric("SumOffsetLag"),
    ...Object.fromEntries(names.map((name) => [name, { ...flink, metric: name }])),
  };
  const read = readRuleFile(parseYaml(readFileSync("examples/rules/platform.yml", "utf8")), "platform.yml");
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const alarms = read.groups.flatMap((group) =>
    group.rules.filter(isAlerting).map((one) => {
      const parsed = parsePromql(one.expr);
      const compiled = parsed.ok ? compileAlarm(one, parsed.expr, metrics) : undefined;
      if (!compiled?.ok) return `${one.alert}: ${compiled?.why}`;
      const parts = metricsOf(compiled.condition);
      return `${one.alert}: ${parts.map(({ comparison, threshold, datapoints }) => `${comparison} ${threshold} × ${datapoints}`).join(" and ")}`;
    }),
  );
  expect(alarms).toEqual([
    "KafkaDown: <= 0 × 1",
    "KafkaConsumerLag: > 1000 × 3",
    "FlinkJobDown: <= 0 × 2 and >= 0 × 2",
    "FlinkHighCheckpointDuration: > 300000 × 6",
    "FlinkBackpressure: > 0 × 3",
  ]);
});

describe("a rule that is none, and why", () => {
  const errors = 'data_processing_errors_total{service_name="s",error_type="e",severity="v"}';
  test.each<[string, string, Partial<AlertingRule>?]>([
    ["kafka_lag > 5", "say so under monitoring.cloudwatch"],
    ['lag{group="g"} > 5', "needs a value for topic="],
    ['lag{group="g",topic=""} > 5', "needs a value for topic="],
    ['lag{group="g",topic=~"t.*"} > 5', "exact values"],
    ['lag{group="g",topic="t",zone="z"} > 5', "zone of lag is no dimension"],
    [`${LAG} offset 5m > 5`, "present"],
    [`${LAG} @ 0 > 5`, "present"],
    [`${LAG} > bool 5`, "always fires"],
    [`${LAG}`, "compares a metric with a number"],
    [`${LAG} > ${LAG}`, "compares a metric with a number"],
    [`${LAG} / 2 > 5`, "compares a metric with a number"],
    [`${LAG} > Inf`, "cannot be a threshold"],
    [`${LAG} > 5 unless ${LAG} > 9`, "unless has no counterpart"],
    [`count(${LAG}) > 5`, "count() has no counterpart"],
    [`sum(${LAG}) > 5`, "statistic: Sum"],
    [`abs(${LAG}) > 5`, "abs() has no counterpart"],
    [`absent(sum(${LAG}))`, "not for an expression"],
    ["odd > 5", "whole minutes"],
    [`${LAG} > 5`, "looks back over a day", { forMs: 24 * 60 * MINUTE }],
    [`${LAG} > 5`, "keep_firing_for", { keepFiringForMs: MINUTE }],
    ['uptime{job_name="j"} != 5', "above in one and below", { forMs: MINUTE }],
    ['uptime{job_name="j"} > 1 or busy{job_name="j"} > 1', "which two alarms cannot tell", { forMs: MINUTE }],
    [`${LAG} > 1 and slow > 2`, "so it never holds"],
    [`${LAG} > 1 or slow > 2`, "write two rules"],
    [`${LAG} > 1 or on() slow > 2`, "write two rules"],
    [`${errors} > 10`, "not its total"],
    [`rate(${LAG}[5m]) > 10`, "as increments"],
    [`rate(${errors}[5m]) > 10`, "slides over its window", { forMs: MINUTE }],
    [`rate(${errors}[5m]) < 10`, "look alike"],
    [`max(rate(${errors}[5m])) > 10`, "is not max() over series"],
    [`increase(${errors}[90s]) > 10`, "whole minutes"],
  ])("%s: …%s…", (expr, words, more) => {
    expect(why(expr, more)).toContain(words);
  });
});

/** State of a condition by the local evaluator, composite ones by the states of their parts. */
function inAlarm(given: AlarmCondition, values: (of: MetricCondition) => readonly number[]): boolean {
  if (given.kind !== "metric") {
    const states = given.of.map((one) => inAlarm(one, values));
    return given.kind === "all" ? states.every(Boolean) : states.some(Boolean);
  }
  const { metric: name, statistic: _, ...spec } = given;
  return alarmState({ ...spec, name, metric: name, stat: "avg", purpose: "out" }, values(given)) === "ALARM";
}

describe("the alarm and the rule", () => {
  const EVERY = 15_000;
  const START = 1_700_000_040_000;
  const operator = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
  const term = (name: string) =>
    fc
      .tuple(operator, fc.integer({ min: 0, max: 2 }), fc.constantFrom("plain", "mirrored", "max", "min", "avg"))
      .map(([op, than, shape]) => {
        const selector = `${name}{job_name="j"}`;
        const swapped = op.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<"));
        if (shape === "mirrored") return `${than} ${swapped} ${selector}`;
        return `${shape === "plain" ? selector : `${shape} by (job_name) (${selector})`} ${op} ${than}`;
      });
  const expression = fc.oneof(
    term("uptime"),
    fc.tuple(term("uptime"), fc.constantFrom("and", "or"), term("busy")).map((parts) => parts.join(" ")),
    fc.tuple(term("uptime"), term("busy"), term("uptime")).map(([a, b, c]) => `${a} and (${b} and ${c})`),
  );
  const point = fc.record({ uptime: fc.integer({ min: -1, max: 3 }), busy: fc.integer({ min: -1, max: 3 }) });

  test("agree: at the end of each period the alarm is what the rule was at its last look in it", () => {
    let compared = 0;
    let firing = 0;
    fc.assert(
      fc.property(
        expression,
        fc.integer({ min: 0, max: 16 }).map((steps) => steps * EVERY),
        fc.array(point, { minLength: 8, maxLength: 24 }),
        (text, forMs, points) => {
          const compiled = compile(rule(text, { forMs }));
          const parsed = parsePromql(text);
          fc.pre(compiled.ok && parsed.ok);
          if (!compiled.ok || !parsed.ok) return;
          const source = memorySource(
            (["uptime", "busy"] as const).map((name) => ({
              labels: { __name__: name, job_name: "j" },
              points: points.map((values, period) => ({ at: START + period * MINUTE, value: values[name] })),
            })),
          );
          let alerts: ActiveAlerts = {};
          for (const period of points.keys()) {
            const start = START + period * MINUTE;
            for (let at = start; at < start + MINUTE; at += EVERY) {
              const value = evaluateInstant(parsed.expr, source, at);
              if (value.type !== "vector") throw new Error(`${text} gives a ${value.type}`);
              const seen = new Map(
                value.samples.map(({ value: number }) => [
                  "the one",
                  { labels: compiled.labels, value: `${number}`, annotations: () => ({}) },
                ]),
              );
              alerts = lookAtAlerts({ forMs, keepFiringForMs: 0 }, alerts, { at, seen }).alerts;
            }
            if (period < forMs / MINUTE) continue;
            const values = points.slice(0, period + 1);
            const name = ({ metric: of }: MetricCondition) => (of === "Uptime" ? "uptime" : "busy");
            const fires = alerts["the one"]?.state === "firing";
            expect(inAlarm(compiled.condition, (of) => values.map((one) => one[name(of)]))).toBe(fires);
            compared++;
            if (fires) firing++;
          }
        },
      ),
      { numRuns: 600 },
    );
    // The law would mean little over rules that never fire.
    expect(firing).toBeGreaterThan(compared / 50);
  });
});
