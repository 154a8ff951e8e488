import type { Machine } from "../kernel/step.ts";

/** Subject of what people do to the backends of a service. */
export const byHandSubject = (service: string): string => `backends:${service}`;

export interface ByHandConfig {
  readonly kind: "backends";
  readonly service: string;
}

export type ByHandAct = "drain" | "undo" | "remove";

/** What was done, to whom, by whom. Of many ids the first are kept, and how many there were. */
export interface ByHandInput {
  readonly kind: ByHandAct;
  readonly ids: readonly string[];
  readonly count: number;
  readonly by: string;
  /** Empty: nobody said. */
  readonly why: string;
}

export interface ByHandState {
  readonly v: 1;
  readonly last?: ByHandAct;
}

export type ByHandReason = "drained_by_hand" | "used_again_by_hand" | "removed_by_hand";

const REASONS: Readonly<Record<ByHandAct, ByHandReason>> = {
  drain: "drained_by_hand",
  undo: "used_again_by_hand",
  remove: "removed_by_hand",
};

const SAID: Readonly<Record<ByHandAct, readonly [one: string, many: string]>> = {
  drain: ["gets no new requests", "get no new requests"],
  undo: ["is used again", "are used again"],
  remove: ["is taken out", "are taken out"],
};

/** Who is meant, as the beginning of a sentence: "a, b and 3 more". */
function named({ ids, count }: ByHandInput): string {
  const shown = ids.slice(0, 3);
  const more = count - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * What a person does to backends as a decision: it is done as it was asked for, so that all there is to decide is how it is told. The
 * registry holds what came of it.
 */
export const byHandMachine: Machine<ByHandConfig, ByHandState, ByHandInput, never, ByHandReason> = {
  noun: "traffic",
  initial: () => ({ v: 1 }),
  step: (_config, state, input) => {
    const { kind, count, by, why } = input;
    const said = SAID[kind][count === 1 ? 0 : 1];
    return {
      state: state.last === kind ? state : { v: 1, last: kind },
      actions: [],
      reason: REASONS[kind],
      trace: [
        {
          kind: "changed",
          rule: "by-hand",
          text: `${named(input)} ${said}, by ${by}${why === "" ? "" : `: ${why}`}`,
          values: { backends: count },
        },
      ],
    };
  },
  settle: (_config, state) => state,
  dueAt: () => undefined,
};
