import { parseFloatText } from "../kernel/float.ts";
import type { Machine } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import type { SeenAlert } from "./alert-state.ts";
import { evaluateMetricRule } from "./metric-rules.ts";
import { alarmChanged } from "./rule-alarm-step.ts";
import { type Expand, seenAlerts } from "./rule-labels.ts";
import { evaluateRule } from "./rule-step.ts";
import { heldClause } from "./rule-trace.ts";
import type {
  NotifyAction,
  PromRuleConfig,
  Queried,
  RuleConfig,
  RuleInput,
  RuleReason,
  RuleState,
  RuleStep,
  TextSample,
} from "./rule-types.ts";
import { expandTemplate } from "./templates/expand.ts";

const EMPTY: RuleState = { v: 1, alerts: {} };

/** Queries of templates are answered from the input: a decision must be computable from its record alone. */
const expand: Expand = (text, { queried, ...data }) =>
  expandTemplate(text, {
    ...data,
    ...(queried ? { query: (expr) => (Object.hasOwn(queried, expr) ? (queried[expr] ?? []) : []).map(numeric) } : {}),
  });

const numeric = ({ labels, value }: TextSample) => ({ labels, value: parseFloatText(value) ?? Number.NaN });

/**
 * One decision about one rule. Pure and total.
 *
 *   evaluate ─ no answer ─────────────→ held_query_failed
 *            ├ equal labels, limit ───→ held_same_labels · limit_exceeded
 *            └ the vector → pending · fired · kept_firing · resolved · dropped · a reason to stay
 *   alarm ──── ALARM · OK · else ─────→ fired · resolved · held_alarm_no_data
 *   metrics ── value at the path ─────→ the same, or held_no_value; sent unless held_cooldown
 */
function step(config: RuleConfig, state: RuleState, input: RuleInput, now: Millis): RuleStep {
  if (config.kind === "metric-path") {
    return input.kind === "metrics" ? evaluateMetricRule(config, state, input, now) : bad(state, input.kind);
  }
  switch (input.kind) {
    case "evaluate":
      return evaluateRule(config, state, input, now, expand);
    case "alarm":
      return alarmChanged(config, state, input.alarm, now, expand);
    default:
      return bad(state, input.kind);
  }
}

const bad = (state: RuleState, kind: string): RuleStep => ({
  state,
  actions: [],
  reason: "held_bad_input",
  trace: [heldClause("input", `a rule of this kind is not decided by ${JSON.stringify(kind)}`)],
});

/**
 * Rules as the shell sees them. What was sent leaves no trace in the state: firing alerts are sent again each minute by
 * whoever evaluates, so a receiver that was away hears of them (see `resends`). The evaluation's schedule wakes it, nothing else.
 */
export const alertRule: Machine<RuleConfig, RuleState, RuleInput, NotifyAction, RuleReason> = {
  noun: "monitoring",
  initial: () => EMPTY,
  step,
  settle: (_, state) => state,
  dueAt: () => undefined,
};

/** A vector as the alerts of a rule, by fingerprint; nothing where two have the same labels. */
export function seenOf(
  config: PromRuleConfig,
  samples: readonly TextSample[],
  at: Millis,
  queried?: Queried,
): ReadonlyMap<string, SeenAlert> {
  const found = seenAlerts(config.rule, samples, config.externalLabels, at, expand, queried);
  return found.ok ? found.seen : new Map();
}

/** What the templates of a rule ask for, for this vector, beyond what is known already. */
export function queriesOfTemplates(
  config: PromRuleConfig,
  samples: readonly TextSample[],
  at: Millis,
  known: Queried,
): readonly string[] {
  const asked = new Set<string>();
  const collect: Expand = (text, { queried: _, ...data }) =>
    expandTemplate(text, {
      ...data,
      query: (expr) => {
        if (Object.hasOwn(known, expr)) return (known[expr] ?? []).map(numeric);
        asked.add(expr);
        return [];
      },
    });
  const found = seenAlerts(config.rule, samples, config.externalLabels, at, collect);
  if (found.ok) for (const { annotations } of found.seen.values()) annotations();
  return [...asked];
}
