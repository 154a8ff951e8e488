import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { COLLECT_DEFAULTS } from "../../shared/core/monitoring/collect.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { valueAt } from "../../shared/core/monitoring/metric-rules.ts";
import { resends } from "../../shared/core/monitoring/rule-notify.ts";
import { metricRuleSubject } from "../../shared/core/monitoring/rule-subject.ts";
import type { MetricRuleConfig, RuleReason } from "../../shared/core/monitoring/rule-types.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { decideRule, type Evaluating, settled, stateAfter } from "./evaluate-rule.ts";
import { answeredAt, CLOCK_NOUN, moveClock, readClock } from "./group-clock.ts";
import { resend } from "./send.ts";

const SERVICES_AT_ONCE = 10;

/** Metrics of one service, nested as it gave them, and when. */
export interface ServiceMetrics {
  readonly service: string;
  readonly at: Millis;
  readonly metrics: Json;
}

/** What became of one rule. */
export interface EvaluatedMetricRule {
  readonly service: string;
  readonly rule: string;
  readonly subject: string;
  readonly result?: RunResult<RuleReason>;
  readonly error?: Error;
}

/** The metric-path rules of a service as the machine takes them. */
export function metricRulesOf(monitoring: MonitoringConfig, service: string): readonly MetricRuleConfig[] {
  const settings = own(monitoring.services, service);
  return Object.entries(settings?.alerts ?? {}).map(([name, rule]) => ({
    kind: "metric-path",
    subject: metricRuleSubject(service, name),
    service,
    name,
    rule,
    intervalMs: settings?.collect?.every ?? COLLECT_DEFAULTS.every,
    externalLabels: monitoring.scrape?.settings.global.externalLabels ?? {},
  }));
}

/**
 * Decides the metric-path rules of services on the metrics just collected of them. One rule's failure stops no other; a value that
 * is missing fires and ends nothing.
 *
 * @throws HeadgateError `store.unavailable` when the configuration cannot be read
 */
export async function evaluateMetricRules(
  runtime: Runtime,
  request: Omit<Evaluating, "configVersion">,
  collected: readonly ServiceMetrics[],
): Promise<readonly EvaluatedMetricRule[]> {
  const current = await currentConfig(runtime, request.tenant);
  const monitoring = current?.config.monitoring;
  if (!current || !monitoring) return [];
  const evaluating: Evaluating = { ...request, configVersion: current.version };
  const again: Alert[] = [];
  const all = await bounded(collected, SERVICES_AT_ONCE, (one) =>
    evaluateService(runtime, evaluating, metricRulesOf(monitoring, one.service), one, again),
  );
  await resend(runtime, request.tenant, again);
  return all.flat();
}

async function evaluateService(
  runtime: Runtime,
  evaluating: Evaluating,
  rules: readonly MetricRuleConfig[],
  { service, at, metrics }: ServiceMetrics,
  again: Alert[],
): Promise<readonly EvaluatedMetricRule[]> {
  if (rules.length === 0) return [];
  const subject = metricRuleSubject(service, "");
  const stored = await runtime.store
    .load({ tenant: evaluating.tenant, noun: CLOCK_NOUN, subject })
    .catch((error: unknown) => error as Error);
  if (stored instanceof Error)
    return rules.map(({ name, ...one }) => ({ service, rule: name, subject: one.subject, error: stored }));
  const clock = readClock(stored);
  if (clock.at !== undefined && at <= clock.at) return [];
  const lagging: Record<string, Millis> = {};
  const evaluated: EvaluatedMetricRule[] = [];
  for (const config of rules) {
    const base = { service, rule: config.name, subject: config.subject };
    const previousAt = answeredAt(clock, config.subject);
    const found = valueAt(metrics, config.rule.condition.metric_path);
    let answered = found.ok || config.rule.exact;
    try {
      const result = await decideRule(runtime, evaluating, config, {
        kind: "metrics",
        at,
        ...(previousAt === undefined ? {} : { previousAt }),
        ...(found.ok ? { value: found.value } : { missing: found.missing }),
      });
      answered &&= settled(result);
      const state = stateAfter(result);
      if (answered && state) again.push(...resends(config, state, previousAt, at));
      evaluated.push({ ...base, result });
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      answered = false;
      const { tenant } = evaluating;
      runtime.telemetry.log("error", "rule could not be evaluated", {
        tenant,
        rule: config.subject,
        error: error.message,
      });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "monitoring" });
      evaluated.push({ ...base, error });
    }
    if (!answered) lagging[config.subject] = previousAt ?? 0;
  }
  const subjects = rules.map((one) => one.subject);
  await moveClock(runtime, evaluating.tenant, subject, clock, at, lagging, subjects);
  return evaluated;
}
