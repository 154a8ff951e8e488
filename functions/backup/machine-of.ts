import { drillMachine } from "../../shared/core/backup/drill/machine.ts";
import { restoreMachine } from "../../shared/core/backup/restore/machine.ts";
import { backupRun } from "../../shared/core/backup/run/machine.ts";
import { runbookMachine } from "../../shared/core/backup/runbook/machine.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** The machine that made a record of this noun, by what its subject begins with. */
export function backupMachine({ subject }: Pick<DecisionRecord, "subject">): AnyMachine {
  if (subject.startsWith("restore:")) return restoreMachine;
  if (subject.startsWith("drill:")) return drillMachine;
  return subject.startsWith("dr:") ? runbookMachine : backupRun;
}
