import type { AnomalyServiceView } from "../../../functions/api/views-anomaly.ts";
import { plural, told } from "../format.ts";
import { Icon } from "../icons.tsx";
import { anomalyLink } from "../router.ts";
import { headline, scoreText } from "./anomaly-words.tsx";
import { Judge } from "./judge.tsx";
import { Ago } from "./time.tsx";

/** How a service behaves against what it usually does: nothing to read when all is as usual. */
export function Behaviour({ view }: { view: AnomalyServiceView }) {
  const { service, open } = view;
  const learning = service.signals.filter((signal) => signal.state === "learning" || signal.state === "unknown");
  if (open.length === 0) {
    return learning.length === 0 ? null : (
      <p class="muted behaviour-learning">
        <Icon name="learning" size={14} />{" "}
        {learning.length === service.signals.length
          ? "Its usual behaviour is still being learnt: nothing is judged yet."
          : `${plural(learning.length, "signal")} still being learnt: ${learning.map((one) => one.name).join(", ")}.`}
      </p>
    );
  }
  return (
    <ul class="open-anomalies" aria-label="Open anomalies">
      {open.map((anomaly) => (
        <li key={anomaly.signal} class={`note ${anomaly.severity === "high" ? "note-bad" : ""}`}>
          <p>
            <strong>
              <Icon name={anomaly.severity === "high" ? "failing" : "degraded"} size={14} /> Anomaly
            </strong>{" "}
            since <Ago at={anomaly.since} />: <a href={anomalyLink(anomaly)}>{told(headline(anomaly))}</a>
            {anomaly.facts.length > 0 && <span class="outcome">{told(anomaly.facts.join("; "))}</span>}
          </p>
          <Judge anomaly={anomaly} />
        </li>
      ))}
      {open.length > 1 && service.jointScore !== undefined && (
        <li class="muted">Joint score of all its signals: {scoreText(service.jointScore)}</li>
      )}
    </ul>
  );
}
