import type { AggregateKey } from "../core/kernel/key.ts";
import type { DecisionRecord, Mode, Trigger } from "../core/kernel/record.ts";
import type { Action, ActionResult, Machine } from "../core/kernel/step.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Pending, Stored } from "../core/ports/store.ts";
import type { TraceContext } from "./telemetry.ts";

/** What one run decides about, with what, and how its actions are done. */
export interface RunRequest<C, S, I, A extends Action, R extends string> {
  readonly machine: Machine<C, S, I, A, R>;
  readonly tenant: string;
  readonly subject: string;
  readonly mode: Mode;
  /** Effective configuration of this subject. */
  readonly config: C;
  readonly configVersion: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
  /** The item as the caller has just loaded it, which saves a read: what was written since is found by the claim. */
  readonly loaded?: Stored;
  /**
   * Reads the world. Called again for each attempt after a conflict. `attempt` is 0 only while nothing has happened since the
   * run began: above it (a conflict, a wait, another worker's actions finished) what was read earlier is out of date.
   */
  readonly observe: (attempt: number) => Promise<I>;
  /** Whether the actions are done side by side, so that a slow one does not hold up the others. Default: one after the other. */
  readonly parallel?: boolean;
  /** Does one action. Throwing means "try again later": the action stays pending. `attempt` counts from 1. */
  readonly perform: (
    action: A,
    info: { readonly record: DecisionRecord; readonly attempt: number },
  ) => Promise<ActionResult>;
  /**
   * Decides only, where the actions cannot be done: what follows stays pending, for whoever looks next, at once. What another worker left is not
   * taken over. Default: false.
   */
  readonly leaves?: boolean;
  /** Whether the lease is prolonged while the actions are done: they may take longer than one. Default: false. */
  readonly keeps?: boolean;
}

export interface RunResult<R extends string> {
  /**
   * `decided`: state or world were changed. `unchanged`: nothing was, and nothing was written but what the machine remembers. `busy`: another worker holds
   * the aggregate. `conflict`: others were faster, five times. In the last two nothing was decided: call again later.
   */
  readonly status: "decided" | "unchanged" | "busy" | "conflict";
  readonly reason?: R;
  /** The decision, also when it changed nothing. */
  readonly record?: DecisionRecord;
  /** Whether the record is in the journal. */
  readonly recorded: boolean;
  /** What became of the actions; shorter than `record.actions` when some are still pending. */
  readonly results: readonly ActionResult[];
  /** Whether an earlier worker's unfinished actions were taken over on the way. */
  readonly recovered: boolean;
  /** The item as this run has left it; absent where actions are still pending or somebody else has it. */
  readonly stored?: Stored;
}

/** A claimed item: ours until the lease ends. */
export interface Held<S> {
  readonly key: AggregateKey;
  readonly version: number;
  readonly state: S;
  readonly pending: Pending;
  readonly leaseUntil: Millis;
}
