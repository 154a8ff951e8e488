import type { ComponentChildren } from "preact";
import type { ServiceSummary } from "../../../functions/api/views.ts";
import type { RoutedAlertView } from "../../../functions/api/views-alerting.ts";
import type { AnomalyView } from "../../../functions/api/views-anomaly.ts";
import type { AlertView } from "../../../functions/api/views-monitoring.ts";
import type { ActType } from "../acts.ts";
import { alertName, alertText, tellingLabels } from "../alert-words.ts";
import { keyOf } from "../anomaly-key.ts";
import { clockTime, plural, told } from "../format.ts";
import type { IconName } from "../icons.tsx";
import { isCritical, otherLabels, routedName, routedText } from "../routed-words.ts";
import { alertLink, anomalyLink, ruleLink, serviceLink } from "../router.ts";
import { ActButtons } from "./act-buttons.tsx";
import { SpeakButtons } from "./alerting/speak-buttons.tsx";
import { headline } from "./anomaly-words.tsx";
import { Judge } from "./judge.tsx";
import { Ago } from "./time.tsx";

interface Need {
  readonly service: ServiceSummary;
  readonly icon: IconName;
  readonly tone: "failing" | "degraded" | "unknown" | "held";
  readonly word: string;
  readonly text: string;
  readonly acts: readonly ActType[];
}

const RANK = { failing: 0, degraded: 1, unknown: 2, held: 3 } as const;

/** What a person should look at, worst first. Empty when all is well. */
export function needsOf(services: readonly ServiceSummary[], now: number): readonly Need[] {
  const needs = services.flatMap((service): readonly Need[] => {
    const found: Need[] = [];
    if (service.health !== "ok") found.push(healthNeed(service, service.health));
    const { paused, override } = service;
    if (paused) {
      const until = paused.until === undefined ? "until somebody resumes it" : `until ${clockTime(paused.until, now)}`;
      const way = paused.direction === "all" ? "" : `${paused.direction === "out" ? "outward" : "inward"} `;
      const text = `${way}by ${paused.by} ${until}: ${paused.why}`;
      found.push({ service, icon: "held", tone: "held", word: "paused", text, acts: ["resume"] });
    }
    if (override) {
      const text = `${plural(override.desired, "instance")} by ${override.by} until ${clockTime(override.until, now)}: ${override.why}`;
      found.push({ service, icon: "changed", tone: "held", word: "overridden", text, acts: ["clear_override"] });
    }
    return found;
  });
  return needs.sort((a, b) => RANK[a.tone] - RANK[b.tone]);
}

function healthNeed(service: ServiceSummary, health: "degraded" | "failing" | "unknown"): Need {
  const { status } = service;
  const text =
    status?.trouble ??
    (status === undefined
      ? "the fleet does not answer for it: nothing is changed while that lasts"
      : `${status.ready} of ${status.desired} instances are ready`);
  return { service, icon: health, tone: health, word: health === "unknown" ? "not known" : health, text, acts: [] };
}

/** One line of what needs a person: of a service, an alert or an anomaly. */
export interface Line {
  readonly key: string;
  readonly rank: number;
  readonly tone: Need["tone"];
  readonly icon: IconName;
  readonly word: string;
  readonly text: ComponentChildren;
  readonly acts: ComponentChildren;
}

/** A service that is not well, paused or held. */
export function serviceLine(need: Need): Line {
  return {
    key: `${need.service.name}\n${need.word}`,
    rank: RANK[need.tone],
    tone: need.tone,
    icon: need.icon,
    word: need.word,
    text: (
      <>
        <a href={serviceLink(need.service.name)}>
          <bdi>{need.service.name}</bdi>
        </a>
        {"\u2002"}
        {need.text}
      </>
    ),
    acts: <ActButtons service={need.service} acts={need.acts} />,
  };
}

/** Labels that say best what an alert is about, where there is room for one. */
const ABOUT: ReadonlySet<string> = new Set(["service", "job", "instance"]);

/** A firing alert of a rule here; "critical" is the only severity everybody writes alike. */
export function alertLine(alert: AlertView): Line {
  return firingLine({
    key: `${alert.rule}\n${alert.fingerprint}`,
    critical: alert.labels["severity"] === "critical",
    to: ruleLink(alert.rule),
    name: alertName(alert),
    says: alertText(alert),
    about: tellingLabels(alert.labels).find(([name]) => ABOUT.has(name))?.[1],
    since: alert.firedAt ?? alert.activeAt,
    acts: null,
  });
}

/** A routed alert that fires and that nobody sees to yet. */
export function routedLine(alert: RoutedAlertView): Line {
  const name = routedName(alert);
  return firingLine({
    key: alert.fingerprint,
    critical: isCritical(alert),
    to: alertLink(alert.fingerprint),
    name,
    says: routedText(alert),
    about: otherLabels(alert.labels).find(([label]) => ABOUT.has(label))?.[1],
    since: alert.startsAt,
    acts: (
      <SpeakButtons
        brief
        acknowledged={false}
        about={{ alert: alert.fingerprint, name, groups: alert.groups.length }}
      />
    ),
  });
}

function firingLine(alert: {
  readonly key: string;
  readonly critical: boolean;
  readonly to: string;
  readonly name: string;
  readonly says: string;
  readonly about: string | undefined;
  readonly since: number;
  readonly acts: ComponentChildren;
}): Line {
  const { critical, about } = alert;
  return {
    key: alert.key,
    rank: critical ? 0.5 : 1.5,
    tone: critical ? "failing" : "degraded",
    icon: critical ? "failing" : "alerts",
    word: "firing",
    text: (
      <>
        <a href={alert.to}>
          <bdi>{alert.name}</bdi>
        </a>
        {"\u2002"}
        <bdi>{alert.says}</bdi>
        {about && (
          <>
            {" ("}
            <bdi>{about}</bdi>)
          </>
        )}
        , <Ago at={alert.since} />
      </>
    ),
    acts: alert.acts,
  };
}

/** An open anomaly, with the word that ends it beside. */
export function anomalyLine(anomaly: AnomalyView): Line {
  const high = anomaly.severity === "high";
  return {
    key: keyOf(anomaly),
    rank: high ? 0.8 : 1.8,
    tone: high ? "failing" : "degraded",
    icon: "anomalies",
    word: "anomaly",
    text: (
      <>
        <a href={serviceLink(anomaly.service)}>
          <bdi>{anomaly.service}</bdi>
        </a>
        {"\u2002"}
        <a class="told" href={anomalyLink(anomaly)}>
          {told(headline(anomaly))}
        </a>
        , <Ago at={anomaly.since} />
      </>
    ),
    acts: <Judge anomaly={anomaly} verdicts={["fine"]} />,
  };
}
