import type { Action } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";

/** Subject of a plan's drills; other subjects of the noun have another beginning. */
export const drillSubject = (plan: string): string => `drill:${plan}`;

/** What a restore takes, in this order; `wait` is what lay between the turns of workers. Cleaning up is no part of it. */
export const DRILL_STEPS = [
  "find",
  "plan",
  "create",
  "records",
  "groups",
  "settings",
  "savepoints",
  "check",
  "wait",
] as const;
export type DrillStep = (typeof DRILL_STEPS)[number];

export type Verdict = "met" | "breached" | "no_objective";

export interface DrillTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly bytes: number;
  /** From the newest record of the point to the begin of the drill: what consumers of this topic would have seen last. Absent: it held none. */
  readonly newestAgeMs?: DurationMs;
  /** What would be lost if all had gone when the drill began: from the cut on. */
  readonly rpoMs: DurationMs;
  /** Records that were not the same. */
  readonly differences: number;
}

export interface DrillSavepoint {
  readonly job: string;
  /** `started`: it ran from its savepoint, and was stopped again; `checked`: every byte of it was read and hashed. */
  readonly status: "started" | "checked" | "failed" | "none";
  readonly why?: string;
}

/** drills/<plan>/<at>.json */
export interface DrillReport {
  readonly v: 1;
  readonly id: string;
  readonly plan: string;
  readonly point: string;
  readonly cutAt: Millis;
  readonly cluster: string;
  readonly by: string;
  readonly why: string;
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  /** `passed`: all was the same and the objective is met; `breached`: all was the same, and it took too long or lost too much; `failed`: see the faults. */
  readonly status: "passed" | "breached" | "failed";
  /** From the begin to the end of the check, and what of it each step took: they add up. */
  readonly rtoMs: DurationMs;
  readonly steps: readonly { readonly step: DrillStep; readonly ms: DurationMs }[];
  /** From the cut to the begin of the drill. */
  readonly rpoMs: DurationMs;
  readonly objective: { readonly rpo?: DurationMs; readonly rto?: DurationMs };
  readonly verdict: { readonly rpo: Verdict; readonly rto: Verdict };
  readonly topics: readonly DrillTopic[];
  readonly groups: { readonly restored: number; readonly of: number };
  readonly savepoints: readonly DrillSavepoint[];
  readonly records: number;
  readonly bytes: number;
  readonly faults: readonly string[];
  /** What could not be removed again; empty: all is as it was. */
  readonly left: readonly string[];
}

/** What is kept of a drill that is over. */
export type DrillNote = Pick<
  DrillReport,
  | "id"
  | "point"
  | "cutAt"
  | "startedAt"
  | "endedAt"
  | "status"
  | "rtoMs"
  | "rpoMs"
  | "verdict"
  | "records"
  | "bytes"
  | "steps"
> & { readonly text: string };

type DrillPhase = "finding" | "restoring" | "checking" | "cleaning";

/** A drill under way. */
export interface Drill {
  readonly id: string;
  readonly by: string;
  readonly why: string;
  readonly startedAt: Millis;
  readonly deadline: Millis;
  readonly phase: DrillPhase;
  readonly point?: { readonly id: string; readonly cutAt: Millis };
  readonly steps: { readonly [step in DrillStep]?: DurationMs };
  /** When the check was done. */
  readonly provenAt?: Millis;
  readonly worker?: { readonly id: string; readonly until: Millis };
  readonly failures: number;
  readonly againAt?: Millis;
  readonly faults: readonly string[];
}

export interface DrillState {
  readonly v: 1;
  readonly current?: Drill;
  /** The newest first. */
  readonly ended: readonly DrillNote[];
  readonly nextAt?: Millis;
}

export interface DrillConfig {
  readonly plan: string;
  /** Absent: only when somebody says so. */
  readonly every?: DurationMs;
  readonly deadlineMs: DurationMs;
  readonly backOffMs: DurationMs;
}

export interface DrillTurn {
  readonly status: "more" | "over" | "failed";
  readonly final?: boolean;
  readonly why?: string;
  readonly phase: DrillPhase;
  readonly point?: { readonly id: string; readonly cutAt: Millis };
  /** Of this turn. */
  readonly steps: { readonly [step in DrillStep]?: DurationMs };
  readonly provenAt?: Millis;
  readonly faults: readonly string[];
  /** With `over`. */
  readonly note?: DrillNote;
}

export type DrillInput =
  | { readonly kind: "look"; readonly id: string }
  | {
      readonly kind: "start";
      readonly id: string;
      readonly by: string;
      readonly why: string;
      /** The point to restore; absent: one is picked. */
      readonly point?: { readonly id: string; readonly cutAt: Millis };
    }
  | { readonly kind: "take"; readonly worker: string; readonly until: Millis }
  | { readonly kind: "turn"; readonly worker: string; readonly turn: DrillTurn };

export type DrillReason =
  | "started"
  | "taken"
  | "progressed"
  | "passed"
  | "breached"
  | "failed"
  | "held_not_due"
  | "held_not_scheduled"
  | "held_taken"
  | "held_back_off"
  | "held_waiting"
  | "held_turn_failed"
  | "refused_under_way"
  | "refused_nothing_under_way";

export type DrillAction = Action & {
  readonly type: "tell";
  readonly plan: string;
  readonly event: "passed" | "breached" | "failed";
  readonly text: string;
};
