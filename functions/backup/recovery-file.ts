import type { RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import type { Fault } from "../../shared/core/kernel/errors.ts";
import { readRecoveryText } from "../../shared/shell/config-recovery.ts";
import { refusedFile } from "../refused-file.ts";
import "../shared-parts.ts";

interface ReadRecoveryFile {
  readonly settings: RecoverySettings;
  /** Keys that were left aside. */
  readonly warnings: readonly Fault[];
}

/**
 * Reads disaster-recovery.yml, as the configuration does.
 *
 * @throws HeadgateError `config.invalid` with a fault for each place that is wrong
 */
export function readRecoveryFile(text: string, file = "disaster-recovery.yml"): ReadRecoveryFile {
  const { settings, faults, warnings } = readRecoveryText(text, file);
  if (settings) return { settings, warnings };
  throw refusedFile("config.invalid", file, faults);
}
