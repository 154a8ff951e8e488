import type { Action } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { RestorePlan, RestoreRequest } from "./types.ts";

/** Subject of one restore; other subjects of the noun have another beginning. */
export const restoreSubject = (id: string): string => `restore:${id}`;

/**
 * - `approval` it waits for a person; `restoring` workers bring back topics and records, again and again until all are in;
 * - `checking` what is there is held against the point; `settling` groups, rules and settings are set;
 * - `done`, `partly`, `failed`, `cancelled` it is over.
 */
export type RestorePhase =
  | "approval"
  | "restoring"
  | "checking"
  | "settling"
  | "done"
  | "partly"
  | "failed"
  | "cancelled";

/** Somebody who works on it now; after `until` it is taken for dead. */
interface RestoreWorker {
  readonly id: string;
  readonly until: Millis;
}

interface RestoreCounts {
  readonly records: number;
  readonly bytes: number;
  /** Partitions that are whole, of all. */
  readonly partitions: number;
  readonly groups: number;
}

export interface RestoreJob {
  readonly id: string;
  readonly plan: string;
  readonly point: string;
  /** Name of the cluster it restores into. */
  readonly cluster: string;
  readonly request: RestoreRequest;
  readonly totals: RestorePlan["totals"];
  /** Whether every record is read back and compared before it is over. */
  readonly check: boolean;
  readonly phase: RestorePhase;
  readonly since: Millis;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly by: string;
  readonly why: string;
  readonly approved?: { readonly by: string; readonly why: string; readonly at: Millis };
  readonly worker?: RestoreWorker;
  /** Added so far by all workers. */
  readonly so: RestoreCounts;
  /** What it is at: "records". */
  readonly step?: string;
  /** Turns that failed in a row, and when the next one may begin. */
  readonly failures: number;
  readonly againAt?: Millis;
  /** Whole sentences, the first of them; `more` are not told here. */
  readonly faults: readonly string[];
  readonly more: number;
  /** How it ended, a sentence. */
  readonly result?: string;
}

export interface RestoreState {
  readonly v: 1;
  readonly job?: RestoreJob;
}

export interface RestoreConfig {
  /** Of a restore that begins: whether a person has to approve first, and whether every record is read back and compared. */
  readonly approval: boolean;
  readonly check: boolean;
  /** First pause after a turn that failed; doubles with each. */
  readonly backOffMs: DurationMs;
}

interface Said {
  readonly by: string;
  readonly why: string;
}

/** What a worker says at the end of its turn. */
export interface RestoreTurn {
  readonly status: "done" | "more" | "partly" | "failed";
  /** Final: it is not tried again. */
  readonly final?: boolean;
  readonly why?: string;
  readonly step?: string;
  /** Of this turn; partitions and groups: of the whole restore. */
  readonly records: number;
  readonly bytes: number;
  readonly partitions: number;
  readonly groups: number;
  readonly faults: readonly string[];
}

export type RestoreInput =
  | (Said & {
      readonly kind: "start";
      readonly id: string;
      readonly plan: string;
      readonly point: string;
      readonly cluster: string;
      readonly request: RestoreRequest;
      readonly totals: RestorePlan["totals"];
      readonly refusals: readonly string[];
    })
  | (Said & { readonly kind: "approve" })
  | (Said & { readonly kind: "cancel" })
  /** A worker wants to work on it until then. */
  | { readonly kind: "take"; readonly worker: string; readonly until: Millis }
  | { readonly kind: "turn"; readonly worker: string; readonly turn: RestoreTurn };

export type RestoreReason =
  | "planned"
  | "started"
  | "approved"
  | "taken"
  | "progressed"
  | "records_restored"
  | "compared"
  | "restored"
  | "partly_restored"
  | "failed"
  | "cancelled"
  | "held_taken"
  | "held_approval"
  | "held_back_off"
  | "held_turn_failed"
  | "refused_plan"
  | "refused_under_way"
  | "refused_over"
  | "refused_unknown"
  | "refused_not_asked";

export type RestoreAction = Action & {
  readonly type: "tell";
  readonly restore: string;
  readonly event: "failed" | "approval_needed" | "over";
  readonly text: string;
};
