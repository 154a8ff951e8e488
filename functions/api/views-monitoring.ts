import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView, DecisionSummary } from "./views.ts";

/** One alert of a rule. */
export interface AlertView {
  readonly fingerprint: string;
  /** Of the rule, for /api/v1/monitoring/rules/{rule}. */
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing" | "resolved";
  readonly activeAt: Millis;
  readonly firedAt?: Millis;
  readonly resolvedAt?: Millis;
  /** Gone since then, and held by keep_firing_for. */
  readonly keepFiringSince?: Millis;
  /** As Prometheus writes it ("NaN", "+Inf"), of the newest transition. */
  readonly value: string;
}

export interface RuleView {
  /** Short and without slashes. */
  readonly id: string;
  /** Of its decisions. */
  readonly subject: string;
  readonly kind: "alerting" | "recording" | "metric-path";
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** unknown: never evaluated, or without an answer and without alerts. Recording rules are inactive. */
  readonly state: "inactive" | "pending" | "firing" | "unknown";
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Without an answer since then. */
  readonly failingSince?: Millis;
  /** The newest instant at which it had an answer. */
  readonly lastEvaluation?: Millis;
  readonly pending: number;
  readonly firing: number;
  /** Alerts beyond what one rule can hold. */
  readonly untracked?: number;
}

export interface RuleGroupView {
  /** "services" for metric-path rules, whose group is the service. */
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly lastEvaluation?: Millis;
  readonly rules: readonly RuleView[];
}

export interface RulesView {
  readonly clock: ClockView;
  readonly groups: readonly RuleGroupView[];
}

export interface RuleDetailView {
  readonly clock: ClockView;
  readonly file: string;
  readonly group: string;
  readonly rule: RuleView;
  /** Pending, firing and lately resolved ones. */
  readonly alerts: readonly AlertView[];
  /** Newest first. */
  readonly history: readonly DecisionSummary[];
}

/** Pending and firing alerts of all rules, firing first. */
export interface AlertsView {
  readonly clock: ClockView;
  readonly items: readonly AlertView[];
}

export interface TargetsView {
  readonly clock: ClockView;
  readonly items: readonly {
    readonly job: string;
    readonly url: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly health: "up" | "down" | "unknown";
    readonly lastScrapeAt?: Millis;
    readonly durationMs?: number;
    readonly samples?: number;
    readonly error?: string;
  }[];
}

/** Values as Prometheus writes them: "NaN", "+Inf", "1.5". */
export interface QueryView {
  readonly clock: ClockView;
  readonly at: Millis;
  readonly source: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
  readonly warnings: readonly string[];
}

export interface QueryRangeView {
  readonly clock: ClockView;
  readonly from: Millis;
  readonly to: Millis;
  readonly stepMs: number;
  readonly source: string;
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly points: readonly { readonly at: Millis; readonly value: string }[];
  }[];
  readonly warnings: readonly string[];
}

/** Counts of a rule over a history. */
export interface RuleBacktestCounts {
  readonly firings: number;
  readonly firingMs: number;
  readonly longestMs: number;
  /** Times it was pending and went away. */
  readonly pendingOnly: number;
  readonly firingsPerWeek: number;
  readonly firingAtEnd: number;
  readonly pendingAtEnd: number;
}

/** How often a rule would have fired, by value of `for`; `given` is the rule's own. */
export interface RuleBacktestView {
  readonly clock: ClockView;
  readonly rule: string;
  readonly expr: string;
  readonly source: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly stepMs: number;
  /** Label sets the expression ever had. */
  readonly series: number;
  readonly rows: readonly (RuleBacktestCounts & {
    readonly forMs: number;
    readonly given: boolean;
    readonly groups?: readonly (RuleBacktestCounts & { readonly value: string })[];
  })[];
  /** With the rule's own `for`; the first thousand. */
  readonly firings: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly activeAt: Millis;
    readonly firedAt: Millis;
    readonly resolvedAt?: Millis;
    readonly lengthMs: number;
  }[];
  readonly warnings: readonly string[];
}

/** What became of an evaluation on demand, rule by rule. */
export interface RulesEvaluatedView {
  readonly clock: ClockView;
  readonly items: readonly {
    readonly subject: string;
    readonly file: string;
    readonly group: string;
    readonly at: Millis;
    /** How many instants, those caught up on among them. */
    readonly instants: number;
    readonly reason?: string;
    readonly decision?: DecisionSummary;
    /** Why it had no answer. */
    readonly failure?: string;
    /** Why it could not be decided about. */
    readonly error?: string;
  }[];
}

type CollectedParts<T> = { readonly [P in "health" | "performance" | "data_processing" | "resources"]?: T };

/** What was collected last of a service; without `collected` nothing has been yet. */
export interface CollectedView {
  readonly clock: ClockView;
  readonly service: string;
  readonly collected?: {
    readonly service_name: string;
    /** ISO 8601, UTC. */
    readonly timestamp: string;
    /** Absent where none is known. */
    readonly endpoint?: string;
    /** The service's own JSON; a part that failed is absent. */
    readonly metrics: CollectedParts<{ readonly [member: string]: unknown }>;
    /** Why a part failed, as the end of a sentence. */
    readonly errors?: CollectedParts<string>;
    /** Members that were not understood. */
    readonly notes?: readonly string[];
  };
  /** Why the answer could not be kept; the figures themselves are good. */
  readonly trouble?: string;
}
