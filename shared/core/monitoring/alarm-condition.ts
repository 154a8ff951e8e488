import type { DurationMs } from "../kernel/time.ts";

/** What one CloudWatch metric alarm watches. Threshold in the metric's own unit. */
export interface MetricCondition {
  readonly kind: "metric";
  readonly namespace: string;
  readonly metric: string;
  /** CloudWatch dimension to value: exactly these, as a metric is found by all of them. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Average" | "Sum" | "Minimum" | "Maximum" | "SampleCount";
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly threshold: number;
  readonly periodMs: DurationMs;
  /** M of N; compiled rules have M = N, because `for` means every evaluation. */
  readonly datapoints: number;
  readonly evaluationPeriods: number;
  /**
   * What a period without data counts as. `missing`: unknown, and the rule holds. `ignore`: the alarm keeps its state, which
   * is how a part of a composite alarm holds. `breaching` where silence is the fault, `notBreaching` where it means that nothing was counted.
   */
  readonly missing: "missing" | "ignore" | "breaching" | "notBreaching";
}

/** When a rule holds, in terms of alarms: one of them, or several combined in a composite alarm. */
export type AlarmCondition = MetricCondition | { readonly kind: "all" | "any"; readonly of: readonly AlarmCondition[] };

/** The metric alarms of a condition, in order. */
export const metricsOf = (condition: AlarmCondition): readonly MetricCondition[] =>
  condition.kind === "metric" ? [condition] : condition.of.flatMap(metricsOf);
