import { explainRecord } from "../kernel/explain.ts";
import { type Labels, labelsText, METRIC_NAME } from "../kernel/labels.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action } from "../kernel/step.ts";

/** What became of a group that nobody is told of; it follows the group's name. */
const SAID: Readonly<Record<string, string>> = {
  opened: "has its first alert",
  rerouted: "is formed anew after a change of the configuration",
  cleared_without_sending: "is over, and its receiver does not want to hear of that",
  dropped_resolved: "is rid of alerts that are resolved",
  dormant: "is empty, nothing is left to tell",
  forgotten: "is forgotten",
  acknowledged: "is acknowledged",
  unacknowledged: "is no longer acknowledged",
  commented: "has a comment",
  held_nothing_new: "has no news",
  held_never_notified: "is quiet: it resolved before anybody was told of it",
  held_muted: "is quiet, its route is muted now",
  held_inactive: "is quiet, its route is not active now",
  held_inhibited: "is quiet, all of it is inhibited",
  held_silenced: "is quiet, all of it is silenced",
  held_suppressed: "is quiet, all of it is inhibited, silenced or in a cooldown",
  held_cooldown: "is quiet, a cooldown holds it",
  held_acknowledged: "is not told again, somebody has acknowledged",
  held_nobody_on_call: "is told to nobody: nobody is on call",
  held_not_sendable: "has a receiver with nothing that can be sent to",
  held_not_due: "waits for its next flush",
  held_empty: "has no alerts",
  held_stale: "is looked at again, its log has changed meanwhile",
  held_already_open: "is open already",
  held_bad_input: "is left alone",
};

/** Why somebody is told, after whom. */
const WHEN: Readonly<Record<string, string>> = {
  "first notification": "for the first time",
  "new alerts added": "of new alerts",
  "some alerts resolved": "that some of it is over",
  "all alerts resolved": "that it is over",
  "repeat interval elapsed": "again",
  escalated: "as nobody has acknowledged",
};

interface Identity {
  readonly groupKey?: unknown;
  readonly labels?: unknown;
  readonly receiver?: unknown;
}

const identityOf = (record: DecisionRecord): Identity =>
  (record.config as { readonly identity?: Identity } | null)?.identity ?? {};

/** A group can have many labels, and long ones. */
const LONGEST_NAME = 160;

/** A group as its alerts are named: `KafkaDown{service="orders"}`; `alerts` where everything is one group. */
function nameOf(record: DecisionRecord): string {
  const { labels } = identityOf(record);
  if (typeof labels !== "object" || labels === null) return record.subject;
  const { alertname, ...rest } = labels as Labels;
  const name = labelsText({ ...rest, [METRIC_NAME]: alertname ?? "alerts" });
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

/** A notification as far as a sentence needs it. */
type Told = Action & {
  readonly receiver?: string;
  readonly integration?: { readonly id?: string };
  readonly reason?: string;
  readonly firing?: { readonly count?: number };
  readonly resolved?: { readonly count?: number };
};

const addressee = ({ receiver, integration }: Told): string => `${receiver ?? "?"}/${integration?.id ?? "?"}`;
const MOST_NAMED = 3;

/** "pager/webhook[0] for the first time and boss/email[0] as nobody has acknowledged": who is told, by why. */
function addressees(actions: readonly Told[]): string {
  const reasons = [...new Set(actions.map(({ reason }) => reason ?? ""))];
  return reasons
    .map((reason) => {
      const to = actions.filter((one) => (one.reason ?? "") === reason).map(addressee);
      const named = to.slice(0, MOST_NAMED).join(", ");
      const more = to.length > MOST_NAMED ? ` and ${to.length - MOST_NAMED} more` : "";
      return `${named}${more} ${WHEN[reason] ?? reason}`.trim();
    })
    .join(" and ");
}

function counts(actions: readonly Told[]): string {
  const [first] = actions;
  const [firing, resolved] = [first?.firing?.count ?? 0, first?.resolved?.count ?? 0];
  const parts = [...(firing > 0 ? [`${firing} firing`] : []), ...(resolved > 0 ? [`${resolved} resolved`] : [])];
  return parts.length === 0 ? "" : `, ${parts.join(", ")}`;
}

/** What receivers answered, as far as it is known: a decision is told of before anything is sent, and a receiver may refuse. */
function toldText(record: DecisionRecord): string {
  const actions = record.actions as readonly Told[];
  const results = record.outcomes.flatMap(({ results = [] }) => results);
  const statusOf = (key: string) => results.find((one) => one.key === key)?.status;
  const failed = actions.filter(({ key }) => ["failed", "refused"].includes(statusOf(key) ?? ""));
  const others = actions.filter((one) => !failed.includes(one));
  const verb = others.every(({ key }) => statusOf(key) === "done") ? "told" : "tells";
  const why = results.find(({ key }) => key === failed[0]?.key)?.detail;
  const parts = [
    ...(others.length > 0 ? [`${verb} ${addressees(others)}${counts(others)}`] : []),
    ...(failed.length > 0 ? [`could not tell ${addressees(failed)}${counts(failed)} (${why ?? "failed"})`] : []),
  ];
  return parts.join("; ");
}

/** The clause that decided: the last one that says why, where nothing was told. */
const whyOf = ({ trace, reason }: DecisionRecord): string | undefined =>
  reason.startsWith("held_") || reason === "opened" || reason.endsWith("acknowledged") || reason === "commented"
    ? (trace.find(({ kind }) => kind === "vetoed") ?? trace.at(-1))?.text
    : undefined;

/** The record in one sentence: what became of the group, and why. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  if (record.actions.length > 0) return `${nameOf(record)}: ${toldText(record)}`;
  const { receiver } = identityOf(record);
  const said = SAID[record.reason] ?? record.reason.replaceAll("_", " ");
  const whose = typeof receiver === "string" ? ` for ${receiver}` : "";
  const why = whyOf(record);
  return `${nameOf(record)}${whose} ${said}${why === undefined ? "" : `: ${why}`}`;
}

function done(action: Told): string {
  const { firing, resolved, reason } = action;
  return `did: tell ${addressee(action)} of ${firing?.count ?? 0} firing and ${resolved?.count ?? 0} resolved, ${reason ?? ""} (key ${action.key})`;
}

/** The whole chain for a person: sentence, trigger, the group, each clause, what was told, what became of it. */
export function explain(record: DecisionRecord): readonly string[] {
  const { groupKey, receiver } = identityOf(record);
  return explainRecord(record, sentence(record), {
    about: typeof groupKey === "string" ? [`group: ${groupKey}, receiver ${String(receiver)}`] : [],
    did: done,
  });
}
