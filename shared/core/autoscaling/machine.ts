import type { Machine } from "../kernel/step.ts";
import type { AutoscalingConfig } from "./config.ts";
import { dueAt } from "./due.ts";
import { settle } from "./settle.ts";
import { EMPTY, onlyMemory } from "./state.ts";
import { step } from "./step.ts";
import type { AutoscalingAction, AutoscalingInput, AutoscalingReason, AutoscalingState } from "./types.ts";

/** Instance autoscaling as the shell sees it. */
export const autoscaling: Machine<
  AutoscalingConfig,
  AutoscalingState,
  AutoscalingInput,
  AutoscalingAction,
  AutoscalingReason
> = {
  noun: "autoscaling",
  initial: () => EMPTY,
  step,
  settle,
  dueAt,
  onlyMemory,
};
