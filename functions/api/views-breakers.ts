import type { CircuitStatus, Forced, ProbeLease, Transition } from "../../shared/core/kernel/circuit.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView, DecisionSummary } from "./views.ts";

/** What a caller may do now. `probe`: one may claim the right to try. */
export type CircuitAdmits = "yes" | "no" | "probe";

export interface CircuitView {
  readonly circuit: string;
  readonly status: CircuitStatus;
  readonly admits: CircuitAdmits;
  readonly epoch: number;
  readonly rev: number;
  readonly since: Millis;
  readonly openUntil?: Millis;
  /** Openings in a row without a close between them. */
  readonly opens: number;
  readonly successes: number;
  readonly probes: readonly ProbeLease[];
  readonly forced?: Forced;
  readonly last?: Transition;
  /** By name, as the rule counts them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly updatedAt: Millis;
}

export interface CircuitsView {
  readonly clock: ClockView;
  readonly items: readonly CircuitView[];
  readonly cursor?: string;
}

export interface CircuitDetailView extends CircuitView {
  readonly clock: ClockView;
  /** The rule it is decided by, durations in milliseconds. */
  readonly policy: { readonly [name: string]: unknown };
  /** Transitions, the newest first. */
  readonly history: readonly DecisionSummary[];
}

/** A circuit after it was changed by hand. */
export interface CircuitChangedView extends CircuitView {
  readonly clock: ClockView;
  readonly reason: string;
  /** Id of its record; absent: nothing was changed. */
  readonly decision?: string;
}

/** Whether one call may be made. What was answered comes back with the outcome. */
export interface AdmissionView {
  readonly clock: ClockView;
  readonly circuit: string;
  readonly admitted: boolean;
  readonly epoch?: number;
  /** The lease of a probe; its outcome must say it. */
  readonly probe?: string;
  readonly reason?: "open" | "probing" | "forced_open";
  readonly retryAt?: Millis;
  /** The store did not answer: everybody is let through. */
  readonly degraded: boolean;
}

export interface OutcomesView {
  readonly clock: ClockView;
  readonly circuit: string;
  readonly status: CircuitStatus;
  readonly epoch: number;
  readonly openUntil?: Millis;
  /** Said nothing any more: another epoch has begun. */
  readonly dropped: number;
  readonly degraded: boolean;
}

export interface BreakerWhatIfView {
  readonly items: readonly {
    readonly policy: { readonly [name: string]: unknown };
    readonly calls: number;
    readonly failures: number;
    readonly admitted: number;
    readonly refused: number;
    readonly refusedGood: number;
    readonly refusedBad: number;
    readonly doomed: number;
    readonly openings: number;
    readonly openMs: number;
    readonly openShare: number;
    readonly firstOpenAt: Millis | null;
    readonly changes: readonly {
      readonly at: Millis;
      readonly from: CircuitStatus;
      readonly to: CircuitStatus;
      readonly reason: string;
    }[];
  }[];
}
