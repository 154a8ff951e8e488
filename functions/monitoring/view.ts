import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type ActiveAlert, RESOLVED_RETENTION_MS } from "../../shared/core/monitoring/alert-state.ts";
import { metricRuleSubject, ruleId } from "../../shared/core/monitoring/rule-subject.ts";
import { exprOf, timesOf } from "../../shared/core/monitoring/rule-trace.ts";
import type { RuleConfig, RuleState } from "../../shared/core/monitoring/rule-types.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  AlertsView,
  AlertView,
  RuleDetailView,
  RuleGroupView,
  RulesEvaluatedView,
  RulesView,
  RuleView,
} from "../api/views-monitoring.ts";
import { summaryOf } from "../decisions/summary.ts";
import type { EvaluatedRule } from "./evaluate-group.ts";
import { metricRulesOf } from "./evaluate-metrics.ts";
import { allStates, answeredAt, CLOCK_NOUN, type GroupClock, readClock } from "./group-clock.ts";
import { groupPlans, type PlannedRule } from "./group-plan.ts";

interface Shown {
  readonly group: RuleGroupView;
  readonly states: readonly (RuleState | undefined)[];
}

const MOST_HISTORY = 50;

/** A rule as it stands. */
function ruleView(
  rule: Pick<RuleView, "subject" | "kind" | "name" | "expr" | "forMs" | "keepFiringForMs" | "labels" | "annotations">,
  state: RuleState | undefined,
  clock: GroupClock,
): RuleView {
  const alerts = Object.values(state?.alerts ?? {});
  const count = (wanted: ActiveAlert["state"]) => alerts.filter((alert) => alert.state === wanted).length;
  const lastEvaluation = answeredAt(clock, rule.subject);
  const [pending, firing] = [count("pending"), count("firing")];
  const failure = state?.failure;
  // A recording rule has no state of its own: that it lags behind its group is all that is known.
  const lags = Object.hasOwn(clock.lagging, rule.subject);
  const bad = failure !== undefined || lags;
  const known = lastEvaluation !== undefined || state?.alarms !== undefined;
  const calm = known && !bad ? "inactive" : "unknown";
  return {
    id: ruleId(rule.subject),
    ...rule,
    state: firing > 0 ? "firing" : pending > 0 ? "pending" : calm,
    health: bad ? "err" : known ? "ok" : "unknown",
    ...(failure ? { lastError: failure.error, failingSince: failure.since } : {}),
    ...(lastEvaluation === undefined ? {} : { lastEvaluation }),
    pending,
    firing,
    ...(state?.untracked === undefined ? {} : { untracked: state.untracked }),
  };
}

function plannedView(rule: PlannedRule, state: RuleState | undefined, clock: GroupClock): RuleView {
  const { subject } = rule;
  if (rule.kind === "alert") return configView(rule.config, state, clock);
  const { record: name, expr, labels } = rule.rule;
  const base = {
    subject,
    kind: "recording",
    name,
    expr,
    forMs: 0,
    keepFiringForMs: 0,
    labels,
    annotations: {},
  } as const;
  return ruleView(base, state, clock);
}

function configView(config: RuleConfig, state: RuleState | undefined, clock: GroupClock): RuleView {
  const { subject } = config;
  const { forMs, keepFiringForMs } = timesOf(config);
  const told =
    config.kind === "prometheus"
      ? {
          kind: "alerting" as const,
          name: config.rule.alert,
          labels: config.rule.labels,
          annotations: config.rule.annotations,
        }
      : {
          kind: "metric-path" as const,
          name: config.name,
          labels: { service: config.service, severity: config.rule.severity },
          annotations: { summary: config.rule.message },
        };
  return ruleView({ subject, ...told, expr: exprOf(config), forMs, keepFiringForMs }, state, clock);
}

/** All groups with their rules and states: some pages of the store, whatever the number of rules. */
async function shown(runtime: Runtime, tenant: string): Promise<readonly Shown[]> {
  const current = await currentConfig(runtime, tenant);
  const monitoring = current?.config.monitoring;
  if (!monitoring) return [];
  const [clocks, stored] = await Promise.all([
    allStates(runtime, tenant, CLOCK_NOUN),
    allStates(runtime, tenant, "monitoring"),
  ]);
  const stateOf = (subject: string) =>
    (stored.get(subject) as Stored | undefined)?.state as unknown as RuleState | undefined;
  const group = (
    head: Pick<RuleGroupView, "file" | "name" | "intervalMs">,
    clock: GroupClock,
    rules: readonly RuleView[],
  ): Shown => ({
    group: { ...head, ...(clock.at === undefined ? {} : { lastEvaluation: clock.at }), rules },
    states: rules.map(({ subject }) => stateOf(subject)),
  });
  const files = groupPlans(monitoring).map(({ file, name, intervalMs, subject, rules }) => {
    const clock = readClock(clocks.get(subject));
    return group(
      { file, name, intervalMs },
      clock,
      rules.map((rule) => plannedView(rule, stateOf(rule.subject), clock)),
    );
  });
  const services = Object.keys(monitoring.services).flatMap((service) => {
    const rules = metricRulesOf(monitoring, service);
    const [first] = rules;
    if (!first) return [];
    const clock = readClock(clocks.get(metricRuleSubject(service, "")));
    const head = { file: "services", name: service, intervalMs: first.intervalMs };
    return [
      group(
        head,
        clock,
        rules.map((rule) => configView(rule, stateOf(rule.subject), clock)),
      ),
    ];
  });
  return [...files, ...services];
}

export async function rulesView(runtime: Runtime, tenant: string): Promise<RulesView> {
  return { clock: clockOf(runtime), groups: (await shown(runtime, tenant)).map(({ group }) => group) };
}

function alertViews({ id }: RuleView, state: RuleState | undefined, now: Millis): readonly AlertView[] {
  return Object.entries(state?.alerts ?? {}).flatMap(([fingerprint, { annotations = {}, ...alert }]) =>
    alert.state === "resolved" && now - (alert.resolvedAt ?? now) > RESOLVED_RETENTION_MS
      ? []
      : [{ fingerprint, rule: id, ...alert, annotations }],
  );
}

const RANK = { firing: 0, pending: 1, resolved: 2 } as const;
const byUrgency = (a: AlertView, b: AlertView): number => RANK[a.state] - RANK[b.state] || a.activeAt - b.activeAt;

export async function alertsView(runtime: Runtime, tenant: string): Promise<AlertsView> {
  const now = runtime.now();
  const items = (await shown(runtime, tenant)).flatMap(({ group, states }) =>
    group.rules.flatMap((rule, index) => alertViews(rule, states[index], now)),
  );
  const active = items.filter(({ state }) => state !== "resolved");
  return { clock: clockOf(runtime), items: active.sort(byUrgency) };
}

/**
 * One rule with its alerts and what was decided about it.
 *
 * @param wanted its id, or its subject
 * @throws HeadgateError `rule.unknown`
 */
export async function ruleDetailView(runtime: Runtime, tenant: string, wanted: string): Promise<RuleDetailView> {
  for (const { group, states } of await shown(runtime, tenant)) {
    const index = group.rules.findIndex(({ id, subject }) => id === wanted || subject === wanted);
    const rule = group.rules[index];
    if (!rule) continue;
    const { items } = await runtime.journal.list({
      tenant,
      noun: "monitoring",
      subject: rule.subject,
      limit: MOST_HISTORY,
    });
    return {
      clock: clockOf(runtime),
      file: group.file,
      group: group.name,
      rule,
      alerts: [...alertViews(rule, states[index], runtime.now())].sort(byUrgency),
      history: items.map(summaryOf),
    };
  }
  throw new HeadgateError("rule.unknown", `no rule ${JSON.stringify(wanted.slice(0, 200))} is configured`);
}

export function rulesEvaluatedView(runtime: Runtime, evaluated: readonly EvaluatedRule[]): RulesEvaluatedView {
  const items = evaluated.map(({ subject, file, group, at, instants, result, failure, error }) => ({
    subject,
    file,
    group,
    at,
    instants,
    ...(result?.reason === undefined ? {} : { reason: result.reason }),
    ...(result?.record && result.recorded ? { decision: summaryOf(result.record) } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(error ? { error: error.message } : {}),
  }));
  return { clock: clockOf(runtime), items };
}
