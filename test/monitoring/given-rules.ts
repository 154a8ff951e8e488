import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { alertRule } from "../../shared/core/monitoring/rule-machine.ts";
import type {
  Outcome,
  PromRuleConfig,
  RuleInput,
  RuleState,
  RuleStep,
} from "../../shared/core/monitoring/rule-types.ts";

export const START = 1_767_571_200_000;
export const INTERVAL = 15_000;

/** A rule as the configuration has it; KafkaDown of the platform unless said otherwise. */
export function ruleConfig(
  rule: Partial<PromRuleConfig["rule"]> = {},
  config: Partial<Omit<PromRuleConfig, "rule">> = {},
): PromRuleConfig {
  return {
    kind: "prometheus",
    subject: "alert-rules.yml/kafka.rules/KafkaDown#0",
    file: "alert-rules.yml",
    group: "kafka.rules",
    limit: 0,
    intervalMs: INTERVAL,
    externalLabels: {},
    ...config,
    rule: {
      alert: "KafkaDown",
      expr: 'up{job="kafka"} == 0',
      forMs: 30_000,
      keepFiringForMs: 0,
      labels: { severity: "critical" },
      annotations: { summary: "Kafka broker {{ $labels.instance }} is down", value: "{{ $value }}" },
      ...rule,
    },
  };
}

/** Elements of a vector: labels in `up` with a value. */
export const vector = (...elements: readonly (Labels & { value?: string })[]): Outcome => ({
  ok: true,
  samples: elements.map(({ value = "0", ...labels }) => ({ labels: { __name__: "up", ...labels } as Labels, value })),
});

export const nothing: Outcome = vector();
export const failed = (error = "connection refused"): Outcome => ({ ok: false, error });

export const evaluate = (at: number, outcome: Outcome, previousAt?: number): RuleInput => ({
  kind: "evaluate",
  source: "test",
  ...(previousAt === undefined ? {} : { previousAt }),
  evaluations: [{ at, outcome }],
});

/** A rule over time: each look one interval after the other. */
export function ruleStory(config: PromRuleConfig) {
  let state: RuleState = alertRule.initial(config, START) as RuleState;
  let at = START - INTERVAL;
  let previousAt: number | undefined;
  const step = (input: RuleInput, now: number): RuleStep => {
    const result = alertRule.step(config, state, input, now) as RuleStep;
    state = result.state;
    const results: ActionResult[] = result.actions.map(({ key }) => ({ key, status: "done", at: now, detail: "sent" }));
    if (results.length > 0) state = alertRule.settle(config, state, results, now) as RuleState;
    return result;
  };
  return {
    /** The next evaluation, or one after so many intervals. */
    look(outcome: Outcome, intervals = 1): RuleStep {
      at += intervals * INTERVAL;
      const result = step(evaluate(at, outcome, previousAt), at);
      if (outcome.ok) previousAt = at;
      return result;
    },
    step,
    state: () => state,
    states: () => Object.values(state.alerts).map((alert) => alert.state),
    at: () => at,
  };
}
