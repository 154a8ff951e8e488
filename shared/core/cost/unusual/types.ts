import type { Alert } from "../../kernel/alert.ts";
import type { Action } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";

/** Subject of the unusual costs of one service; other subjects of the noun have another beginning. */
export const unusualSubject = (of: string): string => `anomaly:${of}`;

/** As AWS Cost Anomaly Detection has them: it was one; it was none; it was planned. */
export type Feedback = "yes" | "no" | "planned_activity";

/** Days that cost more or less than what came before let expect. Money as numbers: what was expected is an estimate. */
export interface UnusualCost {
  /** "orders@2026-11-03": whose, and the first day. */
  readonly id: string;
  readonly of: string;
  readonly from: Day;
  /** Last unusual day so far. */
  readonly to: Day;
  /** Whether it goes on at the newest day there is. */
  readonly open: boolean;
  /** 0..1, of the day that spoke loudest. */
  readonly score: number;
  readonly actual: number;
  readonly expected: number;
  /** `actual − expected` over all its days; below zero: less than expected. */
  readonly impact: number;
  readonly mostInADay: number;
  /** Of what was expected; absent where that is 0, as AWS leaves it out. */
  readonly percent?: number;
  /** What of the service it comes from, the most first. */
  readonly causes: readonly { readonly usageType: string; readonly impact: number }[];
}

export interface UnusualRule {
  readonly of: string;
  readonly currency: string;
  /** Money below which (either way) nobody is told. */
  readonly minimum: number;
  readonly alert: boolean;
  readonly severity: "info" | "warning" | "critical";
}

export interface SaidWord {
  readonly id: string;
  readonly day: Day;
  readonly feedback: Feedback;
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
}

export type UnusualInput =
  | { readonly kind: "look"; readonly found: readonly UnusualCost[] }
  | {
      readonly kind: "feedback";
      readonly id: string;
      readonly day: Day;
      readonly feedback: Feedback;
      readonly by: string;
      readonly why: string;
    };

export interface UnusualState {
  readonly v: 1;
  /** What was told and is not over; labels are kept, so that the end has those of the beginning. */
  readonly open: readonly { readonly id: string; readonly at: Millis; readonly labels: Alert["labels"] }[];
  /** Newest first day that was told: older ones are no news, however often bills are revised. */
  readonly toldThrough?: Day;
  /** The newest last, at most 50. */
  readonly words: readonly SaidWord[];
}

export interface UnusualAction extends Action {
  readonly type: "tell";
  readonly alerts: readonly Alert[];
}

export type UnusualReason = "opened" | "ended" | "normal" | "judged";
