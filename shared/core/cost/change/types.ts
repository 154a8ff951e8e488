import type { Json } from "../../kernel/json.ts";
import type { Mode } from "../../kernel/record.ts";
import type { Action } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { ChangeAction, Opportunity } from "../opportunity.ts";
import type { FloorTerm } from "../retention/types.ts";

/** Subject of what became of one opportunity; other subjects of the noun have another beginning. */
export const changeSubject = (id: string): string => `change:${id}`;

export interface ChangeConfig {
  readonly id: string;
  readonly mode: Mode;
  /** Between two looks of the guard. */
  readonly everyMs: DurationMs;
  /** Between the first look that could not see and the one that takes back. */
  readonly blindMs: DurationMs;
  /** Between what is needed and what is kept there is always so much: the guard may be late by it. */
  readonly reserveMs: DurationMs;
}

/** The safe floor as the guard computes it anew, or why it cannot. */
export type SeenFloor =
  | {
      readonly status: "known";
      readonly ms: DurationMs;
      readonly needMs: DurationMs;
      /** The term that decides. */
      readonly text: string;
      /** All of what it is the largest of. */
      readonly terms: readonly FloorTerm[];
    }
  | { readonly status: "unknown"; readonly text: string };

/** What is seen of a topic that is, or is to be, changed. */
export type Seen =
  | {
      readonly status: "seen";
      readonly topicId?: string;
      /** What the topic itself sets, of the settings that the change is about. */
      readonly own: readonly Setting[];
      readonly cleanupPolicy: string;
      /** Absent: the change needs none. */
      readonly floor?: SeenFloor;
    }
  /** The topic is not there. */
  | { readonly status: "gone"; readonly text: string }
  /** The cluster does not answer: nothing can be seen, and nothing be done. */
  | { readonly status: "unreachable"; readonly text: string }
  /** A person's change: there is nothing to be seen. */
  | { readonly status: "by_hand" };

/** `value` absent: the topic sets nothing, the default holds. */
export interface Setting {
  readonly name: string;
  readonly value?: string;
}

/** An opportunity as it is kept: money as exact text. */
export type NotedOpportunity = Omit<Opportunity, "savingPerMonth"> & { readonly savingPerMonth?: string };

/** Promised against realised, as told by the proof. */
export interface ChangeProof {
  readonly at: Millis;
  /** Whether it will change any more. */
  readonly final: boolean;
  /** Exact decimal text; absent: cannot be told yet. */
  readonly realisedPerMonth?: string;
  readonly low?: string;
  readonly high?: string;
  readonly currency?: string;
  readonly from?: string;
  readonly to?: string;
  readonly days?: number;
  readonly text: string;
  readonly values?: Readonly<Record<string, Json>>;
}

export type ChangeStatus =
  | "open"
  | "dismissed"
  | "applying"
  | "guarded"
  | "applied"
  | "reverting"
  | "reverted"
  | "superseded";

export interface Said {
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
}

export interface ChangeState {
  readonly v: 1;
  readonly status: ChangeStatus;
  readonly since: Millis;
  /** As it was when it was dismissed or applied. */
  readonly opportunity?: NotedOpportunity;
  readonly dismissal?: Said & { readonly until?: Millis };
  readonly applied?: Said;
  /** The retention that holds since, where the change is about one. */
  readonly retentionMs?: DurationMs;
  /** Since when the guard cannot see. */
  readonly blindSince?: Millis;
  /** How it ended; `alone`: by the guard itself. */
  readonly ended?: Said & { readonly alone: boolean };
  /** Why the last attempt came to nothing. */
  readonly trouble?: string;
  readonly proof?: ChangeProof;
}

export type ChangeInput =
  | {
      readonly kind: "dismiss";
      readonly by: string;
      readonly why: string;
      readonly until?: Millis;
      readonly opportunity: NotedOpportunity;
    }
  | { readonly kind: "reopen"; readonly by: string; readonly why: string }
  | {
      readonly kind: "apply";
      readonly by: string;
      readonly why: string;
      readonly opportunity: NotedOpportunity;
      readonly seen: Seen;
    }
  | { readonly kind: "revert"; readonly by: string; readonly why: string; readonly seen: Seen }
  | { readonly kind: "look"; readonly seen: Seen }
  | { readonly kind: "prove"; readonly proof: ChangeProof };

export type ChangeReason =
  | "dismissed"
  | "reopened"
  | "applying"
  | "applied_by_hand"
  | "applied"
  | "sees_again"
  | "taking_back"
  | "reverting"
  | "reverted"
  | "superseded"
  | "not_applied"
  | "proven"
  | "held_nothing_to_guard"
  | "held_guarding"
  | "held_blind"
  | "held_unreachable"
  | "refused_status"
  | "refused_mode"
  | "refused_changed"
  | "refused_gone"
  | "refused_unreachable"
  | "refused_unknown_floor"
  | "refused_floor"
  | "refused_policy";

/** Absolute: these settings, on this topic, if they are still as expected. */
export interface ChangeDeed extends Action {
  readonly type: "set_configs";
  readonly cluster: string;
  readonly topic: string;
  readonly topicId?: string;
  readonly set: readonly Setting[];
  readonly expect: readonly Setting[];
}

export type TopicAction = Extract<ChangeAction, { type: "topic_configs" }>;
