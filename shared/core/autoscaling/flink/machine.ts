import type { Machine } from "../../kernel/step.ts";
import { dueAt } from "./due.ts";
import { onlyMemory } from "./memory.ts";
import { settle } from "./settle.ts";
import { EMPTY } from "./state.ts";
import { step } from "./step.ts";
import type {
  FlinkScalingAction,
  FlinkScalingConfig,
  FlinkScalingInput,
  FlinkScalingReason,
  FlinkScalingState,
} from "./types.ts";

export { wanted } from "./ids.ts";

/** Scaling of one Flink job by vertex, as the shell sees it. */
export const flinkScaling: Machine<
  FlinkScalingConfig,
  FlinkScalingState,
  FlinkScalingInput,
  FlinkScalingAction,
  FlinkScalingReason
> = {
  noun: "autoscaling",
  initial: () => EMPTY,
  step,
  settle,
  dueAt,
  onlyMemory,
};
