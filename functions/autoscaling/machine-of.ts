import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import { isTuning } from "../../shared/core/autoscaling/tune/subject.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** The machine that made a record of this noun: by what its subject begins with, and by whether its configuration is a job's. */
export function autoscalingMachine({ subject, config }: Pick<DecisionRecord, "subject" | "config">): AnyMachine {
  if (isTuning(subject)) return tuningMachine;
  return typeof config === "object" && config !== null && "flink" in config ? flinkScaling : autoscaling;
}
