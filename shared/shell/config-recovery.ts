import * as v from "valibot";
import { RecoveryFile, type RecoverySettings, recoverySettings } from "../core/backup/recovery/file.ts";
import type { Fault } from "../core/kernel/errors.ts";
import { describe } from "./config-faults.ts";
import { type ConfigFiles, MAX_INCLUDED_BYTES } from "./config-files.ts";
import type { ReadRecovery, RecoveryReader } from "./config-unread.ts";
import { placedFault } from "./placed-fault.ts";
import { readYaml } from "./yaml-document.ts";

/** Reads the file that `disasterRecovery` names. Faults inside of it carry the file, its line and column. */
export const recoveryFrom =
  (files: ConfigFiles): RecoveryReader =>
  (file) =>
    readRecovery(file, files);

function readRecovery(file: string, files: ConfigFiles): ReadRecovery {
  const text = files.read(file);
  if (text === undefined) {
    const fault = {
      path: "disasterRecovery",
      message: "there is no such file",
      value: JSON.stringify(file),
      allowed: "a path relative to the configuration",
    };
    return { faults: [{ path: ["disasterRecovery"], fault }], warnings: [] };
  }
  const { settings, faults, warnings } = readRecoveryText(text, file);
  return {
    ...(settings ? { config: { file, settings } } : {}),
    faults: faults.map((fault) => ({ fault })),
    warnings,
  };
}

interface RecoveryText {
  /** Absent where it has faults. */
  readonly settings?: RecoverySettings;
  readonly faults: readonly Fault[];
  /** Keys that were left aside. */
  readonly warnings: readonly Fault[];
}

/** Reads disaster-recovery.yml as the platform has it. Faults and warnings carry the file, line and column. */
export function readRecoveryText(text: string, file: string): RecoveryText {
  const document = readYaml(text, { file, maxBytes: MAX_INCLUDED_BYTES, wants: "a YAML map with disaster_recovery" });
  if (!document.ok) return { faults: document.faults.map((fault) => ({ ...fault, file })), warnings: [] };
  const parsed = v.safeParse(RecoveryFile, document.value);
  if (!parsed.success) {
    const faults = parsed.issues.map((issue) => placedFault(file, text, document, describe(issue)));
    return { faults, warnings: [] };
  }
  const { settings, warnings } = recoverySettings(parsed.output);
  return { settings, faults: [], warnings: warnings.map((found) => placedFault(file, text, document, found)) };
}
