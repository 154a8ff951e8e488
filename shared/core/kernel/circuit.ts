import type { Millis } from "./time.ts";

/** Closed lets through and counts; open refuses until `openUntil`; half open lets leased probes through. */
export type CircuitStatus = "closed" | "open" | "half_open";

/** By a person's hand, above the rule, until it is taken back or `until` has come. */
export interface Forced {
  /** `disabled`: everything goes through and nothing is counted. */
  readonly state: "open" | "closed" | "disabled";
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
  readonly until?: Millis;
}

/** The right to make one probe call. Lost with its holder, it ends by itself. */
export interface ProbeLease {
  /** Names one admitted call, not one environment. */
  readonly owner: string;
  readonly until: Millis;
}

/**
 * One circuit: everything but its counts. Every change raises `rev`, on which the next change is conditional; `epoch` rises when
 * what is being counted begins anew (opening, a round of probes, closing, forcing): an admitted call carries the epoch it was
 * admitted in, and its outcome is dropped when another one has begun. Plain JSON.
 */
export interface Circuit {
  readonly v: 1;
  readonly status: CircuitStatus;
  readonly epoch: number;
  readonly rev: number;
  /** Since when it has this status. */
  readonly since: Millis;
  /** With status open: nobody calls before. Jittered when written, so that fleets do not probe in step. */
  readonly openUntil?: Millis;
  /** Openings in a row without a close between them, for the back-off of the open time. */
  readonly opens: number;
  /** With status half open: probes on their way, and successes so far. */
  readonly probes: readonly ProbeLease[];
  readonly successes: number;
  readonly forced?: Forced;
  /** The last change, told to the journal by whoever makes the next one if its maker could not. */
  readonly last?: Transition;
}

/** One change of a circuit. */
export interface Transition {
  readonly from: CircuitStatus;
  readonly to: CircuitStatus;
  /** In the words of the noun that decided it. */
  readonly reason: string;
  readonly at: Millis;
  /** Which environment or person. */
  readonly by: string;
  /** The numbers it was decided from: failures, calls, slow, rate. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * Numbers that are added to while a circuit is closed, by name: "failures" of the consecutive rule with "last/<n>" for when, or
 * "calls/123", "failures/123", "slow/123" of window bucket 123. They belong to one epoch.
 */
export type CircuitCounts = Readonly<Record<string, number>>;
