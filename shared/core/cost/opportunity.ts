import type { Json } from "../kernel/json.ts";
import type { Millis } from "../kernel/time.ts";
import type { Decimal } from "./decimal.ts";

export type OpportunityKind =
  | "retention"
  | "tiering"
  | "rightsize_service"
  | "rightsize_taskmanager"
  | "idle"
  | "over_partitioned"
  | "underutilized";

/** Five steps, as Cost Optimization Hub has them for effort. */
export type Degree = "very_low" | "low" | "medium" | "high" | "very_high";

/** What was seen that speaks for it: one measured fact with its span and how many samples stand behind it. */
export interface Evidence {
  readonly name: string;
  readonly value: Json;
  readonly unit?: string;
  readonly from?: Millis;
  readonly to?: Millis;
  readonly samples?: number;
  /** Where it was read: "streams events", "cloudwatch", "bill aws". */
  readonly source: string;
}

/** A change as data: absolute, with what was there before, so that one call takes it back. */
export type ChangeAction =
  | {
      readonly type: "topic_configs";
      readonly cluster: string;
      readonly topic: string;
      /** Topic id, where known: a topic of the same name that was made anew is another one. */
      readonly topicId?: string;
      /** `undefined` value: the setting is taken away, the default holds. */
      readonly set: readonly { readonly name: string; readonly value?: string }[];
      /** What each of them was when it was proposed; a topic that differs by now is not changed. */
      readonly before: readonly { readonly name: string; readonly value?: string }[];
    }
  /** Nothing Headgate does itself: a person (or a pull request) does it, and says when it is done. */
  | { readonly type: "by_hand"; readonly steps: readonly string[] };

export interface Opportunity {
  /** Stable: hash of kind and resource, so that a dismissal holds over runs. "opp_…" */
  readonly id: string;
  readonly kind: OpportunityKind;
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly name: string;
    readonly service?: string;
    readonly cluster?: string;
    readonly region?: string;
    readonly tenant?: string;
  };
  /** One sentence: what is, and what is proposed. */
  readonly text: string;
  readonly current: Readonly<Record<string, Json>>;
  readonly proposed: Readonly<Record<string, Json>>;
  /** Money a month (730 h); absent: cannot be told, which is not zero. */
  readonly savingPerMonth?: Decimal;
  readonly currency: string;
  readonly effort: Degree;
  readonly risk: Degree;
  readonly restartNeeded: boolean;
  readonly rollback: "one_call" | "possible" | "impossible";
  readonly evidence: readonly Evidence[];
  /** Rules that bound the proposal or kept it smaller: which floor, why. Sentences. */
  readonly bounds: readonly string[];
  /** What AWS calls it, where it does: finding and action type of Compute Optimizer and Cost Optimization Hub. */
  readonly aws?: { readonly finding?: string; readonly actionType?: string };
  readonly action: ChangeAction;
  readonly at: Millis;
}

/** Why there is no proposal for a resource, told as openly as one: "compacted", "no groups seen for 30 d". */
export interface NotProposed {
  readonly resource: Opportunity["resource"];
  readonly kind: OpportunityKind;
  readonly reason: string;
  readonly text: string;
}
