import type { Json } from "../../kernel/json.ts";
import type { Action } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";

/** What a step does. Each may be done twice; each says in a rehearsal what it would do, and does nothing for good. */
export type RunbookDeed =
  /** There is a verified, whole point, no older than that. */
  | { readonly kind: "check_points"; readonly plan: string; readonly maxAgeMs?: DurationMs }
  /** The other cluster is no further behind. */
  | { readonly kind: "check_lag"; readonly maxLagMs: DurationMs }
  | { readonly kind: "stop_mirror" }
  | { readonly kind: "start_mirror" }
  /** Positions of groups over there are set to those MirrorMaker has translated; only forward, and only of groups without members. */
  | { readonly kind: "translate_groups"; readonly groups?: readonly string[] }
  /** An SSM parameter. What it was is kept as evidence; undoing sets it again. */
  | { readonly kind: "set_parameter"; readonly name: string; readonly value: string }
  /** An HTTP hook: DNS, a function, anything. A rehearsal asks `probe`, where there is one. */
  | {
      readonly kind: "call";
      readonly url: string;
      readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
      readonly body?: string;
      readonly probe?: string;
    }
  /** The newest verified point into a cluster; a rehearsal makes the plan of it. */
  | {
      readonly kind: "restore";
      readonly plan: string;
      readonly cluster: string;
      readonly topics?: readonly string[];
      readonly exclude?: readonly string[];
    }
  /** Jobs of the newest verified point from their savepoints. */
  | { readonly kind: "start_jobs"; readonly plan: string; readonly flink: string }
  | { readonly kind: "hold_deliveries" }
  | { readonly kind: "release_deliveries" }
  /** Done by a person, who says so. */
  | { readonly kind: "manual"; readonly text: string };

export interface RunbookStep {
  /** Unique in the runbook; part of the idempotency key. */
  readonly id: string;
  readonly title: string;
  readonly do: RunbookDeed;
  /** A person has to say yes before it begins. */
  readonly approval: boolean;
  readonly timeoutMs: DurationMs;
  /** Tries, when it fails in passing. */
  readonly tries: number;
  readonly undo?: RunbookDeed;
  /** stop: waits for a person. undo: everything goes back. continue: goes on without it. */
  readonly onFailure: "stop" | "undo" | "continue";
}

export interface Runbook {
  readonly name: string;
  readonly about: string;
  readonly kind: "failover" | "failback" | "other";
  readonly steps: readonly RunbookStep[];
}

export interface StepState {
  readonly id: string;
  readonly status:
    | "pending"
    | "approval"
    | "person"
    | "running"
    | "done"
    | "failed"
    | "skipped"
    | "undoing"
    | "undone"
    | "undo_failed";
  readonly startedAt?: Millis;
  readonly endedAt?: Millis;
  readonly tries: number;
  /** What came of it, or what it waits for. */
  readonly text?: string;
  readonly evidence?: Json;
  /** Not before then. */
  readonly againAt?: Millis;
  /** Who approved it, or did it. */
  readonly by?: string;
}

export interface RunbookRun {
  readonly id: string;
  /** As it was when the run began: an edit in the meantime is for the next one. */
  readonly runbook: Runbook;
  readonly rehearsal: boolean;
  readonly by: string;
  readonly why: string;
  readonly startedAt: Millis;
  readonly phase: "forward" | "back";
  /** Why it goes back. */
  readonly because?: string;
  /** Index of the step at hand; going back, of the one that is undone. */
  readonly at: number;
  readonly steps: readonly StepState[];
}

export interface EndedRunbook extends Omit<RunbookRun, "phase" | "at" | "runbook"> {
  readonly endedAt: Millis;
  /** done: all steps. partly: some failed and were passed over. aborted: gone back as far as can be. */
  readonly outcome: "done" | "partly" | "aborted";
}

export interface RunbookState {
  readonly v: 1;
  readonly current?: RunbookRun;
  /** The newest first. */
  readonly ended: readonly EndedRunbook[];
}

export interface RunbookConfig {
  readonly runbook: Runbook;
  /** Between two looks at a step that is not over yet. */
  readonly pollMs: DurationMs;
}

export type RunbookInput =
  | { readonly kind: "look" }
  | {
      readonly kind: "start";
      readonly id: string;
      readonly rehearsal: boolean;
      readonly by: string;
      readonly why: string;
    }
  | {
      /** approve: a step may begin. done: a person has done it. retry, skip: of one that failed. abort: everything goes back. */
      readonly kind: "approve" | "done" | "retry" | "skip" | "abort";
      /** The run that is meant; another one by now is refused. */
      readonly id?: string;
      readonly step?: string;
      readonly by: string;
      readonly why: string;
    };

export interface RunbookAction extends Action {
  readonly type: "dr_step" | "dr_undo";
  readonly run: string;
  readonly step: string;
  readonly do: RunbookDeed;
  readonly rehearsal: boolean;
  /** What the step has left so far: for undoing it, for looking at it again. */
  readonly evidence?: Json;
}

export type RunbookReason =
  | "started"
  | "step_begun"
  | "step_again"
  | "step_over"
  | "held_step"
  | "held_approval"
  | "held_person"
  | "held_failed"
  | "approved"
  | "done_by_person"
  | "retried"
  | "skipped"
  | "undo_begun"
  | "undo_step"
  | "aborted"
  | "ended"
  | "nothing_under_way"
  | "refused_under_way"
  | "refused_nothing_under_way"
  | "refused_other_run"
  | "refused_step";
