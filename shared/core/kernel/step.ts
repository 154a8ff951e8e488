import { type Json, sameJson } from "./json.ts";
import type { Millis } from "./time.ts";

/**
 * One line of the why: what was computed, clamped or vetoed at one point of a decision, in order.
 * `text` is a whole sentence for a person; `values` are the numbers in it, for machines.
 */
export interface Clause {
  /**
   * `input` a value that was read (or is missing); `computed` a formula's result; `clamped` a bound changed the result;
   * `vetoed` a rule forbade it; `held` nothing is done because something is unknown; `chosen` one of several results won;
   * `changed` the world changed by another hand.
   */
  readonly kind: "input" | "computed" | "clamped" | "vetoed" | "held" | "chosen" | "changed";
  /** The rule that spoke, in the field's words: "target-tracking", "max", "cooldown-in". Stable, lower-case, hyphens. */
  readonly rule: string;
  readonly text: string;
  readonly values: { readonly [name: string]: Json | undefined };
}

/** An action as data. Absolute ("desired = 4", never "+2") and with a key, because functions are retried and overlap. */
export interface Action {
  readonly type: string;
  /** Idempotency key: resource + decision. Two performances with one key must leave the world as one does. */
  readonly key: string;
}

/** The result of a pure decision: next state, actions as data, and always a reason, also for doing nothing. */
export interface Step<State, A extends Action, Reason extends string> {
  /** Plain JSON, versioned (`v: 1`). The same object (===) as the state passed in when nothing changed. */
  readonly state: State;
  readonly actions: readonly A[];
  /** Log line, metric label, console text and test name at once. Snake case, e.g. "scaled_out", "held_cooldown". */
  readonly reason: Reason;
  readonly trace: readonly Clause[];
}

/** What became of one action. `done` also covers "already so"; `refused` and `superseded` are final; `failed` gave up after retries. */
export interface ActionResult {
  readonly key: string;
  readonly status: "done" | "refused" | "superseded" | "failed" | "skipped";
  readonly at: Millis;
  /** One sentence for a person. */
  readonly detail: string;
  /** What the state has to keep of it, such as the id a receiver gave to a message. */
  readonly values?: { readonly [name: string]: Json | undefined };
}

/**
 * A decision noun as the shell sees it. All functions are pure and total: they never throw on data, they hold with a reason.
 * Equal arguments give equal results on every machine, which is what replay rests on.
 */
export interface Machine<Config, State, Input, A extends Action, Reason extends string> {
  readonly noun: string;
  initial(config: Config, now: Millis): State;
  step(config: Config, state: State, input: Input, now: Millis): Step<State, A, Reason>;
  /** Folds the results of performed actions into the state: cooldowns count from here, not from the decision. */
  settle(config: Config, state: State, results: readonly ActionResult[], now: Millis): State;
  /**
   * When this aggregate wants to be looked at again although nothing woke it (cooldown ending, alarm still open). An
   * instant in the past means at every tick. With `now`, the answer may move on although the state has not changed, so
   * that looking every few minutes needs neither a decision nor a record; without it, the instant of the last decision counts.
   */
  dueAt(config: Config, state: State, now?: Millis): Millis | undefined;
  /**
   * Whether two different states differ only in what the machine remembers for its own use from look to look (windows, sums, samples). Such
   * a change, without an action, is kept without a record (docs/decisions/0022). Absent: every change of state is a decision.
   */
  onlyMemory?(before: State, after: State): boolean;
}

/**
 * A machine that hands back the very same state where a step made an equal one: what the shell takes for "nothing changed, nothing is
 * written". For machines with small states; one with a large state says it itself where it knows.
 */
export function steady<Config, State, Input, A extends Action, Reason extends string>(
  machine: Machine<Config, State, Input, A, Reason>,
): Machine<Config, State, Input, A, Reason> {
  return {
    ...machine,
    step(config, state, input, now) {
      const step = machine.step(config, state, input, now);
      const same = step.state !== state && sameJson(state as unknown as Json, step.state as unknown as Json);
      return same ? { ...step, state } : step;
    },
  };
}
