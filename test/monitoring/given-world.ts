import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import type { AlertingRule, RuleGroup } from "../../shared/core/monitoring/types.ts";
import type { Queries, VectorSample } from "../../shared/core/ports/queries.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { world as apiWorld } from "../api/kit.ts";

export const tenant = "default";

export const alerting = (alert: string, expr: string, rule: Partial<AlertingRule> = {}): AlertingRule => ({
  alert,
  expr,
  forMs: 0,
  keepFiringForMs: 0,
  labels: {},
  annotations: {},
  ...rule,
});

export const group = (name: string, rules: RuleGroup["rules"], more: Partial<RuleGroup> = {}): RuleGroup => ({
  file: "rules.yml",
  name,
  intervalMs: 15_000,
  limit: 0,
  queryOffsetMs: 0,
  labels: {},
  rules,
  ...more,
});

export const monitoringConfig = (more: Partial<MonitoringConfig>): MonitoringConfig => ({
  groups: [],
  window: 3_600_000,
  windowMb: 64,
  alertmanagers: [],
  cloudwatch: {},
  services: {},
  ...more,
});

/** What an expression gives at an instant; throwing is an answer that does not come. */
export type World = (expr: string, at: number) => readonly VectorSample[];

/** A source of answers that is asked as a Prometheus is, and counts it. */
export function scripted(answer: World, knownFrom?: () => number | undefined) {
  const asked: { kind: "instant" | "range"; expr: string }[] = [];
  const queries: Queries = {
    source: "scripted",
    ...(knownFrom ? { knownFrom } : {}),
    async instant(expr, at) {
      asked.push({ kind: "instant", expr });
      return { samples: answer(expr, at), warnings: [] };
    },
    async range(expr, from, to, stepMs) {
      asked.push({ kind: "range", expr });
      const series = new Map<string, { labels: Labels; points: { at: number; value: number }[] }>();
      for (let at = from; at <= to; at += stepMs) {
        for (const { labels, value } of answer(expr, at)) {
          const key = JSON.stringify(labels);
          const one = series.get(key) ?? { labels, points: [] };
          one.points.push({ at, value });
          series.set(key, one);
        }
      }
      return { series: [...series.values()], warnings: [] };
    },
  };
  return { queries, asked };
}

/** The receiver of alerts. */
export function receiver() {
  const batches: (readonly Alert[])[] = [];
  let away = false;
  return {
    batches,
    sent: () => batches.flat(),
    away: (is: boolean) => void (away = is),
    alerts: {
      async send(_: string, alerts: readonly Alert[]) {
        if (away) throw new HeadgateError("alerts.unavailable", "nobody took them", { retryable: true });
        batches.push(alerts);
      },
    },
  };
}

/** A control plane in memory with rules in force, a source of answers and a receiver. */
export async function rulesWorld(
  monitoring: Partial<MonitoringConfig>,
  answer: World,
  options: { readonly knownFrom?: () => number | undefined } = {},
) {
  const w = await apiWorld({ config: "" });
  const { queries, asked } = scripted(answer, options.knownFrom);
  const inbox = receiver();
  const recorded: { rule: string; at: number; samples: readonly VectorSample[] }[] = [];
  const runtime: Runtime = {
    ...w.runtime,
    queries: () => queries,
    alerts: inbox.alerts,
    recordSeries: (rule, at, samples) => void recorded.push({ rule, at, samples }),
  };
  const apply = async (next: Partial<MonitoringConfig>, version: string) => {
    const config = { version: 1, services: {}, autoscaling: {}, monitoring: monitoringConfig(next) } as HeadgateConfig;
    await applyConfig(runtime, tenant, { config, version, text: `# ${version}` }, { by: "test" });
  };
  await apply(monitoring, "cfg_1");
  // Whole multiples of every interval used here.
  w.clock.advance(60_000 - (w.clock.now() % 60_000));
  return {
    ...w,
    runtime,
    asked,
    inbox,
    recorded,
    apply,
    reasons: async (subject: string) =>
      (await runtime.journal.list({ tenant, noun: "monitoring", subject })).items.map(({ reason }) => reason).reverse(),
  };
}

export const sample = (value: number, labels: Labels = {}): VectorSample => ({ labels, value });
