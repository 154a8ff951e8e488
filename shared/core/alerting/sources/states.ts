import { iso, type Millis } from "../../kernel/time.ts";
import { sourceAnnotations, sourceLabels } from "./labels.ts";
import { OPEN_MS, type SourceAlert } from "./types.ts";

/** What is known of one thing that is in a state: a job, a connector, a cluster. */
export interface Subject {
  readonly alertname: string;
  readonly severity: string;
  readonly source: string;
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly state: string;
  readonly description?: string;
  readonly url?: string;
}

/** `bad` and `good` states; any other one (starting, being changed) says nothing either way. */
export interface States {
  readonly bad: ReadonlySet<string>;
  readonly good: ReadonlySet<string>;
}

/** The alert of a thing in a bad state, or the end of it in a good one; undefined in between. */
export function stateAlert(subject: Subject, states: States, since: Millis, now: Millis): SourceAlert | undefined {
  const bad = states.bad.has(subject.state);
  if (!bad && !states.good.has(subject.state)) return undefined;
  const at = Math.min(since, now);
  return {
    labels: sourceLabels(
      { alertname: subject.alertname, severity: subject.severity, source: subject.source },
      subject.labels,
    ),
    annotations: sourceAnnotations({
      summary: `${Object.values(subject.labels).find((value) => value) ?? subject.source} is ${subject.state}`,
      description: subject.description,
    }),
    startsAt: iso(at),
    endsAt: iso(bad ? now + OPEN_MS : at),
    generatorURL: subject.url ?? "",
  };
}
