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
  readonly runsOn: "local" | "ecs" | "flink" | "managed-flink" | "other";
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
  readonly scope: "read" | "operate" | "admin" | "alerts:post" | "silences:write" | "flags:evaluate";
  readonly tenant: string;
  /** Id of the key that was sent; absent for somebody on this machine without one. */
  readonly key?: string;
}

/** An API key as it may be shown: never its secret. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly scope: "read" | "operate" | "admin" | "alerts:post" | "silences:write" | "flags:evaluate";
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
