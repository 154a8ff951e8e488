import type { Labels } from "../kernel/labels.ts";
import type { Step } from "../kernel/step.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import type { DeliveryCounts } from "./decide.ts";
import type { PageInput, PagingConfig, PagingState } from "./oncall/paging-types.ts";
import type {
  FingerprintSet,
  GroupIdentity,
  IntegrationRef,
  LogEntry,
  NotifyAction,
  NotifyReason,
  Suppression,
} from "./types.ts";

/** What one group is decided by: its route's times and its receiver's integrations, without secrets. Plain JSON, in each record. */
export interface GroupConfig {
  readonly identity: GroupIdentity;
  /** Version of the configuration that routed it. */
  readonly version: string;
  readonly groupWaitMs: DurationMs;
  readonly groupIntervalMs: DurationMs;
  readonly repeatIntervalMs: DurationMs;
  readonly integrations: readonly IntegrationRef[];
  /** In the order of the file. */
  readonly escalation: readonly EscalationStep[];
  /** Its receiver is an escalation of `oncall`: whoever is on call is told. */
  readonly paging?: PagingConfig;
}

/** A further receiver for when nobody has acknowledged. */
export interface EscalationStep {
  /** Names the rule by what it says. */
  readonly rule: string;
  readonly afterMs: DurationMs;
  readonly receiver: string;
  readonly integrations: readonly IntegrationRef[];
}

/** Who has taken a group on. Gone when it notifies of something new, or of the end. */
export interface Acknowledgement {
  readonly by: string;
  readonly comment: string;
  readonly at: Millis;
}

/** A delivery under way: what the log says once it has succeeded. */
export interface Flight {
  /** Instant of the flush. */
  readonly at: Millis;
  /** All alerts of the group are over: it is empty when everything was delivered. */
  readonly lastOnes: boolean;
  /** Whether resolved alerts leave when everything was delivered. */
  readonly clears: boolean;
  readonly firing: FingerprintSet;
  readonly resolved: FingerprintSet;
  readonly deliveries: readonly {
    readonly key: string;
    /** Key in the log. */
    readonly to: string;
    readonly reason: NotifyReason;
    readonly rule?: string;
  }[];
}

/** State of one group, small whatever its size: its alerts are kept beside it. Absent members: never happened. */
export interface GroupState {
  readonly v: 1;
  readonly identity: GroupIdentity;
  /** Version of the configuration it is routed by. */
  readonly version: string;
  /** `new`: nothing has come yet. `dormant`: empty; only what was told last is remembered, until that runs out. */
  readonly status: "new" | "open" | "dormant";
  readonly openedAt?: Millis;
  /** The first flush, or one that was missed while another was delivered; the others follow at every `groupIntervalMs` from it. */
  readonly firstTickAt?: Millis;
  /** Last flush that told or cleared anything. */
  readonly flushedAt?: Millis;
  /** By integration (`webhook[0]`); those of an escalation with the receiver before it (`oncall/webhook[0]`). */
  readonly log: Readonly<Record<string, LogEntry>>;
  /** Alerts that were over then, and were not heard of since, have left. */
  readonly clearedAt?: Millis;
  /** When it was first told of what fires since, or where nobody could be told, first tried: from here escalation counts. */
  readonly toldSince?: Millis;
  /** Escalations that were made since then, by rule. */
  readonly escalated?: Readonly<Record<string, Millis>>;
  /** How far the people on call were told, of what fires and nobody has acknowledged. */
  readonly paging?: PagingState;
  /** Since then nobody is on call at any level that is due; gone with the next notification. */
  readonly nobodySince?: Millis;
  readonly ack?: Acknowledgement;
  readonly commentedAt?: Millis;
  /** Digest of what fired at the last flush that not everybody could be told of: told again, it is no news. */
  readonly tried?: string;
  readonly flight?: Flight;
}

/** One alert as a record shows it. */
export interface SampledAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly status: "firing" | "resolved";
  readonly startsAt: Millis;
  readonly suppressed?: Suppression;
}

/** What a flush decides from, bounded: made from the group's alerts by `summarize`. */
export interface FlushInput {
  readonly kind: "flush";
  /** Instant of the summary: what is over then is resolved. */
  readonly at: Millis;
  /** The tick that is due; absent: none is, only an escalation. */
  readonly tick?: Millis;
  readonly counts: {
    readonly alerts: number;
    readonly firing: number;
    readonly resolved: number;
    readonly inhibited: number;
    readonly silenced: number;
    readonly cooling: number;
  };
  /** The route's intervals hold everything back. */
  readonly held?: { readonly by: "active" | "mute"; readonly intervals: readonly string[] };
  /** Alerts that are not suppressed. */
  readonly firing: FingerprintSet;
  readonly resolved: FingerprintSet;
  /** What groups with the same key and receiver have told since, by key in the log: they share what is remembered. */
  readonly heard?: Readonly<Record<string, LogEntry>>;
  /** By key in the log. `entryAt`: the entry it was counted against. */
  readonly integrations: Readonly<Record<string, DeliveryCounts & { readonly entryAt?: Millis }>>;
  /** Until then a cooldown holds back repeats: all that fires was told of lately. */
  readonly cooldownUntil?: Millis;
  /** Rules of escalation that something firing matches. */
  readonly escalates: readonly string[];
  /** Who is on call, where people on call are told of the group. */
  readonly page?: PageInput;
  /** The first of the alerts, those that are told of before those that are not. */
  readonly sample: readonly SampledAlert[];
}

export type GroupInput =
  | {
      /** Alerts came for a group that is not open, or it is routed anew after a reload. */
      readonly kind: "open";
      readonly at: Millis;
      /** Start of the alert that opens it; the earliest one at a reload. */
      readonly startsAt: Millis;
      readonly rerouted?: boolean;
      /** No flush before it (start delay). */
      readonly notBefore?: Millis;
    }
  | FlushInput
  | { readonly kind: "acknowledge"; readonly by: string; readonly comment: string }
  | { readonly kind: "unacknowledge"; readonly by: string; readonly comment: string }
  | { readonly kind: "comment"; readonly by: string; readonly comment: string };

export type AlertingReason =
  /** The group's first alert came; it waits for group_wait, or is flushed at once. */
  | "opened"
  /** Formed anew after a change of the configuration. */
  | "rerouted"
  | "notified_first"
  | "notified_new_alerts"
  | "notified_resolved"
  | "notified_all_resolved"
  | "notified_repeat"
  /** Nobody has acknowledged for the time given: the next receiver is told. */
  | "escalated"
  /** Everything is resolved and the receiver does not want to hear of it: the log is cleared. */
  | "cleared_without_sending"
  /** Resolved alerts have left without anybody to tell. */
  | "dropped_resolved"
  /** The last alerts have left; nobody had to be told. */
  | "dormant"
  /** A dormant group's memory has run out. */
  | "forgotten"
  | "acknowledged"
  | "unacknowledged"
  | "commented"
  | "held_nothing_new"
  /** Resolved before anybody was told of it. */
  | "held_never_notified"
  | "held_muted"
  | "held_inactive"
  | "held_inhibited"
  | "held_silenced"
  /** Some of it is inhibited, some silenced, some in a cooldown: nothing is left. */
  | "held_suppressed"
  | "held_cooldown"
  /** A repeat is held back because somebody has acknowledged. */
  | "held_acknowledged"
  /** Nobody is on call, at any level. */
  | "held_nobody_on_call"
  /** No integration of the receiver is one that Headgate sends to. */
  | "held_not_sendable"
  /** No flush is due. */
  | "held_not_due"
  /** The group is not open, or has no alerts. */
  | "held_empty"
  /** The summary was made against an older log. */
  | "held_stale"
  | "held_already_open"
  | "held_bad_input";

export type GroupStep = Step<GroupState, NotifyAction, AlertingReason>;
