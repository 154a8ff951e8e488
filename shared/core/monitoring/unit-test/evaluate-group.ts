import { CallFault } from "../../go-template/function-types.ts";
import { HeadgateError } from "../../kernel/errors.ts";
import { floatText } from "../../kernel/float.ts";
import { type Labels, labelsKey, labelsText, METRIC_NAME } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { type ActiveAlerts, lookAtAlerts } from "../alert-state.ts";
import type { Expr } from "../promql/ast.ts";
import { type EvalOptions, evaluateInstant } from "../promql/evaluate.ts";
import { parsePromql } from "../promql/parse.ts";
import { ALERT_NAME, seenAlerts } from "../rule-labels.ts";
import { expandTemplate } from "../templates/expand.ts";
import { type AlertingRule, isAlerting, type Rule, type RuleGroup } from "../types.ts";
import type { SampleStore } from "./sample-store.ts";

/** An instant vector with its samples' labels. */
export type Vector = readonly { readonly labels: Labels; readonly value: number }[];

/** What a rule remembers from one evaluation to the next. */
export interface LiveRule {
  readonly rule: Rule;
  readonly group: RuleGroup;
  readonly expr: Expr;
  alerts: ActiveAlerts;
  /** Series it wrote last time: those it no longer writes end with a staleness marker. */
  wrote: ReadonlyMap<string, Labels>;
}

export interface Surroundings {
  readonly store: SampleStore;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly options: EvalOptions;
}

/** Rules ready to be evaluated; their expressions were checked when the file was read. */
export const liveRules = (groups: readonly RuleGroup[]): readonly LiveRule[] =>
  groups.flatMap((group) =>
    group.rules.map((rule) => {
      const parsed = parsePromql(rule.expr);
      if (!parsed.ok) throw new HeadgateError("rules.invalid", `${group.file}: ${rule.expr} is no PromQL`);
      return { rule, group, expr: parsed.expr, alerts: {}, wrote: new Map() };
    }),
  );

/** The vector an expression gives; a scalar is one sample without labels. @throws HeadgateError `query.invalid` */
export function vectorAt(expr: Expr, at: Millis, { store, options }: Surroundings): Vector {
  const value = evaluateInstant(expr, store, at, options);
  if (value.type === "vector") return value.samples;
  if (value.type === "scalar") return [{ labels: {}, value: value.value }];
  throw new HeadgateError("query.invalid", "the result is no vector or scalar");
}

/**
 * Evaluates one rule at an instant and writes what Prometheus writes: the recorded series, or ALERTS and ALERTS_FOR_STATE.
 *
 * @throws HeadgateError `query.invalid` where the rule cannot be evaluated
 */
export function evaluateRule(live: LiveRule, at: Millis, around: Surroundings): void {
  const { rule, group } = live;
  const when = at - group.queryOffsetMs;
  const vector = vectorAt(live.expr, when, around);
  const written = isAlerting(rule)
    ? alertSeries(live, rule, vector, at, around)
    : recordedSeries(rule.record, rule.labels, vector, group.limit);
  const now = new Map(written.map(({ labels }) => [labelsKey(labels), labels]));
  for (const { labels, value } of written) around.store.append(labels, when, value);
  for (const [key, labels] of live.wrote) if (!now.has(key)) around.store.append(labels, when, "stale");
  live.wrote = now;
}

function recordedSeries(name: string, extra: Labels, vector: Vector, limit: number): Vector {
  const seen = new Set<string>();
  if (limit > 0 && vector.length > limit)
    throw new HeadgateError("query.invalid", `exceeded limit of ${limit} with ${vector.length} series`);
  return vector.map(({ labels, value }) => {
    const all = Object.entries({ ...labels, ...extra, [METRIC_NAME]: name }).filter(([, one]) => one !== "");
    const named = Object.fromEntries(all);
    const key = labelsKey(named);
    if (seen.has(key)) throw twice(named, "rule");
    seen.add(key);
    return { labels: named, value };
  });
}

const twice = (labels: Labels, what: string): HeadgateError =>
  new HeadgateError(
    "query.invalid",
    `vector contains metrics with the same labelset after applying ${what} labels: ${labelsText(labels)}`,
  );

function alertSeries(live: LiveRule, rule: AlertingRule, vector: Vector, at: Millis, around: Surroundings): Vector {
  const found = seenAlerts(
    rule,
    vector.map(({ labels, value }) => ({ labels, value: floatText(value) })),
    around.externalLabels,
    at,
    (text, data) =>
      expandTemplate(text, {
        ...data,
        externalUrl: around.externalUrl,
        alert: rule.alert,
        query: (expr) => queried(expr, at, around),
      }),
  );
  if (!found.ok) throw twice(found.labels, "alert");
  const looked = lookAtAlerts(rule, live.alerts, { at, seen: found.seen, refresh: true });
  const { limit } = live.group;
  if (limit > 0 && looked.active > limit) {
    live.alerts = {};
    throw new HeadgateError("query.invalid", `exceeded limit of ${limit} with ${looked.active} alerts`);
  }
  live.alerts = looked.alerts;
  return Object.values(looked.alerts).flatMap(({ labels, state, activeAt }) => {
    if (state === "resolved") return [];
    const own = { ...rule.labels, ...labels, [ALERT_NAME]: rule.alert };
    return [
      { labels: { ...own, [METRIC_NAME]: "ALERTS", alertstate: state }, value: 1 },
      { labels: { ...own, [METRIC_NAME]: "ALERTS_FOR_STATE" }, value: Math.floor(activeAt / 1000) },
    ];
  });
}

function queried(expr: string, at: Millis, around: Surroundings): Vector {
  const parsed = parsePromql(expr);
  if (!parsed.ok) throw new CallFault(parsed.faults[0]?.message ?? "no expression");
  try {
    return vectorAt(parsed.expr, at, around);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    throw new CallFault(error.message);
  }
}
