import { labelsText, METRIC_NAME, without } from "../kernel/labels.ts";
import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../kernel/time.ts";
import type { ActiveAlert, AlertTimes, Transition } from "./alert-state.ts";
import { ALERT_NAME } from "./rule-labels.ts";
import type { RuleConfig, RuleReason } from "./rule-types.ts";

/** So many alerts are told of one by one; a record of a thousand lines helps nobody. */
export const MOST_TOLD = 20;

/** As a person knows it: `KafkaDown{instance="a"}`. */
export const nameOf = ({ labels }: Pick<ActiveAlert, "labels">): string =>
  labelsText({ ...without(labels, ALERT_NAME), [METRIC_NAME]: labels[ALERT_NAME] ?? "" });

/** What a rule asks, in one text. */
export function exprOf(config: RuleConfig): string {
  if (config.kind === "prometheus") return config.rule.expr;
  const { metric_path, operator, threshold } = config.rule.condition;
  return `${metric_path} ${operator} ${threshold}`;
}

export const timesOf = (config: RuleConfig): AlertTimes =>
  config.kind === "prometheus"
    ? config.rule
    : { forMs: config.rule.exact ? 0 : config.rule.condition.duration, keepFiringForMs: 0 };

const KIND: Readonly<Record<Transition["to"], Clause["kind"]>> = {
  pending: "computed",
  firing: "chosen",
  resolved: "chosen",
  dropped: "computed",
  kept: "vetoed",
  returned: "computed",
};

/** One change of one alert. */
export function transitionClause(config: RuleConfig, { to, at, alert }: Transition): Clause {
  const { forMs, keepFiringForMs } = timesOf(config);
  const name = nameOf(alert);
  const asked = formatDuration(forMs);
  const been = formatDuration(at - alert.activeAt);
  const text: Readonly<Record<Transition["to"], string>> = {
    pending: `${name} is there (value ${alert.value}) and fires if it stays for ${asked}`,
    firing: `${name} fires (value ${alert.value})${forMs > 0 ? `: there for ${been}, asked for ${asked}` : ""}`,
    resolved: `${name} is over, after firing for ${formatDuration(at - (alert.firedAt ?? alert.activeAt))}`,
    dropped: `${name} is gone after ${been} and has not fired: asked for ${asked}`,
    kept: `${name} is gone and keeps firing for ${formatDuration(keepFiringForMs)}`,
    returned: `${name} is there again and fires on`,
  };
  return {
    kind: KIND[to],
    rule: to === "kept" || to === "returned" ? "keep-firing-for" : "for",
    text: text[to],
    values: {
      to,
      labels: alert.labels,
      value: alert.value,
      activeAt: alert.activeAt,
      ageMs: at - alert.activeAt,
      forMs,
      at,
    },
  };
}

/** How far an alert that did not change is. */
export function standingClause(config: RuleConfig, alert: ActiveAlert, at: Millis): Clause {
  const { forMs } = timesOf(config);
  const ageMs = at - alert.activeAt;
  const text =
    alert.state === "pending"
      ? `${nameOf(alert)} is there for ${formatDuration(ageMs)} of ${formatDuration(forMs)} and does not fire yet`
      : `${nameOf(alert)} has been firing for ${formatDuration(at - (alert.firedAt ?? alert.activeAt))}`;
  return {
    kind: "computed",
    rule: "for",
    text,
    values: { state: alert.state, labels: alert.labels, activeAt: alert.activeAt, ageMs, forMs },
  };
}

/** What the expression gave. */
export function answerClause(config: RuleConfig, at: Millis, source: string, count: number, now: Millis): Clause {
  const what = count === 0 ? "nothing" : count === 1 ? "one element" : `${count} elements`;
  const age = now - at;
  return {
    kind: "input",
    rule: "query",
    text: `${exprOf(config)} gave ${what} at ${iso(at)}${age >= 1_000 ? `, ${formatDuration(age)} before` : ""} (${source})`,
    values: { expr: exprOf(config), elements: count, at, ageMs: age, source },
  };
}

export const heldClause = (rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind: "held",
  rule,
  text,
  values,
});

/** The most telling of some changes. */
export function reasonOf(transitions: readonly Transition[]): RuleReason | undefined {
  const has = (to: Transition["to"]): boolean => transitions.some((one) => one.to === to);
  if (has("firing")) return "fired";
  if (has("resolved")) return "resolved";
  if (has("returned")) return "fires_again";
  if (has("kept")) return "kept_firing";
  if (has("pending")) return "pending";
  return has("dropped") ? "dropped" : undefined;
}

/** How a rule stands where nothing changed. */
export function standingReason(alerts: readonly ActiveAlert[]): RuleReason {
  if (alerts.some(({ state }) => state === "firing")) return "still_firing";
  return alerts.some(({ state }) => state === "pending") ? "still_pending" : "quiet";
}
