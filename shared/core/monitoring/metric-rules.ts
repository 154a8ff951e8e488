import { floatText, parseFloatText } from "../kernel/float.ts";
import type { Json } from "../kernel/json.ts";
import type { Labels } from "../kernel/labels.ts";
import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../kernel/time.ts";
import { type ActiveAlerts, lookAtAlerts, type SeenAlert } from "./alert-state.ts";
import type { MetricRule } from "./metric-rules-config.ts";
import { ALERT_NAME, fingerprint } from "./rule-labels.ts";
import { notify } from "./rule-notify.ts";
import { decidedLate, gapBefore, lastLook } from "./rule-step.ts";
import {
  exprOf,
  heldClause,
  reasonOf,
  standingClause,
  standingReason,
  timesOf,
  transitionClause,
} from "./rule-trace.ts";
import type { MetricRuleConfig, RuleInput, RuleReason, RuleState, RuleStep } from "./rule-types.ts";

/** What a path leads to. A text, a boolean or a nested object is no value: only a finite number is. */
export function valueAt(
  metrics: Json | undefined,
  path: string,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly missing: string } {
  let here: Json | undefined = metrics;
  const walked: string[] = [];
  for (const part of path.split(".")) {
    if (typeof here !== "object" || here === null) {
      return { ok: false, missing: walked.length > 0 ? `${walked.join(".")} has no members` : "there are no metrics" };
    }
    walked.push(part);
    // Enumerable, so that the length of a list is no metric.
    here = Object.prototype.propertyIsEnumerable.call(here, part)
      ? (here as { readonly [name: string]: Json | undefined })[part]
      : undefined;
    if (here === undefined) return { ok: false, missing: `there is no ${walked.join(".")}` };
  }
  if (typeof here === "number" && Number.isFinite(here)) return { ok: true, value: floatText(here) };
  return { ok: false, missing: `${path} is no number` };
}

const HOLDS: Readonly<Record<MetricRule["condition"]["operator"], (value: number, threshold: number) => boolean>> = {
  ">": (value, threshold) => value > threshold,
  "<": (value, threshold) => value < threshold,
  ">=": (value, threshold) => value >= threshold,
  "<=": (value, threshold) => value <= threshold,
  "==": (value, threshold) => value === threshold,
  "!=": (value, threshold) => value !== threshold,
};

/** The one alert a metric-path rule can have, with the fields of the platform's result as annotations. */
function alertOf(config: MetricRuleConfig, value: string, at: Millis): readonly [string, SeenAlert] {
  const { rule, name, service } = config;
  const { metric_path, operator, threshold } = rule.condition;
  const labels: Labels = {
    [ALERT_NAME]: name,
    service,
    severity: rule.severity,
    ...(rule.channels.length > 0 ? { channels: rule.channels.join(",") } : {}),
  };
  const annotations = (): Labels => ({
    summary: rule.message,
    metric_path,
    current_value: value,
    threshold: floatText(threshold),
    operator,
    evaluation_time: iso(at),
  });
  return [fingerprint(labels), { labels, value, annotations }];
}

/** One look at a metric-path rule: the same pending and firing as any rule, and a cooldown between what is sent. */
export function evaluateMetricRule(
  config: MetricRuleConfig,
  state: RuleState,
  input: Extract<RuleInput, { kind: "metrics" }>,
  now: Millis,
): RuleStep {
  const { rule } = config;
  const { at } = input;
  if (state.changedAt !== undefined && at < state.changedAt) {
    const text = `metrics of ${iso(at)} come after a decision of ${iso(state.changedAt)}`;
    return { state, actions: [], reason: "held_too_late", trace: [heldClause("order", text, { at })] };
  }
  const value = input.value === undefined ? undefined : parseFloatText(input.value);
  const known = value !== undefined && Number.isFinite(value);
  if (!known && !rule.exact) return withoutValue(config, state, input);
  const holds = known && HOLDS[rule.condition.operator](value, rule.condition.threshold);
  const looked = lookAtAlerts(timesOf(config), state.alerts, {
    at,
    seen: new Map(holds ? [alertOf(config, input.value ?? "", at)] : []),
    gapMs: gapBefore(lastLook(input, state.changedAt, state.decidedAt), at, config.intervalMs),
  });
  const read: Clause = {
    kind: "input",
    rule: "metric-path",
    text: known
      ? `${rule.condition.metric_path} is ${input.value} at ${iso(at)}: ${exprOf(config)} ${holds ? "holds" : "does not hold"}`
      : `${input.missing ?? "there is no value"}, which the exact original takes for no alert`,
    values: {
      metric_path: rule.condition.metric_path,
      operator: rule.condition.operator,
      threshold: rule.condition.threshold,
      ...(known ? { current_value: input.value } : {}),
      evaluation_time: at,
    },
  };
  const sending = dispatch(config, state, looked.alerts, at);
  const { failure, decidedAt: _, ...rest } = state;
  const changed = looked.alerts !== state.alerts || failure !== undefined || sending.changed;
  const standing = Object.values(looked.alerts).filter(({ state: one }) => one !== "resolved");
  const reason: RuleReason =
    reasonOf(looked.transitions) ??
    (sending.sent ? "sent_after_cooldown" : undefined) ??
    (failure ? "recovered" : undefined) ??
    (sending.waiting ? "held_cooldown" : undefined) ??
    standingReason(standing);
  return {
    state: changed
      ? {
          ...{ ...rest, alerts: looked.alerts, changedAt: at, ...decidedLate(at, now, config.intervalMs) },
          ...sending.state,
        }
      : state,
    actions: sending.actions,
    reason,
    trace: [
      read,
      ...(looked.transitions.length > 0
        ? looked.transitions.map((one) => transitionClause(config, one))
        : standing.map((one) => standingClause(config, one, at))),
      ...(sending.waiting ? [sending.waiting] : []),
    ],
  };
}

function withoutValue(
  config: MetricRuleConfig,
  state: RuleState,
  { at, missing }: Extract<RuleInput, { kind: "metrics" }>,
): RuleStep {
  const why = "held_no_value" as const;
  const error = missing ?? `${config.rule.condition.metric_path} is not known`;
  const failure = state.failure?.why === why ? state.failure : { since: at, why, error };
  return {
    state: failure === state.failure ? state : { ...state, failure },
    actions: [],
    reason: why,
    trace: [
      heldClause("value", `${error} at ${iso(at)}: nothing fires and nothing ends`, { at, since: failure.since }),
    ],
  };
}

/** What is sent now: alerts that fire and were not sent yet, unless the cooldown holds them; ends of those that were sent. */
function dispatch(config: MetricRuleConfig, state: RuleState, alerts: ActiveAlerts, at: Millis) {
  const before = state.notified ?? [];
  const firing = Object.keys(alerts).filter((key) => alerts[key]?.state === "firing");
  const fresh = firing.filter((key) => !before.includes(key));
  const cooling =
    fresh.length > 0 && state.notifiedAt !== undefined && at - state.notifiedAt < config.rule.cooldown
      ? config.rule.cooldown - (at - state.notifiedAt)
      : 0;
  const send = cooling > 0 ? [] : fresh;
  const over = before.filter((key) => alerts[key]?.state !== "firing");
  const notified = [...before.filter((key) => !over.includes(key)), ...send];
  const gone = [...over, ...send].flatMap((key) => alerts[key] ?? []);
  const waiting: Clause | undefined =
    cooling > 0
      ? {
          kind: "vetoed",
          rule: "cooldown",
          text: `the rule was sent ${formatDuration(at - (state.notifiedAt ?? at))} ago; sent in ${formatDuration(cooling)} if it still fires`,
          values: { cooldownMs: config.rule.cooldown, leftMs: cooling },
        }
      : undefined;
  return {
    actions: notify(config, gone, at),
    changed: over.length > 0 || send.length > 0,
    sent: send.length > 0,
    waiting,
    state: {
      ...(notified.length > 0 || before.length > 0 ? { notified } : {}),
      ...(send.length > 0 ? { notifiedAt: at } : {}),
    },
  };
}
