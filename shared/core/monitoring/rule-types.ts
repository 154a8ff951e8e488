import type { Alert } from "../kernel/alert.ts";
import type { Labels } from "../kernel/labels.ts";
import type { Action, Step } from "../kernel/step.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import type { ActiveAlerts } from "./alert-state.ts";
import type { MetricRule } from "./metric-rules-config.ts";
import type { AlertingRule } from "./types.ts";

/** What both kinds of rules have in common for the machine. */
interface AnyRuleConfig {
  /** The aggregate: {@link ruleSubject} or {@link metricRuleSubject}. */
  readonly subject: string;
  /** How often somebody looks. More than two and a half of it without a look is a gap. */
  readonly intervalMs: DurationMs;
  /** Added to alerts as they are sent, where they have no such label (`global.external_labels`). */
  readonly externalLabels: Labels;
}

/** An alerting rule of a Prometheus file. Plain JSON: it is in each record. */
export interface PromRuleConfig extends AnyRuleConfig {
  readonly kind: "prometheus";
  readonly file: string;
  readonly group: string;
  readonly rule: AlertingRule;
  /** `limit` of the group; 0: none of its own. */
  readonly limit: number;
}

/** A rule over a value in the JSON metrics of a service. */
export interface MetricRuleConfig extends AnyRuleConfig {
  readonly kind: "metric-path";
  readonly service: string;
  readonly name: string;
  readonly rule: MetricRule;
}

export type RuleConfig = PromRuleConfig | MetricRuleConfig;

/** An element of a vector as a record holds it. */
export interface TextSample {
  readonly labels: Labels;
  /** kernel/float. */
  readonly value: string;
}

/** Answers to the queries of templates. */
export type Queried = Readonly<Record<string, readonly TextSample[]>>;

/** What the expression gave at one instant. Nothing (`ok: false`) is not the same as an empty vector. */
export type Outcome =
  | {
      readonly ok: true;
      readonly samples: readonly TextSample[];
      /** Further samples that did not fit into a record. */
      readonly more?: number;
      /** Part of the answer is missing, with why: what is not among the samples may still be there. */
      readonly partial?: string;
    }
  | { readonly ok: false; readonly error: string };

export interface Evaluation {
  readonly at: Millis;
  readonly outcome: Outcome;
}

export type RuleInput =
  | {
      readonly kind: "evaluate";
      /** Of `Queries`. */
      readonly source: string;
      /** The last instant at which this rule had an answer; absent: none is known of. */
      readonly previousAt?: Millis;
      /** When somebody looked then, where that is known to be later than the instant itself. */
      readonly previousWhen?: Millis;
      /** Ascending; more than one where instants were missed and history could be asked for them. */
      readonly evaluations: readonly Evaluation[];
      /** What templates asked for with `query`, by expression, at the newest instant. */
      readonly queried?: Queried;
    }
  | {
      readonly kind: "alarm";
      readonly alarm: AlarmNews;
    }
  | {
      readonly kind: "metrics";
      readonly at: Millis;
      readonly previousAt?: Millis;
      /** At the rule's path, as float text; absent where there is none or it is no number. */
      readonly value?: string;
      /** Why there is no value. */
      readonly missing?: string;
    };

/** A state change of a CloudWatch alarm that was made from the rule. */
export interface AlarmNews {
  readonly name: string;
  readonly state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  /** When CloudWatch changed it. */
  readonly at: Millis;
  /** What the alarm stands for beyond the rule's own labels (the dimensions it was made for). */
  readonly labels: Labels;
  /** Newest datapoint, where the event tells it. */
  readonly value?: string;
}

/** State of one rule; absent members: never happened. */
export interface RuleState {
  readonly v: 1;
  readonly alerts: ActiveAlerts;
  /** Newest instant with an answer that changed anything; what is older than it comes too late. */
  readonly changedAt?: Millis;
  /** When that was decided; only where it was more than an interval late, so that others may have looked at later instants by then. */
  readonly decidedAt?: Millis;
  /** The rule has had no answer since `since`. */
  readonly failure?: { readonly since: Millis; readonly why: FailureReason; readonly error: string };
  /** Alerts beyond what one rule may hold. */
  readonly untracked?: number;
  /** CloudWatch alarms of the rule by name: newest state and its instant. */
  readonly alarms?: Readonly<Record<string, { readonly state: AlarmNews["state"]; readonly at: Millis }>>;
  /** Metric-path rules: when an alert of it was last sent; `cooldown` counts from here. */
  readonly notifiedAt?: Millis;
  /** Metric-path rules: fingerprints of firing alerts that were sent. */
  readonly notified?: readonly string[];
}

export type FailureReason = "held_query_failed" | "held_same_labels" | "limit_exceeded" | "held_no_value";

/** Alerts that began to fire or ended, to be sent once. Sending again is harmless: labels tell them apart. */
export interface NotifyAction extends Action {
  readonly type: "notify";
  readonly alerts: readonly Alert[];
}

export type RuleReason =
  /** The expression has nothing and there was nothing. */
  | "quiet"
  | "pending"
  | "still_pending"
  | "fired"
  | "still_firing"
  /** Gone, and held by `keep_firing_for`. */
  | "kept_firing"
  /** Back while `keep_firing_for` held it. */
  | "fires_again"
  | "resolved"
  /** Gone before `for` was over. */
  | "dropped"
  /** Somebody looked again after a time in which nobody did; it does not count. */
  | "gap_left_out"
  /** The rule answers again. */
  | "recovered"
  | "held_query_failed"
  /** Two elements have the same labels after the rule's labels were applied. */
  | "held_same_labels"
  /** More alerts than the group's `limit` allows: all is held. */
  | "limit_exceeded"
  /** More alerts than one rule can hold: the first ones are, the others are counted. */
  | "more_than_held"
  | "held_too_late"
  /** The alarm has too little data. */
  | "held_alarm_no_data"
  /** The metrics have no such value. */
  | "held_no_value"
  /** Fires, and was sent within its cooldown: sent when it is over. */
  | "held_cooldown"
  /** The cooldown of a firing alert is over. */
  | "sent_after_cooldown"
  /** The input is none this rule can be decided by. */
  | "held_bad_input";

export type RuleStep = Step<RuleState, NotifyAction, RuleReason>;
