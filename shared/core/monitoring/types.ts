import type { Labels } from "../kernel/labels.ts";
import type { DurationMs } from "../kernel/time.ts";

/** An alerting rule of a Prometheus rule file, checked; durations in milliseconds, templates as written. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** 0: fires at the first evaluation that has it. */
  readonly forMs: DurationMs;
  readonly keepFiringForMs: DurationMs;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** A recording rule: the result of `expr` becomes series of this name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Labels;
}

export type Rule = AlertingRule | RecordingRule;

export const isAlerting = (rule: Rule): rule is AlertingRule => "alert" in rule;

/** A group of rules, evaluated in order at one instant. File and name together are unique. */
export interface RuleGroup {
  /** Name of the rule file, as written in the configuration. */
  readonly file: string;
  readonly name: string;
  /** Absent: the global evaluation interval. */
  readonly intervalMs?: DurationMs;
  /** Most alerts (or recorded series) one rule may have; more is a fault of the rule at evaluation. 0: no limit of its own. */
  readonly limit: number;
  readonly queryOffsetMs: DurationMs;
  readonly labels: Labels;
  readonly rules: readonly Rule[];
}
