import type { Json } from "../../../shared/core/kernel/json.ts";
import type { Action, Clause, Machine } from "../../../shared/core/kernel/step.ts";

export interface ValveConfig {
  readonly cooldownMs: number;
}

export interface ValveState {
  readonly v: 1;
  /** Decisions that changed the state: a number without a record is a lost decision, one with two is an invented one. */
  readonly n: number;
  /** Actions claimed: each must be done, or be reported as not done. */
  readonly seq: number;
  readonly asked?: number;
  /** Completion of the last action that was done, and its number: the cooldown counts from there. */
  readonly doneAt?: number;
  readonly doneSeq?: number;
  readonly last?: string;
}

export interface ValveInput {
  /** Undefined: could not be read. */
  readonly actual?: number;
  readonly wanted: number;
}

export interface ValveAction extends Action {
  readonly type: "set" | "note";
  readonly subject: string;
  readonly desired: number;
  readonly expected: number;
}

export type ValveReason = "held_no_data" | "within_target" | "held_cooldown" | "set";

const clause = (text: string, values: { readonly [name: string]: Json | undefined }): Clause => ({
  kind: "computed",
  rule: "valve",
  text,
  values,
});

/** The smallest controller with everything a real one has: absolute actions from the observed actual, a cooldown, holds that are recorded. */
export const valve: Machine<
  ValveConfig,
  ValveState,
  ValveInput & { readonly subject: string },
  ValveAction,
  ValveReason
> = {
  noun: "valve",
  initial: () => ({ v: 1, n: 0, seq: 0 }),
  step(config, state, input, now) {
    const hold = (reason: ValveReason, text: string) => ({
      state: state.last === reason ? state : { ...state, n: state.n + 1, last: reason },
      actions: [],
      reason,
      trace: [clause(text, { wanted: input.wanted, actual: input.actual })],
    });
    if (input.actual === undefined) return hold("held_no_data", "The valve could not be read.");
    if (input.actual === input.wanted) return hold("within_target", "The valve is where it should be.");
    if (state.doneAt !== undefined && now < state.doneAt + config.cooldownMs)
      return hold("held_cooldown", "The last change is too young.");
    const seq = state.seq + 1;
    const change = { subject: input.subject, desired: input.wanted, expected: input.actual };
    const note: readonly ValveAction[] =
      seq % 3 === 0 ? [{ type: "note", key: `note:${input.subject}:${seq}`, ...change }] : [];
    return {
      state: { ...state, n: state.n + 1, seq, asked: input.wanted, last: "set" },
      actions: [{ type: "set", key: `set:${input.subject}:${seq}`, ...change }, ...note],
      reason: "set",
      trace: [clause("The valve is moved.", { wanted: input.wanted, actual: input.actual })],
    };
  },
  settle(_config, state, results) {
    const done = results.find((result) => result.key.startsWith("set:") && result.status === "done");
    return done ? { ...state, doneAt: done.at, doneSeq: Number(done.key.split(":")[2]) } : state;
  },
  dueAt: (config, state) =>
    state.last === "held_cooldown" && state.doneAt !== undefined ? state.doneAt + config.cooldownMs : undefined,
};
