import type { ServiceSummary } from "../../../functions/api/views.ts";
import type { RoutedAlertsView } from "../../../functions/api/views-alerting.ts";
import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import type { DeliveryServiceSummary } from "../../../functions/api/views-delivery.ts";
import type { GateView } from "../../../functions/api/views-gates.ts";
import type { AlertView } from "../../../functions/api/views-monitoring.ts";
import { plural } from "../format.ts";
import { Icon } from "../icons.tsx";
import { pageLink } from "../router.ts";
import { releaseLines } from "./delivery/needs.tsx";
import { alertLine, anomalyLine, needsOf, routedLine, serviceLine } from "./needs.tsx";

const AT_MOST = 6;
/** Of one rule or of all services at once there may be hundreds: each kind leaves room for the others. */
const OF_A_KIND = 4;

/** The first thing on the overview when there is something to do; nothing at all when there is not. */
export function Attention(props: {
  services: readonly ServiceSummary[];
  alerts: readonly AlertView[];
  /** Where alerts are routed: those that fire and that nobody sees to, instead of what the rules here say. */
  routed: RoutedAlertsView | undefined;
  anomalies: readonly AnomalyView[];
  /** Rollouts that wait for a person or failed, and gates of other systems. */
  delivery: readonly DeliveryServiceSummary[];
  gates: readonly GateView[];
  now: number;
}) {
  const services = needsOf(props.services, props.now).map(serviceLine);
  const firing = props.alerts.filter((alert) => alert.state === "firing");
  const { routed } = props;
  const alerts = (routed ? routed.items.map(routedLine) : firing.map(alertLine)).sort((a, b) => a.rank - b.rank);
  const anomalies = props.anomalies.map(anomalyLine).sort((a, b) => a.rank - b.rank);
  const releases = releaseLines(props.delivery, props.gates, props.now);
  const kinds = [
    { lines: services, to: "/services?health=trouble", of: "on services" },
    { lines: releases, to: pageLink("/delivery"), of: plural(releases.length, "release") },
    { lines: alerts, to: pageLink("/alerts"), of: plural(routed?.counts.firing ?? alerts.length, "firing alert") },
    { lines: anomalies, to: pageLink("/anomalies"), of: plural(anomalies.length, "open anomaly", "open anomalies") },
  ].filter((kind) => kind.lines.length > 0);
  if (kinds.length === 0) return null;
  const room = kinds.length === 1 ? AT_MOST : OF_A_KIND;
  const shown = kinds.flatMap((kind) => kind.lines.slice(0, room)).sort((a, b) => a.rank - b.rank);
  return (
    <section class="attention" aria-label="Needs a person">
      <ul>
        {shown.map((line) => (
          <li key={line.key} class={`need need-${line.tone}`}>
            <span class="need-word">
              <Icon name={line.icon} size={14} /> {line.word}
            </span>
            <p>{line.text}</p>
            {line.acts}
          </li>
        ))}
      </ul>
      {kinds
        .filter((kind) => kind.lines.length > room)
        .map((kind) => (
          <p key={kind.to}>
            <a href={kind.to}>
              and {kind.lines.length - room} more
              {kind.of === "on services" ? "" : ` of ${kind.of}`}
            </a>
          </p>
        ))}
    </section>
  );
}
