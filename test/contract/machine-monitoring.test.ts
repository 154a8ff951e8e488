import fc from "fast-check";
import * as v from "valibot";
import { MetricRule } from "../../shared/core/monitoring/metric-rules-config.ts";
import { alertRule } from "../../shared/core/monitoring/rule-machine.ts";
import type {
  MetricRuleConfig,
  Outcome,
  PromRuleConfig,
  RuleConfig,
  RuleInput,
} from "../../shared/core/monitoring/rule-types.ts";
import { ruleConfig } from "../monitoring/given-rules.ts";
import { machineLaws } from "./machine.ts";

type Make = (config: RuleConfig, at: number) => RuleInput;

const prometheus: fc.Arbitrary<PromRuleConfig> = fc
  .record({
    forMs: fc.constantFrom(0, 15_000, 60_000, 600_000),
    keepFiringForMs: fc.constantFrom(0, 0, 60_000, 600_000),
    limit: fc.constantFrom(0, 0, 2),
    intervalMs: fc.constantFrom(1_000, 15_000, 60_000, 3_600_000),
    labels: fc.constantFrom({}, { severity: "page" }, { instance: "{{ $labels.zone }}" }, { zone: "" }),
    annotations: fc.constantFrom(
      {},
      { text: "{{ $value | humanize }}" },
      { text: '{{ index $labels "nope" | first }}' },
    ),
  })
  .map(({ limit, intervalMs, ...rule }) => ruleConfig(rule, { limit, intervalMs }));

const metric: fc.Arbitrary<MetricRuleConfig> = fc
  .record({
    operator: fc.constantFrom(">" as const, "<" as const, ">=" as const, "<=" as const, "==" as const, "!=" as const),
    threshold: fc.integer({ min: -2, max: 2 }),
    duration: fc.constantFrom(0, 60),
    cooldown: fc.constantFrom("0s", "5m"),
    exact: fc.boolean(),
    channels: fc.constantFrom([], ["chat", "mail"]),
  })
  .map(({ operator, threshold, duration, ...rest }) => ({
    kind: "metric-path",
    subject: "services/orders/slow",
    service: "orders",
    name: "slow",
    intervalMs: 60_000,
    externalLabels: {},
    rule: v.parse(MetricRule, { condition: { metric_path: "a.b", operator, threshold, duration }, ...rest }),
  }));

const value = fc.constantFrom("0", "1", "-1", "2.5", "NaN", "+Inf", "-Inf");
const sample = fc.record({
  labels: fc.record({ instance: fc.constantFrom("a", "b", "c"), zone: fc.constantFrom("x", "y") }),
  value,
});
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .uniqueArray(sample, { maxLength: 4, selector: ({ labels }) => JSON.stringify(labels) })
      .map((samples) => ({ ok: true as const, samples })),
  },
  {
    weight: 1,
    arbitrary: fc.array(sample, { maxLength: 3 }).map((samples) => ({ ok: true as const, samples, more: 2 })),
  },
  { weight: 1, arbitrary: fc.constant({ ok: true as const, samples: [], partial: "young" }) },
  { weight: 1, arbitrary: fc.constant({ ok: false as const, error: "refused" }) },
);

const evaluate: fc.Arbitrary<Make> = fc
  .record({
    lateMs: fc.constantFrom(0, 0, 0, 10_000, 7_200_000),
    agoMs: fc.option(fc.constantFrom(1_000, 60_000, 7_200_000), { nil: undefined }),
    outcomes: fc.array(outcome, { minLength: 0, maxLength: 3 }),
  })
  .map(({ lateMs, agoMs, outcomes }) => ({ intervalMs }: RuleConfig, at: number): RuleInput => {
    const last = at - lateMs;
    const evaluations = outcomes.map((one, index) => ({
      at: last - (outcomes.length - 1 - index) * intervalMs,
      outcome: one,
    }));
    const previousAt = agoMs === undefined ? {} : { previousAt: (evaluations[0]?.at ?? last) - agoMs };
    return { kind: "evaluate", source: "test", ...previousAt, evaluations };
  });

const alarm: fc.Arbitrary<Make> = fc
  .record({
    name: fc.constantFrom("headgate/prod/default/rule-1", "constructor"),
    state: fc.constantFrom("ALARM" as const, "OK" as const, "INSUFFICIENT_DATA" as const),
    lateMs: fc.constantFrom(0, 60_000),
    value: fc.option(value, { nil: undefined }),
  })
  .map(
    ({ name, state, lateMs, value: newest }) =>
      (_: RuleConfig, at: number): RuleInput => ({
        kind: "alarm",
        alarm: {
          name,
          state,
          at: at - lateMs,
          labels: { zone: "x" },
          ...(newest === undefined ? {} : { value: newest }),
        },
      }),
  );

const metrics: fc.Arbitrary<Make> = fc
  .record({ value: fc.option(value, { nil: undefined }), lateMs: fc.constantFrom(0, 0, 60_000) })
  .map(
    ({ value: read, lateMs }) =>
      (_: RuleConfig, at: number): RuleInput => ({
        kind: "metrics",
        at: at - lateMs,
        ...(read === undefined ? { missing: "there is no a.b" } : { value: read }),
      }),
  );

machineLaws("monitoring, rules of Prometheus files", alertRule, {
  config: prometheus as fc.Arbitrary<RuleConfig>,
  input: fc.oneof(
    { weight: 8, arbitrary: evaluate },
    { weight: 2, arbitrary: alarm },
    { weight: 1, arbitrary: metrics },
  ),
  maxPauseMs: 300_000,
});

machineLaws("monitoring, metric-path rules", alertRule, {
  config: metric as fc.Arbitrary<RuleConfig>,
  input: fc.oneof({ weight: 8, arbitrary: metrics }, { weight: 1, arbitrary: evaluate }),
  maxPauseMs: 300_000,
});
