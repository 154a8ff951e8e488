import type { Machine } from "../kernel/step.ts";
import { step } from "./step.ts";
import type { Objective, SloAction, SloInput, SloReason, SloState } from "./types.ts";

/**
 * An objective as the shell sees it; its configuration is the objective with every setting written out. Nothing is due by time: every minute is
 * looked at outside, and a decision made where the standing is another (`turn`).
 */
export const slo: Machine<Objective, SloState, SloInput, SloAction, SloReason> = {
  noun: "slo",
  initial: (_objective, now) => ({
    ...{ v: 1, status: "no_data", since: now, exhausted: false, rows: [], firing: [] },
    would: { page: 0, ticket: 0 },
  }),
  step,
  settle: (_objective, state) => state,
  dueAt: () => undefined,
};
