import type { Alert } from "../kernel/alert.ts";
import { explainRecord } from "../kernel/explain.ts";
import { labelsText, METRIC_NAME, without } from "../kernel/labels.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action } from "../kernel/step.ts";
import { formatDuration, iso } from "../kernel/time.ts";

const SAID: Readonly<Record<string, string>> = {
  quiet: "nothing to report",
  pending: "waits",
  still_pending: "still waits",
  fired: "fires",
  still_firing: "still fires",
  kept_firing: "keeps firing",
  fires_again: "fires on",
  resolved: "is over",
  dropped: "never came to fire",
  gap_left_out: "waits longer",
  recovered: "answers again",
  held_query_failed: "held",
  held_same_labels: "held",
  limit_exceeded: "held",
  more_than_held: "has more alerts than can be followed",
  held_too_late: "too late to count",
  held_alarm_no_data: "held",
  held_no_value: "held",
  held_cooldown: "fires and was sent lately",
  sent_after_cooldown: "still fires and is sent again",
  held_bad_input: "nothing is done",
};

/** The name in the record's configuration; a record of another form is told by its subject. */
function ruleOf(record: DecisionRecord): string {
  const config = record.config as {
    readonly rule?: { readonly alert?: unknown };
    readonly name?: unknown;
    readonly service?: unknown;
  } | null;
  if (typeof config?.rule?.alert === "string") return config.rule.alert;
  return typeof config?.name === "string" ? `${config.name} of ${String(config.service)}` : record.subject;
}

/** The record in one English sentence: what the rule does now, and why. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const { trace, reason } = record;
  const said = SAID[reason] ?? reason.replaceAll("_", " ");
  const decides = DECIDED_BY[reason];
  const why = trace.find(({ rule, values }) => decides?.(rule, values["to"])) ?? trace.at(-1);
  const changes = trace.filter(({ values }) => values["to"] !== undefined && values["to"] === why?.values["to"]).length;
  const more = changes > 1 ? ` (and ${changes - 1} more)` : "";
  const rule = ruleOf(record);
  // What is said of one alert begins with its name, which is the rule's.
  if (why?.values["labels"] !== undefined) return `${why.text}${more}`;
  return `${rule} ${said}${why ? `: ${why.text}` : ""}`;
}

type Decides = (rule: string, to: unknown) => boolean;
const change =
  (wanted: string): Decides =>
  (_, to) =>
    to === wanted;
const clause =
  (wanted: string): Decides =>
  (rule) =>
    rule === wanted;
const DECIDED_BY: Readonly<Record<string, Decides>> = {
  fired: change("firing"),
  resolved: change("resolved"),
  pending: change("pending"),
  dropped: change("dropped"),
  kept_firing: change("kept"),
  fires_again: change("returned"),
  gap_left_out: clause("gap"),
  held_query_failed: clause("query"),
  held_cooldown: clause("cooldown"),
  more_than_held: clause("room"),
};

/** The whole chain for a person: sentence, trigger, what was read, each clause, what was sent, outcomes. */
export function explain(record: DecisionRecord): readonly string[] {
  const config = record.config as { readonly rule?: { readonly expr?: unknown; readonly forMs?: unknown } } | null;
  const { expr, forMs } = config?.rule ?? {};
  const held = typeof forMs === "number" && forMs > 0 ? ` for ${formatDuration(forMs)}` : "";
  return explainRecord(record, sentence(record), {
    about: typeof expr === "string" ? [`rule: ${expr}${held}`] : [],
    did: done,
  });
}

/** So many alerts of one action are told one by one. */
const MOST_TOLD = 20;

function done(action: Action): readonly string[] {
  const { alerts = [] } = action as Action & { readonly alerts?: readonly Alert[] };
  const lines = alerts.slice(0, MOST_TOLD).map(({ labels, startsAt }) => {
    const name = labelsText({ ...without(labels, "alertname"), [METRIC_NAME]: labels["alertname"] ?? "" });
    return `did: tell of ${name}, firing since ${iso(startsAt)}`;
  });
  const more = alerts.length - lines.length;
  return [...lines, ...(more > 0 ? [`did: tell of ${more} more`] : []), `did: ${action.type} (key ${action.key})`];
}
