import { partAlarmName, ruleAlarmName } from "../../shared/core/kernel/alarm-name.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { AlarmCondition, MetricCondition } from "../../shared/core/monitoring/alarm-condition.ts";
import { type CompiledAlarm, compileAlarm } from "../../shared/core/monitoring/compile-alarm.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import type { PromRuleConfig } from "../../shared/core/monitoring/rule-types.ts";
import type { AlarmRule, WantedAlarm } from "../../shared/core/ports/alarms.ts";
import { groupPlans } from "./group-plan.ts";

/** A rule that a CloudWatch alarm stands for. */
export interface RuleAlarm {
  /** Of the alarm whose changes are the rule's. */
  readonly name: string;
  readonly config: PromRuleConfig;
  /** Labels of the rule's one alert, before its own. */
  readonly labels: Labels;
  /** That alarm, and those it is made of. */
  readonly wanted: readonly WantedAlarm[];
}

export interface RuleAlarms {
  readonly made: readonly RuleAlarm[];
  /** Rules that no alarm can stand for, by the name it would have, each with a sentence. */
  readonly skipped: readonly { readonly name: string; readonly subject: string; readonly why: string }[];
}

const NEEDS = "it needs a Prometheus API to be asked (monitoring.prometheus)";
const compiled = new WeakMap<MonitoringConfig, readonly (readonly [PromRuleConfig, CompiledAlarm])[]>();

function compileAll(monitoring: MonitoringConfig): readonly (readonly [PromRuleConfig, CompiledAlarm])[] {
  const known = compiled.get(monitoring);
  if (known) return known;
  const all = groupPlans(monitoring).flatMap(({ rules, queryOffsetMs }) =>
    rules.flatMap((rule) => {
      if (rule.kind !== "alert") return [];
      const parsed = parsePromql(rule.expr);
      const result: CompiledAlarm =
        queryOffsetMs !== 0
          ? { ok: false, why: "an alarm looks at the present: no query_offset" }
          : parsed.ok
            ? compileAlarm(rule.config.rule, parsed.expr, monitoring.cloudwatch)
            : { ok: false, why: parsed.faults[0]?.message ?? "the expression cannot be read" };
      return [[rule.config, result] as const];
    }),
  );
  compiled.set(monitoring, all);
  return all;
}

/**
 * The CloudWatch alarms of a configuration's alerting rules. Where a Prometheus API is configured there are none: it is asked
 * instead, and knows more.
 */
export function ruleAlarms(monitoring: MonitoringConfig | undefined, stage: string, tenant: string): RuleAlarms {
  if (!monitoring || monitoring.prometheus) return { made: [], skipped: [] };
  const made: RuleAlarm[] = [];
  const skipped: RuleAlarms["skipped"][number][] = [];
  for (const [config, result] of compileAll(monitoring)) {
    const { subject } = config;
    const rule = { alert: config.rule.alert, subject };
    const name = ruleAlarmName(stage, tenant, rule);
    if (!result.ok) {
      skipped.push({ name, subject, why: `${result.why}; ${NEEDS}` });
      continue;
    }
    const about = `Rule ${config.rule.alert} of ${config.file}, group ${config.group}`;
    const partName = (index: number) => partAlarmName(stage, tenant, rule, index);
    made.push({ name, config, labels: result.labels, wanted: wantedOf(name, about, result.condition, partName) });
  }
  return { made, skipped };
}

function wantedOf(
  name: string,
  about: string,
  condition: AlarmCondition,
  partName: (index: number) => string,
): readonly WantedAlarm[] {
  if (condition.kind === "metric") return [{ ...condition, name, about }];
  const parts: WantedAlarm[] = [];
  // The same comparison twice in one rule is one alarm.
  const names = new Map<string, string>();
  const part = (one: MetricCondition): string => {
    const key = JSON.stringify(one);
    const made = names.get(key) ?? partName(names.size);
    if (!names.has(key)) parts.push({ ...one, name: made, about: `Part of: ${about}` });
    names.set(key, made);
    return made;
  };
  const ruleOf = (one: AlarmCondition): AlarmRule => {
    if (one.kind === "metric") return { alarm: part(one) };
    const of = one.of.map(ruleOf);
    return one.kind === "all" ? { all: of } : { any: of };
  };
  const rule = ruleOf(condition);
  return [{ kind: "composite", name, about, rule }, ...parts];
}

/** The rule that an alarm of ours stands for; undefined for any other alarm, and for one of a rule that has left. */
export const ruleOfAlarm = (
  monitoring: MonitoringConfig | undefined,
  stage: string,
  tenant: string,
  alarm: string,
): RuleAlarm | undefined => ruleAlarms(monitoring, stage, tenant).made.find(({ name }) => name === alarm);
