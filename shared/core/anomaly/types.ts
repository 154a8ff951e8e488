import type { Alert } from "../kernel/alert.ts";
import type { Step } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";

/** What is known of a point after it was scored. Structurally what a detector's `detail` answers. */
export interface Seen {
  /** 0..1. */
  readonly score: number;
  /** The channel (or rule) that spoke loudest. */
  readonly kind?: string;
  readonly expected?: { readonly low: number; readonly high: number; readonly value: number };
  /** Surprise on the detector's own scale. */
  readonly z?: number;
  /** Too little was seen to judge: scored, never alarmed. */
  readonly learning: boolean;
}

export type Movement = "rose" | "fell" | "changed";
export type Severity = "medium" | "high";
export type DetectorName = "headgate" | "seed";

/** A score of at least 0.5 that a signal has shown; what joint scores and drivers are made from. */
export interface Emission {
  readonly at: Millis;
  readonly score: number;
  readonly movement: Movement;
}

/** Something known that may explain an anomaly. Told by the functions, which see other nouns. */
export interface ContextFact {
  readonly at: Millis;
  readonly kind: "deploy" | "scaling" | "config";
  /** As it continues the sentence "2 min before it …", e.g. "scaled out from 2 to 4". */
  readonly text: string;
}

/** Points of one signal as they were read, and the detector as it was before them. */
export interface SignalBatch {
  /** Base64 of the detector's state before the first point; absent: it had seen nothing. */
  readonly checkpoint?: string;
  /** [at, value], ascending. */
  readonly points: readonly (readonly [Millis, number])[];
  /** What an open anomaly has been through since it was last decided about: alarms and points that were no news. */
  readonly carried?: Pick<OpenAnomaly, "lastAt" | "outAt" | "alarms" | "peak">;
  /** History read at the first meeting: it teaches the detector and opens nothing. */
  readonly training?: true;
}

export type AnomalyInput =
  | {
      readonly kind: "score";
      readonly service: string;
      readonly signals: { readonly [signal: string]: SignalBatch };
      /** What all signals of the service have shown lately, also those that are not in `signals`. Ascending. */
      readonly recent: { readonly [signal: string]: readonly Emission[] };
      readonly context: readonly ContextFact[];
    }
  | {
      readonly kind: "feedback";
      readonly service: string;
      readonly signal: string;
      /** The point that is meant. */
      readonly at: Millis;
      readonly verdict: "fine" | "bad";
      readonly by: string;
      readonly why: string;
      /** Score of the point, where it is still known. */
      readonly score?: number;
    };

/** An anomaly of one signal, from its first alarm on. */
export interface OpenAnomaly {
  readonly since: Millis;
  /** Newest alarm. */
  readonly lastAt: Millis;
  /** Newest point outside of the expected band. */
  readonly outAt?: Millis;
  readonly alarms: number;
  readonly peak: number;
  readonly kind: string;
  readonly movement: Movement;
  /** The value of the first alarm, and where it was expected. */
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly severity: Severity;
  /** What moved first and what was done shortly before, in words. */
  readonly facts?: readonly string[];
}

export interface PastAnomaly extends OpenAnomaly {
  readonly signal: string;
  readonly until: Millis;
  readonly ended: "calm" | "settled" | "fine" | "removed";
}

export interface Judgement {
  readonly signal: string;
  readonly at: Millis;
  readonly verdict: "fine" | "bad";
  readonly by: string;
  readonly why: string;
  readonly saidAt: Millis;
}

/** What is known of a service's anomalies. Written when one opens, grows or ends, not per point; some KB at the most. */
export interface AnomalyState {
  readonly v: 1;
  readonly open: { readonly [signal: string]: OpenAnomaly };
  /** Newest point of each signal that opened, continued or ended something: older ones are repeats. */
  readonly seen: { readonly [signal: string]: Millis };
  /** When a signal had been seen for long enough to be judged. */
  readonly learned: { readonly [signal: string]: Millis };
  readonly counts: { readonly opened: number; readonly ended: number; readonly fine: number; readonly bad: number };
  /** Newest last, at most 20. */
  readonly past: readonly PastAnomaly[];
  /** Newest last, at most 20. */
  readonly judgements: readonly Judgement[];
}

export type AnomalyAction =
  | { readonly type: "notify"; readonly key: string; readonly alert: Alert }
  /** Teaches the signal's detector. */
  | {
      readonly type: "teach";
      readonly key: string;
      readonly service: string;
      readonly signal: string;
      readonly at: Millis;
      readonly verdict: "fine" | "bad";
      readonly score: number;
    };

/** Every way a decision can end. Used as metric label and test name. */
export type AnomalyReason =
  | "opened"
  | "would_alert"
  | "grew"
  | "ended"
  | "settled"
  /** It began and ended inside one batch. */
  | "passed"
  | "learned"
  | "normal"
  | "judged_fine"
  | "judged_bad"
  | "held_no_data"
  | "held_unreadable";

export type AnomalyStep = Step<AnomalyState, AnomalyAction, AnomalyReason>;
