import { handleBackupWakes } from "../../functions/backup/queue.ts";
import { tickBackup } from "../../functions/backup/schedule.ts";
import { isBackup } from "../../functions/backup/subjects.ts";
import { type WakeLoop, type WakeLoopOptions, wakeLoop } from "../wake-loop.ts";
import { goOnWithRuns } from "./left.ts";

export interface BackupLoopOptions extends Omit<WakeLoopOptions, "isMine" | "handle" | "tick"> {
  readonly tenant: string;
}

/** What wakes backup runs and drills on one machine. */
export function backupLoop({ tenant, ...options }: BackupLoopOptions): WakeLoop {
  const { runtime, onError } = options;
  const loop = wakeLoop({
    ...options,
    isMine: isBackup,
    handle: (records) => handleBackupWakes(runtime, records),
    tick: () => tickBackup(runtime, tenant),
  });
  return {
    ...loop,
    start: async () => {
      await goOnWithRuns(runtime, tenant).catch(onError);
      await loop.start();
    },
  };
}
