import type { Alert } from "../kernel/alert.ts";
import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import { formatDuration, HOUR_MS, type Millis } from "../kernel/time.ts";
import type { Standing } from "./evaluate.ts";
import { ratioOf } from "./evaluate.ts";
import { ALERT_NAMES, type AlertKind, type Firing, type Look, type Objective, type Severity } from "./types.ts";
import { budgetClause, dataClauses, figure, lastsFor } from "./words.ts";

/** An alert ends by itself so long after it was sent last. */
export const LASTS_MS = 48 * HOUR_MS;
/** What is left of it when it is sent again. */
export const RENEW_MS = 36 * HOUR_MS;

export interface Wanted {
  readonly kind: AlertKind;
  readonly severity: Severity;
}

/** Alerts that ought to be on: whatever the status is, what burns is told. */
export function wantedOf(objective: Objective, one: Standing): readonly Wanted[] {
  const burns = (severity: Severity) =>
    objective.rows.some((row) => row.severity === severity && one.rows.includes(row.name));
  return [
    ...(burns("page") ? [{ kind: "burn", severity: "page" } as const] : []),
    ...(burns("ticket") ? [{ kind: "burn", severity: "ticket" } as const] : []),
    ...(one.exhausted ? [{ kind: "exhausted", severity: "ticket" } as const] : []),
    ...(one.absent ? [{ kind: "absent", severity: "ticket" } as const] : []),
    ...(one.invalid ? [{ kind: "invalid", severity: "ticket" } as const] : []),
  ];
}

/** One sentence for whoever is woken. */
export function summaryOf(objective: Objective, seen: Look, { kind, severity }: Wanted): string {
  const { name } = objective;
  if (kind === "absent")
    return `${name}: ${dataClauses(seen).find(({ rule }) => rule === "data")?.text ?? "not one event was seen"}`;
  if (kind === "invalid") return `${name}: figures that cannot be were read; they are in no sum`;
  if (kind === "exhausted") return `${name}: the error budget is spent. ${budgetClause(objective, seen).text}`;
  const row = objective.rows.find(
    (one) => one.severity === severity && seen.rows.some((look) => look.name === one.name && look.fires),
  );
  const look = seen.rows.find((one) => one.name === row?.name);
  if (!row || !look) return `${name}: the error budget burns`;
  const ratio = ratioOf(look.long) ?? 0;
  const left = lastsFor(objective, seen, look);
  const lasts =
    left === undefined
      ? ""
      : left === 0
        ? "; the budget is spent already"
        : `; at the present rate the budget is spent in ${formatDuration(left)}`;
  return `${name}: ${figure(100 * ratio)} % of events in ${formatPromDuration(row.longMs)} were bad, ${figure(ratio / objective.allowed)} times what the target of ${objective.target} % allows${lasts}`;
}

/** The alert of what is on, or was on until `endedAt`. Labels are the same while it lasts. */
export function alertOf(objective: Objective, one: Firing, endedAt?: Millis): Alert {
  const { name, service, description } = objective;
  return {
    labels: {
      ...{ alertname: ALERT_NAMES[one.kind], slo: name, severity: one.severity },
      ...(service === undefined ? {} : { service }),
    },
    annotations: { summary: one.summary, ...(description === undefined ? {} : { description }) },
    startsAt: one.since,
    endsAt: endedAt ?? one.until,
  };
}
