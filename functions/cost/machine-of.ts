import { budgetMachine } from "../../shared/core/cost/budget/machine.ts";
import { changeMachine } from "../../shared/core/cost/change/machine.ts";
import { reportMachine } from "../../shared/core/cost/jobs/machine.ts";
import { unusualMachine } from "../../shared/core/cost/unusual/machine.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** The machine that made a record of this noun, by what its subject begins with. */
export function costMachine({ subject }: Pick<DecisionRecord, "subject">): AnyMachine {
  if (subject.startsWith("change:")) return changeMachine;
  if (subject.startsWith("budget:")) return budgetMachine;
  if (subject.startsWith("anomaly:")) return unusualMachine;
  return reportMachine;
}
