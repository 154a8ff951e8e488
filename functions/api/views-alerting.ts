import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView } from "./views.ts";
import type { NotificationView } from "./views-notifications.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * firing: told of; suppressed: fires, and a silence, another alert, an interval or a cooldown keeps it from being told of; acknowledged:
 * fires, and somebody has said that they see to it; resolved: over, and not told of everywhere yet.
 */
export type RoutedAlertState = "firing" | "suppressed" | "acknowledged" | "resolved";

/** `name=value` of a route, a silence or a filter. */
export interface MatcherView {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export interface AcknowledgementView {
  readonly by: string;
  readonly at: Millis;
  readonly comment?: string;
}

export interface CommentView {
  readonly by: string;
  readonly at: Millis;
  readonly text: string;
}

/** A silence as far as an alert needs it. */
export interface SilencedByView {
  readonly id: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly endsAt: Millis;
}

/** What keeps an alert from being told of; all that holds, in the order in which it is looked at. */
export interface SuppressedByView {
  readonly inhibitedBy: readonly { readonly fingerprint: string; readonly labels?: Labels }[];
  /** Names of intervals: muted by these, or outside of these active ones. */
  readonly mutedBy: readonly string[];
  readonly silencedBy: readonly SilencedByView[];
  readonly cooldownUntil?: Millis;
}

/** One alert, whatever groups it is in. */
export interface RoutedAlertView {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  readonly endsAt: Millis;
  readonly updatedAt: Millis;
  /** The end is assumed: nobody gave one. */
  readonly timeout: boolean;
  readonly generatorUrl?: string;
  readonly state: RoutedAlertState;
  readonly suppressedBy?: SuppressedByView;
  readonly acknowledged?: AcknowledgementView;
  readonly groups: readonly { readonly id: string; readonly receiver: string }[];
}

export interface RoutedAlertsView {
  readonly clock: ClockView;
  /** Of all that fit the filter, not only of this page. */
  readonly counts: { readonly [state in RoutedAlertState]: number };
  readonly items: readonly RoutedAlertView[];
  readonly cursor?: string;
}

/** One integration about one group: what was told last, what comes next. */
export interface IntegrationView {
  /** `webhook[0]`. */
  readonly id: string;
  readonly type: string;
  readonly sendResolved: boolean;
  /** Whether Headgate sends to it itself. */
  readonly sendable: boolean;
  readonly lastAt?: Millis;
  readonly lastReason?: string;
  readonly lastFiring?: number;
  readonly lastResolved?: number;
  /** What a repeat without news is not sent before. */
  readonly repeatAt?: Millis;
}

export interface AlertGroupView {
  readonly id: string;
  readonly groupKey: string;
  readonly receiver: string;
  readonly labels: Labels;
  readonly routeLabels: Labels;
  /** Of the route, for the tree of routes. */
  readonly routeId: string;
  readonly timing: {
    readonly groupWaitMs: number;
    readonly groupIntervalMs: number;
    readonly repeatIntervalMs: number;
  };
  readonly openedAt?: Millis;
  readonly lastFlushAt?: Millis;
  readonly nextFlushAt?: Millis;
  readonly mutedBy: readonly string[];
  readonly counts: { readonly firing: number; readonly suppressed: number; readonly resolved: number };
  readonly acknowledged?: AcknowledgementView;
  /** The next receiver, unless somebody acknowledges. */
  readonly escalation?: { readonly to: string; readonly at: Millis; readonly done: boolean };
  readonly integrations: readonly IntegrationView[];
  /** At most fifty. */
  readonly alerts: readonly RoutedAlertView[];
}

export interface AlertGroupsView {
  readonly clock: ClockView;
  readonly items: readonly AlertGroupView[];
  readonly cursor?: string;
}

/** One route and whether an alert went that way. */
export interface RouteStepView {
  /** `{}/{severity="page"}`. */
  readonly key: string;
  readonly id: string;
  readonly receiver: string;
  readonly matchers: readonly MatcherView[];
  readonly depth: number;
  /** chosen: it goes here; passed: it matched, and a child took it; refused: a matcher did not hold; skipped: an earlier sibling took it. */
  readonly result: "chosen" | "passed" | "refused" | "skipped";
  /** One sentence: which matcher refused it, or who took it. */
  readonly why: string;
}

/** Why an alert was told of, or was not. */
export interface AlertExplanationView {
  readonly clock: ClockView;
  readonly alert: RoutedAlertView;
  /** The answer in one sentence, then one sentence for each thing that mattered. */
  readonly explanation: readonly string[];
  readonly routes: readonly RouteStepView[];
  readonly groups: readonly AlertGroupView[];
  /** What people said about its groups, newest first; acknowledgements among it. */
  readonly comments: readonly CommentView[];
  /** Newest first, those that told of it or of its group. */
  readonly notifications: readonly NotificationView[];
}

/** One window of the week, the month or the year in which something holds; as `time_intervals` of alertmanager.yml after parsing. */
export interface TimeWindowView {
  readonly times?: readonly { readonly begin: number; readonly end: number }[];
  readonly weekdays?: readonly { readonly begin: number; readonly end: number }[];
  readonly daysOfMonth?: readonly { readonly begin: number; readonly end: number }[];
  readonly months?: readonly { readonly begin: number; readonly end: number }[];
  readonly years?: readonly { readonly begin: number; readonly end: number }[];
  readonly location?: string;
}

export interface SilenceView {
  readonly id: string;
  readonly state: "active" | "pending" | "expired";
  /** One of the sets has to hold as a whole. */
  readonly matcherSets: readonly (readonly MatcherView[])[];
  readonly startsAt: Millis;
  readonly endsAt: Millis;
  readonly updatedAt: Millis;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Labels;
  /** Ends when what it matched has resolved. */
  readonly untilResolved: boolean;
  readonly recurs?: readonly TimeWindowView[];
  readonly remind?: { readonly beforeMs: number; readonly receiver: string };
  /** Alerts that it keeps quiet now. */
  readonly matches: number;
}

export interface SilencesView {
  readonly clock: ClockView;
  /** Active ones first, the soonest end first; then pending, then expired ones. */
  readonly items: readonly SilenceView[];
}

/** `id` is another one than was sent where an edit could not be made in place. */
export interface SilenceSetView {
  readonly clock: ClockView;
  readonly id: string;
  readonly silence: SilenceView;
}

/** What a silence would hide if it were in force now. */
export interface SilencePreviewView {
  readonly clock: ClockView;
  /** Of these, alerts that are told of today and would not be any more. */
  readonly hides: number;
  readonly total: number;
  /** At most a hundred. */
  readonly alerts: readonly RoutedAlertView[];
  readonly receivers: readonly string[];
  /** "matches every alert there is" and the like. */
  readonly warnings: readonly string[];
}

/** A route of the file in force, in the order of the file. */
export interface RouteView {
  readonly id: string;
  readonly key: string;
  readonly receiver: string;
  readonly matchers: readonly MatcherView[];
  readonly continue: boolean;
  /** `["..."]`: by all labels. */
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly labels: Labels;
  /** Groups that are open now. */
  readonly groups: number;
  readonly routes: readonly RouteView[];
}

export interface AlertRoutesView {
  readonly clock: ClockView;
  /** alertmanager.yml as the configuration names it. */
  readonly file: string;
  readonly version: string;
  readonly route: RouteView;
  readonly receivers: readonly {
    readonly name: string;
    readonly integrations: readonly {
      readonly id: string;
      readonly type: string;
      readonly sendable: boolean;
      readonly sendResolved: boolean;
    }[];
  }[];
  readonly timeIntervals: readonly { readonly name: string; readonly active: boolean }[];
}

/** Where an alert with these labels would go now. */
export interface RouteTestView {
  readonly clock: ClockView;
  readonly receivers: readonly string[];
  readonly routes: readonly {
    readonly id: string;
    readonly key: string;
    readonly receiver: string;
    readonly groupBy: readonly string[];
    readonly groupKey: string;
    readonly mutedBy: readonly string[];
    readonly firstFlushAt: Millis;
  }[];
  readonly steps: readonly RouteStepView[];
  readonly inhibitedBy: readonly string[];
  readonly silencedBy: readonly SilencedByView[];
}

/** What became of a trial message. */
export interface TestNotificationView {
  readonly clock: ClockView;
  readonly receiver: string;
  readonly items: readonly { readonly integration: string; readonly ok: boolean; readonly detail: string }[];
}

/** An acknowledgement or a comment and what it was about. */
export interface AcknowledgedView {
  readonly clock: ClockView;
  readonly groups: readonly string[];
  /** Their decisions. */
  readonly decisions: readonly string[];
}
