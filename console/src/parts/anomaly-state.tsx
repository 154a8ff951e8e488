import type { AnomalyServiceSummary } from "../../../functions/api/views-anomaly.ts";
import { Icon, type IconName } from "../icons.tsx";

const WORDS: Readonly<Record<AnomalyServiceSummary["state"], readonly [word: string, icon: IconName]>> = {
  anomalous: ["anomalous", "degraded"],
  normal: ["as usual", "ok"],
  learning: ["learning", "learning"],
  unknown: ["not scored yet", "unknown"],
};

/** How unusual something behaves, as shape, word and only then colour. */
export function AnomalyState({ state }: { state: AnomalyServiceSummary["state"] }) {
  const [word, icon] = WORDS[state];
  return (
    <span class={`health anomaly-state-${state}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}
