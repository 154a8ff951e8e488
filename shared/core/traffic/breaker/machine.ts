import type { Circuit, CircuitCounts } from "../../kernel/circuit.ts";
import type { Machine } from "../../kernel/step.ts";
import { freshItem } from "./change.ts";
import type { BreakerPolicy } from "./policy.ts";
import { step } from "./step.ts";
import type { BreakerReason, CircuitInput } from "./types.ts";

/** A circuit with its counts, as records keep it. */
export interface CircuitState {
  readonly v: 1;
  readonly circuit: Circuit;
  readonly counts: CircuitCounts;
}

/** Subjects of circuits among those of the noun. */
export const CIRCUIT_SUBJECT = "circuit:";

/** For replay: what happened to a circuit, as records hold it (noun "traffic", subject "circuit:<circuit>"). It acts on nothing. */
export const circuitMachine: Machine<BreakerPolicy, CircuitState, CircuitInput, never, BreakerReason> = {
  noun: "traffic",
  initial: (_, now) => ({ v: 1, ...freshItem(now) }),
  step: (policy, state, input, now) => {
    const { state: next, ...rest } = step(policy, state, input, now, input.draw);
    return { ...rest, state: next === state ? state : { v: 1, circuit: next.circuit, counts: next.counts } };
  },
  settle: (_, state) => state,
  dueAt: (_, { circuit }) => circuit.forced?.until,
};
