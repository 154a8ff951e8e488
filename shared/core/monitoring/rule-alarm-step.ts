import type { Clause } from "../kernel/step.ts";
import { formatDuration, iso, type Millis } from "../kernel/time.ts";
import { type ActiveAlert, lookAtAlerts, type SeenAlert } from "./alert-state.ts";
import { type Expand, seenAlerts } from "./rule-labels.ts";
import { notify } from "./rule-notify.ts";
import { heldClause, reasonOf, standingReason, transitionClause } from "./rule-trace.ts";
import type { AlarmNews, PromRuleConfig, RuleState, RuleStep } from "./rule-types.ts";

/**
 * A state change of a CloudWatch alarm that stands for a rule: ALARM fires at once, because CloudWatch has waited for `for`;
 * OK ends it; INSUFFICIENT_DATA is not known, and holds. Older news than the newest of an alarm, and the same once more, change
 * nothing.
 */
export function alarmChanged(
  config: PromRuleConfig,
  state: RuleState,
  alarm: AlarmNews,
  now: Millis,
  expand: Expand,
): RuleStep {
  const heard: Clause = {
    kind: "input",
    rule: "alarm",
    text: `alarm ${alarm.name} went to ${alarm.state} at ${iso(alarm.at)}, ${formatDuration(Math.max(0, now - alarm.at))} before`,
    values: { alarm: alarm.name, state: alarm.state, at: alarm.at },
  };
  const known = state.alarms && Object.hasOwn(state.alarms, alarm.name) ? state.alarms[alarm.name] : undefined;
  if (known && known.at >= alarm.at) {
    const text = `it is known to be in ${known.state} since ${iso(known.at)}`;
    return { state, actions: [], reason: "held_too_late", trace: [heard, heldClause("order", text)] };
  }
  const alarms = { ...state.alarms, [alarm.name]: { state: alarm.state, at: alarm.at } };
  if (alarm.state === "INSUFFICIENT_DATA") {
    const text = "the alarm has too little data: what fires keeps firing, nothing new fires";
    return {
      state: { ...state, alarms },
      actions: [],
      reason: "held_alarm_no_data",
      trace: [heard, heldClause("alarm", text)],
    };
  }
  const sample = { labels: alarm.labels, value: alarm.value ?? "NaN" };
  const found = seenAlerts(config.rule, [sample], config.externalLabels, alarm.at, expand);
  const [one] = found.ok ? found.seen : [];
  if (!one) return { state, actions: [], reason: "held_bad_input", trace: [heard] };
  const looked = lookAtAlerts({ forMs: 0, keepFiringForMs: 0 }, state.alerts, {
    at: alarm.at,
    seen: seenWith(state.alerts, one, alarm.state === "ALARM"),
  });
  const changes = looked.transitions.filter(({ to }) => to === "firing" || to === "resolved");
  return {
    state: { ...state, alerts: looked.alerts, alarms, changedAt: Math.max(alarm.at, state.changedAt ?? alarm.at) },
    actions: notify(
      config,
      changes.map(({ alert }) => alert),
      alarm.at,
    ),
    reason: reasonOf(looked.transitions) ?? standingReason(Object.values(looked.alerts)),
    trace: [
      heard,
      ...looked.transitions.map((one) => transitionClause({ ...config, rule: { ...config.rule, forMs: 0 } }, one)),
    ],
  };
}

/** Alarms tell of one alert each: the rule's others are as they were. */
function seenWith(
  alerts: Readonly<Record<string, ActiveAlert>>,
  [key, alert]: readonly [string, SeenAlert],
  there: boolean,
): ReadonlyMap<string, SeenAlert> {
  const others = Object.entries(alerts).flatMap(([other, known]): readonly (readonly [string, SeenAlert])[] =>
    other === key || known.state === "resolved"
      ? []
      : [[other, { labels: known.labels, value: known.value, annotations: () => known.annotations ?? {} }]],
  );
  return new Map(there ? [...others, [key, alert]] : others);
}
