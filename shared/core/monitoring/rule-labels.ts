import { parseFloatText } from "../kernel/float.ts";
import { hash64 } from "../kernel/hash.ts";
import { type Labels, labelsKey, METRIC_NAME, setLabel } from "../kernel/labels.ts";
import type { Millis } from "../kernel/time.ts";
import type { SeenAlert } from "./alert-state.ts";
import type { Queried, TextSample } from "./rule-types.ts";
import type { AlertingRule } from "./types.ts";

/** How a template of a label or an annotation becomes text: `expandTemplate` of templates/expand.ts. */
export type Expand = (
  text: string,
  data: {
    readonly labels: Labels;
    readonly value: number;
    readonly externalLabels: Labels;
    readonly now: Millis;
    readonly alert: string;
    /** Absent: a template that asks fails. */
    readonly queried?: Queried;
  },
) => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

export const ALERT_NAME = "alertname";

/** What tells alerts of one rule apart in its state. */
export const fingerprint = (labels: Labels): string => hash64(labelsKey(labels));

export type SeenResult =
  | { readonly ok: true; readonly seen: ReadonlyMap<string, SeenAlert> }
  /** Two elements have these labels. */
  | { readonly ok: false; readonly labels: Labels };

/**
 * The elements of a rule's vector as alerts: the series' labels without the metric's name, over them the rule's labels (templates
 * expanded; an empty one removes the label), over them `alertname`. As Prometheus does it (AlertingRule.Eval).
 */
export function seenAlerts(
  rule: AlertingRule,
  samples: readonly TextSample[],
  externalLabels: Labels,
  at: Millis,
  expand: Expand,
  queried?: Queried,
): SeenResult {
  const seen = new Map<string, SeenAlert>();
  for (const { labels, value } of samples) {
    const data = {
      labels,
      value: parseFloatText(value) ?? Number.NaN,
      externalLabels,
      now: at,
      alert: rule.alert,
      ...(queried ? { queried } : {}),
    };
    const text = (template: string): string => {
      if (!template.includes("{{")) return template;
      const expanded = expand(template, data);
      return expanded.ok ? expanded.text : `<error expanding template: ${expanded.message}>`;
    };
    const named: Record<string, string> = {};
    const set = (name: string, to: string): void => {
      if (to === "") delete named[name];
      else setLabel(named, name, to);
    };
    for (const [name, one] of Object.entries(labels)) if (name !== METRIC_NAME) set(name, one);
    for (const [name, template] of Object.entries(rule.labels)) set(name, text(template));
    named[ALERT_NAME] = rule.alert;
    const key = fingerprint(named);
    if (seen.has(key)) return { ok: false, labels: named };
    const annotations = (): Labels =>
      Object.fromEntries(Object.entries(rule.annotations).map(([name, template]) => [name, text(template)]));
    seen.set(key, { labels: named, value, annotations });
  }
  return { ok: true, seen };
}
