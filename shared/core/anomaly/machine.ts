import type { Machine } from "../kernel/step.ts";
import type { AnomalyConfig } from "./config.ts";
import { EMPTY } from "./state.ts";
import { step } from "./step.ts";
import type { AnomalyAction, AnomalyInput, AnomalyReason, AnomalyState } from "./types.ts";

/**
 * Anomalies of one service as the shell sees them. Its configuration is the effective one, with every signal written out
 * (signals.ts). Nothing is due by time alone: what is open ends when values say so, and missing values say nothing.
 */
export const anomaly: Machine<AnomalyConfig, AnomalyState, AnomalyInput, AnomalyAction, AnomalyReason> = {
  noun: "anomaly",
  initial: () => EMPTY,
  step,
  settle: (_config, state) => state,
  dueAt: () => undefined,
};
