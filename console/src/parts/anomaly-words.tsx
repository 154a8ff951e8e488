import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import { Icon } from "../icons.tsx";

/** "0.93"; no rounding up to certainty. */
export const scoreText = (score: number): string => score.toFixed(score > 0.995 && score < 1 ? 4 : 2);

/** The sentence without what else was going on, where that is told apart. */
export function headline({ sentence, facts }: AnomalyView): string {
  const rest = `; ${facts.join("; ")}`;
  return facts.length > 0 && sentence.endsWith(rest) ? sentence.slice(0, -rest.length) : sentence;
}

/** How bad, as shape and word; what is over is grey. */
export function Severity({ anomaly }: { anomaly: AnomalyView }) {
  const { severity, until } = anomaly;
  const open = until === undefined;
  return (
    <span class={open ? `severity severity-${severity}` : "severity"}>
      <Icon name={open ? (severity === "high" ? "failing" : "degraded") : "ok"} size={14} /> {open ? severity : "over"}
    </span>
  );
}
