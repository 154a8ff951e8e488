import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { groupSubject, ruleSubject } from "../../shared/core/monitoring/rule-subject.ts";
import type { PromRuleConfig } from "../../shared/core/monitoring/rule-types.ts";
import { isAlerting, type RecordingRule, type Rule } from "../../shared/core/monitoring/types.ts";

/** A rule as it is evaluated. */
export type PlannedRule =
  | { readonly kind: "alert"; readonly subject: string; readonly expr: string; readonly config: PromRuleConfig }
  | { readonly kind: "record"; readonly subject: string; readonly expr: string; readonly rule: RecordingRule };

/** A group of rules as it is evaluated: in order, at one instant. */
export interface GroupPlan {
  readonly file: string;
  readonly name: string;
  /** Of the group's clock. */
  readonly subject: string;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly limit: number;
  readonly rules: readonly PlannedRule[];
  /** A rule may read what an earlier one of the group records: one after the other. */
  readonly inOrder: boolean;
}

/** Prometheus's default evaluation interval. */
const DEFAULT_INTERVAL_MS = MINUTE_MS;

const nameOf = (rule: Rule): string => (isAlerting(rule) ? rule.alert : rule.record);

const plans = new WeakMap<MonitoringConfig, readonly GroupPlan[]>();

/** The groups of a configuration; made once for each version, as bodies are kept by version. */
export function groupPlans(monitoring: MonitoringConfig): readonly GroupPlan[] {
  const known = plans.get(monitoring);
  if (known) return known;
  const global = monitoring.scrape?.settings.global;
  const made = monitoring.groups.map((group): GroupPlan => {
    const { file, name } = group;
    const intervalMs = group.intervalMs ?? global?.evaluationIntervalMs ?? DEFAULT_INTERVAL_MS;
    const named = new Map<string, number>();
    const rules = group.rules.map((rule): PlannedRule => {
      const { expr } = rule;
      // Not its place among all: a rule put before it must not make it another one.
      const index = named.get(nameOf(rule)) ?? 0;
      named.set(nameOf(rule), index + 1);
      const labels = { ...group.labels, ...rule.labels };
      if (!isAlerting(rule)) {
        return {
          kind: "record",
          subject: ruleSubject(file, name, rule.record, index),
          expr,
          rule: { ...rule, labels },
        };
      }
      const subject = ruleSubject(file, name, rule.alert, index);
      const config: PromRuleConfig = {
        kind: "prometheus",
        subject,
        file,
        group: name,
        rule: { ...rule, labels },
        limit: group.limit,
        intervalMs,
        externalLabels: global?.externalLabels ?? {},
      };
      return { kind: "alert", subject, expr, config };
    });
    return {
      file,
      name,
      subject: groupSubject(file, name),
      intervalMs,
      queryOffsetMs: group.queryOffsetMs,
      limit: group.limit,
      rules,
      inOrder: rules.some(({ kind }) => kind === "record"),
    };
  });
  plans.set(monitoring, made);
  return made;
}
