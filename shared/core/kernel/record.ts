import type { Json } from "./json.ts";
import type { Action, ActionResult, Clause } from "./step.ts";
import type { Millis } from "./time.ts";

/** What woke the function. `id` names the event (alarm event id, request id), `detail` is a sentence. */
export interface Trigger {
  readonly type: "alarm" | "schedule" | "sweep" | "timer" | "api" | "queue" | "recovery";
  readonly id?: string;
  readonly detail?: string;
}

/** observe: look and record; recommend: also propose; act: also do. */
export type Mode = "observe" | "recommend" | "act";

/** What is known of a decision's effect; several may be appended over time, each known at its own `at`. */
export interface Outcome {
  /** `performed`: the actions were done or refused. `observed`: later, whether the world followed. */
  readonly phase: "performed" | "observed";
  readonly at: Millis;
  readonly results?: readonly ActionResult[];
  readonly text: string;
  readonly values?: { readonly [name: string]: Json | undefined };
}

/** One decision, also "do nothing". Self-contained: replay needs nothing but this record and the code. */
export interface DecisionRecord {
  readonly v: 1;
  /** "dec_…", sortable by time. */
  readonly id: string;
  readonly tenant: string;
  readonly noun: string;
  readonly subject: string;
  readonly at: Millis;
  readonly trigger: Trigger;
  readonly mode: Mode;
  readonly configVersion: string;
  /** The effective configuration of this subject, as the step saw it. */
  readonly config: Json;
  /** The whole input of the step; readings carry their own times, so ages are `at - point.at`. */
  readonly input: Json;
  readonly stateBefore: Json;
  readonly reason: string;
  readonly trace: readonly Clause[];
  readonly actions: readonly Action[];
  readonly stateAfter: Json;
  readonly outcomes: readonly Outcome[];
  /** W3C trace id, 32 hex digits. */
  readonly traceId: string;
}
