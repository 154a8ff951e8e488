import { type Labels, labelsKey, METRIC_NAME } from "../kernel/labels.ts";
import type { RuleState } from "./rule-types.ts";
import type { RecordingRule } from "./types.ts";

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** What a recording rule's vector becomes; undefined where two series would have the same labels (RecordingRule.Eval). */
export function recordedSeries(rule: RecordingRule, samples: readonly Sample[]): readonly Sample[] | undefined {
  const keys = new Set<string>();
  const series = samples.map(({ labels, value }) => {
    const all: Record<string, string> = { ...labels, ...rule.labels, [METRIC_NAME]: rule.record };
    for (const [name, text] of Object.entries(all)) if (text === "") delete all[name];
    keys.add(labelsKey(all));
    return { labels: all, value };
  });
  return keys.size === series.length ? series : undefined;
}

/** `ALERTS` and `ALERTS_FOR_STATE` of a rule's alerts at an instant, as Prometheus writes them. */
export function alertSeries(state: RuleState): readonly Sample[] {
  return Object.values(state.alerts).flatMap((alert) =>
    alert.state === "resolved"
      ? []
      : [
          { labels: { ...alert.labels, [METRIC_NAME]: "ALERTS", alertstate: alert.state }, value: 1 },
          { labels: { ...alert.labels, [METRIC_NAME]: "ALERTS_FOR_STATE" }, value: Math.floor(alert.activeAt / 1_000) },
        ],
  );
}
