import type { Measures } from "../../shared/core/autoscaling/backtest/measures.ts";
import type { Fault } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { DecisionRecord, Mode } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";

/** RFC 9457 problem details. `code` is stable and has a row in docs/errors.md. Content type application/problem+json. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code: string;
  readonly faults?: readonly FaultView[];
}

/** The control plane's clock, on every list answer: locally it may run faster than the wall. */
export interface ClockView {
  readonly now: Millis;
  readonly speed: number;
  readonly simulated: boolean;
}

/** The decision and how it reads. */
export interface DecisionView extends DecisionRecord {
  /** One sentence: what was done and why. */
  readonly sentence: string;
}

/** What lists carry: no inputs and states. */
export interface DecisionSummary {
  readonly id: string;
  readonly noun: string;
  readonly subject: string;
  readonly at: Millis;
  readonly reason: string;
  readonly sentence: string;
  readonly mode: Mode;
  readonly trigger: string;
  /** Absolute count asked for or proposed, where the decision had one. */
  readonly desired?: number;
  readonly from?: number;
  readonly acted: boolean;
  /** Text of the newest outcome. */
  readonly outcome?: string;
}

export interface ServiceSummary {
  readonly name: string;
  readonly runsOn: "local" | "ecs" | "other";
  /** ok: as desired and healthy; degraded: fewer ready than desired or trouble; failing: none ready; unknown: not answered. */
  readonly health: "ok" | "degraded" | "failing" | "unknown";
  /** Absent when the fleet did not answer. */
  readonly status?: FleetStatus;
  readonly mode?: Mode;
  readonly min?: number;
  readonly max?: number;
  readonly paused?: {
    readonly by: string;
    readonly why: string;
    readonly until?: Millis;
    readonly direction: "all" | "out" | "in";
  };
  readonly override?: { readonly by: string; readonly why: string; readonly until: Millis; readonly desired: number };
  /** Newest value by metric; absent where unknown. `cpu`, `memory` in percent, `requests` per second. */
  readonly latest: {
    readonly [metric: string]: { readonly at: Millis; readonly value: number; readonly unit: string };
  };
  /** Sparkline: requests (or cpu where there are none) of the last hour. */
  readonly load: { readonly metric: string; readonly unit: string; readonly points: readonly Point[] };
  readonly lastDecision?: DecisionSummary;
}

export interface ServicesView {
  readonly clock: ClockView;
  /** One line of state in words. */
  readonly state: string;
  readonly items: readonly ServiceSummary[];
}

export interface ServiceView {
  readonly clock: ClockView;
  readonly service: ServiceSummary;
  /** Effective autoscaling configuration, if the service has one. */
  readonly autoscaling?: unknown;
  /** Effective anomaly configuration, if the service is scored. */
  readonly anomaly?: unknown;
  readonly decisions: readonly DecisionSummary[];
}

export interface SeriesView {
  readonly clock: ClockView;
  readonly from: Millis;
  readonly to: Millis;
  readonly series: readonly {
    readonly metric: string;
    readonly unit: string;
    readonly periodMs: number;
    readonly points: readonly Point[];
    readonly status: "complete" | "partial" | "failed";
  }[];
}

export interface DecisionsView {
  readonly clock: ClockView;
  readonly items: readonly DecisionSummary[];
  readonly cursor?: string;
}

export interface DecisionDetailView {
  readonly clock: ClockView;
  readonly decision: DecisionView;
  /** The why, line by line, for people. */
  readonly explanation: readonly string[];
}

export interface ReplayView {
  readonly checked: number;
  readonly same: number;
  /** Records of nouns this build does not know. */
  readonly skipped: number;
  /** More records follow: ask again with it. */
  readonly cursor?: string;
  readonly differences: readonly {
    readonly id: string;
    readonly path: string;
    readonly recorded: unknown;
    readonly recomputed: unknown;
  }[];
}

/** Who is asking, and what they may do. */
export interface MeView {
  readonly clock: ClockView;
  readonly name: string;
  readonly scope: "read" | "operate" | "admin";
  readonly tenant: string;
  /** Id of the key that was sent; absent for somebody on this machine without one. */
  readonly key?: string;
}

/** An API key as it may be shown: never its secret. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly scope: "read" | "operate" | "admin";
  readonly createdAt: Millis;
  readonly by: string;
  readonly expiresAt?: Millis;
}

export interface KeysView {
  readonly clock: ClockView;
  readonly items: readonly KeyView[];
  readonly cursor?: string;
}

/** `key` is the secret text, given once: a repeat with the same Idempotency-Key leaves it out. */
export interface KeyCreatedView extends KeyView {
  readonly clock: ClockView;
  readonly key?: string;
}

/** One alarm that wakes Headgate for a service. */
export interface AlarmView {
  readonly name: string;
  readonly metric: string;
  readonly stat: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly periodMs: number;
  readonly datapoints: number;
  readonly evaluationPeriods: number;
  readonly purpose: "out" | "in";
  /** In ALARM since then, as far as Headgate was told. */
  readonly since?: Millis;
}

export interface AutoscalingView {
  readonly clock: ClockView;
  readonly service: string;
  readonly configVersion: string;
  readonly config: unknown;
  /** Absent before the first decision. */
  readonly state?: unknown;
  /** Actions claimed and not known to be finished. */
  readonly pending: number;
  /** When the tick looks again although nothing woke it. */
  readonly dueAt?: Millis;
  readonly alarms: readonly AlarmView[];
}

/** What became of an evaluation or a command. */
export interface EvaluationView {
  readonly clock: ClockView;
  readonly service: string;
  /** decided: recorded; unchanged: as before, nothing written; busy: another worker is acting; conflict: overtaken too often. */
  readonly status: "decided" | "unchanged" | "busy" | "conflict";
  readonly reason?: string;
  readonly decision?: DecisionSummary;
  readonly results: readonly { readonly status: string; readonly detail: string }[];
}

export interface CommandView {
  readonly command: EvaluationView;
  /** The evaluation right after it, where the command changes what should run. */
  readonly evaluation?: EvaluationView;
}

/** One thing that is wrong with an input, as everywhere in the product. */
export type FaultView = Fault;

export interface ConfigView {
  readonly clock: ClockView;
  /** Absent members: nothing was applied yet. */
  readonly version?: string;
  readonly appliedAt?: Millis;
  readonly by?: string;
  readonly text?: string;
  readonly config?: unknown;
}

export interface ConfigCheckView {
  readonly ok: boolean;
  readonly version?: string;
  readonly faults: readonly FaultView[];
}

export interface ConfigPlanView {
  readonly version: string;
  readonly current?: string;
  readonly changes: readonly { readonly path: string; readonly from?: unknown; readonly to?: unknown }[];
  readonly alarms: {
    readonly created: readonly string[];
    readonly updated: readonly string[];
    readonly removed: readonly string[];
    readonly unchanged: number;
    /** Alarms that could not be made or seen to, each with a sentence. */
    readonly skipped?: readonly { readonly name: string; readonly why: string }[];
  };
  /** What of it will not work here although it is valid, a sentence each: a part that is not deployed. */
  readonly warnings?: readonly string[];
}

export interface ConfigAppliedView extends ConfigPlanView {
  readonly previous?: string;
  readonly unchanged: boolean;
}

/** One check of application/health+json (draft-inadarei-api-health-check-06). */
export interface HealthCheck {
  readonly status: "pass" | "warn" | "fail";
  readonly output?: string;
  readonly observedValue?: number;
  readonly observedUnit?: string;
}

export interface HealthView {
  readonly status: "pass" | "warn" | "fail";
  readonly serviceId?: string;
  /** By "component:measurement". */
  readonly checks?: { readonly [name: string]: readonly HealthCheck[] };
}

/** Score of a policy on a recorded load; fields as `headgate autoscaling backtest --json` prints them. */
export interface BacktestView extends Measures {
  readonly elapsedMs: number;
  /** What the model leaves out of the policy. */
  readonly notes: readonly string[];
  /** Gaps and the like in the trace. */
  readonly warnings: readonly FaultView[];
}

// --- anomaly ---

/** One scored point and the band that was expected before it was seen; no band while nothing is known. */
export interface ScoredPointView {
  readonly at: Millis;
  readonly value: number;
  /** 0..1. */
  readonly score: number;
  readonly low?: number;
  readonly high?: number;
}

/** unknown: never scored; learning: too little was seen to judge. */
export type AnomalyStateView = "unknown" | "learning" | "normal" | "anomalous";

/** One anomaly of one signal. Open as long as `until` is absent. */
export interface AnomalyView {
  readonly service: string;
  readonly signal: string;
  readonly since: Millis;
  /** Its newest alarm. */
  readonly lastAt: Millis;
  readonly until?: Millis;
  /** calm: back in the band; settled: the new level counts as usual; fine: somebody said so; removed: no longer configured. */
  readonly ended?: "calm" | "settled" | "fine" | "removed";
  readonly alarms: number;
  /** Highest score. */
  readonly score: number;
  /** Channel or rule that spoke. */
  readonly kind: string;
  readonly movement: "rose" | "fell" | "changed";
  readonly severity: "medium" | "high";
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** What moved first, what was done shortly before. */
  readonly facts: readonly string[];
  readonly sentence: string;
}

export interface AnomalySignalView {
  readonly name: string;
  readonly role: "latency" | "traffic" | "errors" | "saturation";
  readonly unit?: string;
  /** Where its points come from: a metric's name, PromQL, or an address in CloudWatch. */
  readonly source: string;
  readonly everyMs: number;
  readonly state: AnomalyStateView;
  readonly last?: ScoredPointView;
  /** Highest score of the last quarter of an hour, 0 where nothing was unusual; absent before the first score. */
  readonly score?: number;
}

export interface AnomalyServiceSummary {
  readonly service: string;
  readonly mode: Mode;
  readonly detector: "headgate" | "seed";
  readonly threshold: number;
  readonly state: AnomalyStateView;
  /** One number for all its signals, on the scale of a single one. Absent before the first score. */
  readonly jointScore?: number;
  /** What moved first, while something is unusual. */
  readonly driver?: { readonly signal: string; readonly movement: "rose" | "fell" | "changed"; readonly at: Millis };
  readonly signals: readonly AnomalySignalView[];
  readonly open: number;
  /** Newest point that was scored. */
  readonly newestAt?: Millis;
}

export interface AnomaliesView {
  readonly clock: ClockView;
  /** One line of state in words. */
  readonly state: string;
  readonly items: readonly AnomalyServiceSummary[];
  /** Of all services, newest first. */
  readonly open: readonly AnomalyView[];
  /** Of all services, the 50 that ended last, newest first. */
  readonly past: readonly AnomalyView[];
}

export interface AnomalyServiceView {
  readonly clock: ClockView;
  readonly configVersion: string;
  readonly service: AnomalyServiceSummary;
  /** The last points of each signal, as they were scored. */
  readonly series: readonly { readonly signal: string; readonly points: readonly ScoredPointView[] }[];
  readonly open: readonly AnomalyView[];
  /** Newest first. */
  readonly past: readonly AnomalyView[];
  /** What people said, newest first. */
  readonly judgements: readonly {
    readonly signal: string;
    readonly at: Millis;
    readonly verdict: "fine" | "bad";
    readonly by: string;
    readonly why: string;
    readonly saidAt: Millis;
  }[];
}

export interface AnomalySeriesView {
  readonly clock: ClockView;
  readonly service: string;
  readonly signal: string;
  readonly unit?: string;
  readonly threshold: number;
  /** as_scored: kept when they were scored, so a band is what was expected then. The last 180 points are kept. */
  readonly method: "as_scored";
  readonly from: Millis;
  readonly to: Millis;
  readonly points: readonly ScoredPointView[];
}

/** How often a detector would have alerted on recorded points, by threshold. */
export interface AnomalyBacktestView {
  readonly detector: string;
  readonly points: number;
  /** Points of the first day (or the first ten of the seed rules), which alert nobody. */
  readonly learningPoints: number;
  readonly weeks: number;
  readonly thresholds: readonly {
    readonly threshold: number;
    readonly alerts: number;
    readonly alertsPerWeek: number;
    readonly recommended: boolean;
  }[];
  readonly recommended: number;
  /** Alerts at the recommended threshold, the most unusual first, at most 20. */
  readonly examples: readonly {
    readonly at: Millis;
    readonly value: number;
    readonly score: number;
    readonly text: string;
  }[];
  readonly elapsedMs: number;
  readonly warnings: readonly FaultView[];
}

export interface QualityView {
  readonly clock: ClockView;
  readonly service: string;
  readonly dataset: string;
  readonly scores: readonly {
    readonly dimension: "schema" | "completeness" | "freshness" | "volume" | "drift";
    /** 1 as it should be … 0 useless. */
    readonly score: number;
    readonly findings: readonly string[];
  }[];
}

// monitoring

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
