import type { DecisionRecord } from "../kernel/record.ts";
import type { Action } from "../kernel/step.ts";
import { iso } from "../kernel/time.ts";

/** What became of the group; a notification's receivers follow. */
const SAID: Readonly<Record<string, string>> = {
  opened: "has its first alert",
  rerouted: "was formed anew after a change of the configuration",
  notified_first: "is told of for the first time",
  notified_new_alerts: "has new alerts, which are told of",
  notified_resolved: "has resolved alerts, which are told of",
  notified_all_resolved: "is over, which is told",
  notified_repeat: "still fires and is told of again",
  escalated: "was not acknowledged: the next receiver is told",
  cleared_without_sending: "is over; nobody there wants to hear of that",
  dropped_resolved: "has lost alerts that are resolved",
  dormant: "is empty",
  forgotten: "is forgotten",
  acknowledged: "was acknowledged",
  unacknowledged: "is no longer acknowledged",
  commented: "has a comment",
  held_nothing_new: "is not told of: nothing is new",
  held_never_notified: "is not told of: it resolved before anybody was told of it",
  held_muted: "is not told of: its route is muted now",
  held_inactive: "is not told of: its route is not active now",
  held_inhibited: "is not told of: all of it is inhibited",
  held_silenced: "is not told of: all of it is silenced",
  held_suppressed: "is not told of: all of it is inhibited, silenced or in a cooldown",
  held_cooldown: "is not told of: a cooldown holds it",
  held_acknowledged: "is not told of again: somebody has acknowledged",
  held_not_sendable: "is not told of: its receiver has nothing that can be sent to",
  held_not_due: "waits for its next flush",
  held_empty: "has no alerts",
  held_stale: "is looked at again: its log has changed meanwhile",
  held_already_open: "is open already",
  held_bad_input: "is left alone",
};

interface Identity {
  readonly groupKey?: unknown;
  readonly receiver?: unknown;
}

const identityOf = (record: DecisionRecord): Identity =>
  (record.config as { readonly identity?: Identity } | null)?.identity ?? {};

/** A group's key can hold the values of many labels. */
const LONGEST_KEY = 160;

function nameOf(record: DecisionRecord): string {
  const { groupKey } = identityOf(record);
  if (typeof groupKey !== "string") return record.subject;
  return groupKey.length <= LONGEST_KEY ? groupKey : `${groupKey.slice(0, LONGEST_KEY - 1)}…`;
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

/** The clause that decided: the last one that says why, where nothing was told. */
const whyOf = ({ trace, reason }: DecisionRecord): string | undefined =>
  reason.startsWith("held_") || reason === "opened" || reason.endsWith("acknowledged") || reason === "commented"
    ? (trace.find(({ kind }) => kind === "vetoed") ?? trace.at(-1))?.text
    : undefined;

/** The record in one sentence: what became of the group, and why. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const said = SAID[record.reason] ?? record.reason.replaceAll("_", " ");
  const to = (record.actions as readonly Told[]).map(addressee);
  const told = to.length > 3 ? `${to.slice(0, 3).join(", ")} and ${to.length - 3} more` : to.join(", ");
  const why = whyOf(record);
  return `${nameOf(record)} ${said}${told === "" ? "" : ` (${told})`}${why === undefined ? "" : `: ${why}`}`;
}

function done(action: Told): string {
  const { firing, resolved, reason } = action;
  return `did: tell ${addressee(action)} of ${firing?.count ?? 0} firing and ${resolved?.count ?? 0} resolved, ${reason ?? ""} (key ${action.key})`;
}

/** The whole chain for a person: sentence, trigger, the group, each clause, what was told, what became of it. */
export function explain(record: DecisionRecord): readonly string[] {
  const { trigger, trace } = record;
  const { groupKey, receiver } = identityOf(record);
  return [
    sentence(record),
    `${iso(record.at)}, woken by ${trigger.type}${trigger.detail ? ` (${trigger.detail})` : ""}, configuration ${record.configVersion}`,
    ...(typeof groupKey === "string" ? [`group: ${groupKey}, receiver ${String(receiver)}`] : []),
    ...trace.map(({ kind, rule, text }) => (kind === "input" ? `read: ${text}` : `${kind} by ${rule}: ${text}`)),
    ...(record.actions.length === 0 ? ["did: nothing"] : (record.actions as readonly Told[]).map(done)),
    ...record.outcomes.map((outcome) => `${outcome.phase} at ${iso(outcome.at)}: ${outcome.text}`),
    `reason: ${record.reason}`,
  ];
}
