import type { Labels } from "../kernel/labels.ts";
import type { Action } from "../kernel/step.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import type { OncallSectionValue } from "./oncall/section.ts";

/** Operators of a matcher, as in `alertname="x"`. */
export type MatchOp = "=" | "!=" | "=~" | "!~";

/** One condition on a label. An absent label has the value "". Regular expressions are RE2 and match whole values. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

/** What notifications can be sent with. The first nine, `eventbridge` and `sqs` are sent by Headgate, the others are read and checked only. */
export type IntegrationType =
  | "webhook"
  | "slack"
  | "pagerduty"
  | "opsgenie"
  | "email"
  | "sns"
  | "msteamsv2"
  | "discord"
  | "telegram"
  | "eventbridge"
  | "sqs"
  | "incidentio"
  | "wechat"
  | "pushover"
  | "victorops"
  | "webex"
  | "msteams"
  | "jira"
  | "rocketchat"
  | "mattermost";

/**
 * An alert as it is kept: what was posted, merged with what was known (Alertmanager's provider). Absent `endsAt` does not occur: one that
 * was posted without gets now + resolve_timeout and `timeout`.
 */
export interface AlertRow {
  /** FNV-1a 64 of the sorted labels, 16 hex digits. */
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  readonly endsAt: Millis;
  /** When it was received last. */
  readonly updatedAt: Millis;
  /** The end is only assumed (resolve_timeout). */
  readonly timeout: boolean;
  /** "" where none was given. */
  readonly generatorUrl: string;
}

/** A group that alerts are gathered in: one route, one set of group labels. */
export interface GroupIdentity {
  /** Route key and group labels, as receivers see and hash it: `{}/{severity="page"}:{alertname="Down"}`. */
  readonly groupKey: string;
  /** Identifies the route in the tree (two routes may have one key). */
  readonly routeId: string;
  readonly receiver: string;
  readonly labels: Labels;
}

/** Why a notification goes out, in upstream's words (nflog, `NotificationReason`), and ours for escalation. */
export type NotifyReason =
  | "first notification"
  | "new alerts added"
  | "some alerts resolved"
  | "all alerts resolved"
  | "repeat interval elapsed"
  | "escalated";

/** What is remembered of the last notification of one integration about one group: the notification log. */
export interface LogEntry {
  readonly at: Millis;
  readonly reason: NotifyReason;
  /** The alerts it told of, as a set of fingerprints; see `sets.ts`. */
  readonly firing: FingerprintSet;
  readonly resolved: FingerprintSet;
  /** Past it the entry is forgotten: at + min(120 h, 2 × repeat_interval). */
  readonly expiresAt: Millis;
  /** What the receiver has to be given again, such as the `ts` of a Slack message. */
  readonly store?: Readonly<Record<string, string | number>>;
}

/** Fingerprints, sorted; a set too large for an item is kept as an object of that content. */
export type FingerprintSet =
  | { readonly count: number; readonly digest: string; readonly inline: readonly string[] }
  | { readonly count: number; readonly digest: string; readonly object: string };

/** One integration of a receiver, without its secrets: what a decision needs to know of it. */
export interface IntegrationRef {
  /** `webhook[0]`: type and index within its receiver, as upstream numbers them. */
  readonly id: string;
  readonly type: IntegrationType;
  readonly index: number;
  readonly sendResolved: boolean;
  /** Whether Headgate sends to it itself. */
  readonly sendable: boolean;
}

/** Why an alert of a group is not told of. Several may hold; the first in this order is the one that counted. */
export interface Suppression {
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy?: readonly string[];
  /** Ids of the silences. */
  readonly silencedBy?: readonly string[];
  /** Until then a cooldown of its rule and service holds it back. */
  readonly cooldownUntil?: Millis;
}

/** A notification to be sent: absolute, with a key that stays the same however often it is tried. */
export interface NotifyAction extends Action {
  readonly type: "notify";
  readonly receiver: string;
  readonly integration: IntegrationRef;
  readonly reason: NotifyReason;
  readonly groupKey: string;
  /** All alerts of the group at the flush that are not suppressed. */
  readonly firing: FingerprintSet;
  readonly resolved: FingerprintSet;
  /** Instant of the flush; what was firing then is told as firing. */
  readonly flushAt: Millis;
  /** It is given up then: flush + max(group_interval, 10 s). */
  readonly deadline: Millis;
}

export type SilenceState = "pending" | "active" | "expired";

/** A silence as API v2 has it, and what Headgate adds. */
export interface Silence {
  readonly id: string;
  /** Sets of matchers; one of them has to hold as a whole. Upstream's classic form is one set. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startsAt: Millis;
  readonly endsAt: Millis;
  readonly updatedAt: Millis;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Labels;
  /** Ends when what it matched at its creation has resolved. */
  readonly untilResolved?: boolean;
  /** Comes again: the windows between `startsAt` and `endsAt` in which it holds. */
  readonly recurs?: readonly NamedTimeInterval["intervals"][number][];
  /** Notice before it ends: how long before, to which receiver. */
  readonly remind?: { readonly beforeMs: DurationMs; readonly receiver: string };
}

/** A range of whole numbers, both ends in it. */
export interface NumberRange {
  readonly begin: number;
  readonly end: number;
}

/** As upstream's `time_intervals` after parsing; what is absent always holds. */
export interface TimeIntervalSpec {
  /** Minutes of the day, [begin, end), end up to 1440. */
  readonly times?: readonly NumberRange[];
  /** 0 is Sunday. */
  readonly weekdays?: readonly NumberRange[];
  /** 1..31, or -31..-1 counted from the end of the month. */
  readonly daysOfMonth?: readonly NumberRange[];
  /** 1..12. */
  readonly months?: readonly NumberRange[];
  readonly years?: readonly NumberRange[];
  /** IANA name; absent: UTC. */
  readonly location?: string;
}

export interface NamedTimeInterval {
  readonly name: string;
  readonly intervals: readonly TimeIntervalSpec[];
}

export interface InhibitRuleSpec {
  readonly name?: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** A route as the file has it, matchers read. What is absent is inherited (but for the intervals). */
export interface RouteSpec {
  readonly receiver?: string;
  readonly groupBy?: readonly string[];
  /** `group_by: ['...']`. */
  readonly groupByAll?: boolean;
  readonly groupWaitMs?: DurationMs;
  readonly groupIntervalMs?: DurationMs;
  readonly repeatIntervalMs?: DurationMs;
  /** `match`, `match_re` (value `^(?:…)$`) and `matchers` together, in the order that the key has them in. */
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Values may be templates. */
  readonly labels: Labels;
  readonly routes: readonly RouteSpec[];
}

/** A receiver's integration with everything that applies to it: globals and defaults are filled in. */
export interface IntegrationSpec extends IntegrationRef {
  /** Settings by upstream's names in snake_case, checked; durations in milliseconds. Secrets are in here: never show it as it is. */
  readonly settings: { readonly [name: string]: unknown };
}

export interface ReceiverSpec {
  readonly name: string;
  /** The file's own and `name`, which upstream adds; for `receiver_matchers` of API v2. Absent: only `name`. */
  readonly labels?: Labels;
  readonly integrations: readonly IntegrationSpec[];
}

/** A whole alertmanager.yml, checked and resolved. Plain JSON. */
export interface AlertmanagerSettings {
  readonly resolveTimeoutMs: DurationMs;
  readonly route: RouteSpec;
  readonly inhibitRules: readonly InhibitRuleSpec[];
  readonly receivers: readonly ReceiverSpec[];
  readonly timeIntervals: readonly NamedTimeInterval[];
  /** Patterns as the file has them. */
  readonly templateFiles: readonly string[];
  /** Texts of the files they match. */
  readonly templates: readonly { readonly file: string; readonly text: string }[];
  /** The file as `/api/v2/status` shows it: defaults as upstream prints them, secrets as `<secret>`. */
  readonly shown: string;
}

/** A second receiver when nobody has acknowledged. */
export interface EscalationRule {
  readonly match: readonly Matcher[];
  readonly afterMs: DurationMs;
  readonly to: string;
}

/** No further notification about the same rule and service for a while. */
export interface CooldownRule {
  readonly match: readonly Matcher[];
  /** Labels that make alerts the same, usually `alertname` and `service`. */
  readonly by: readonly string[];
  readonly forMs: DurationMs;
}

/** Section `alerting` with its files read: what functions work with. */
export interface AlertingConfig {
  /** Path of alertmanager.yml as written. */
  readonly file: string;
  readonly settings: AlertmanagerSettings;
  /** Where people reach this installation; in messages as ExternalURL. */
  readonly publicUrl?: string;
  readonly escalation: readonly EscalationRule[];
  readonly cooldown: readonly CooldownRule[];
  readonly limits: {
    /** More than these a minute are answered 429. */
    readonly alertsPerMinute: number;
  };
  /** How long what was posted is kept for replay; 0: not at all. */
  readonly keepEventsMs: DurationMs;
  /** Reference (`env:NAME`, `file:path`, `ssm:/path`) to what links in messages are signed with; absent: no links. */
  readonly linkSecret?: string;
  /** Section `oncall`, put in where both are at hand: who is behind the receivers that are named `oncall:<escalation>`. */
  readonly oncall?: OncallSectionValue;
}
