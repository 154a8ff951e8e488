import { checkBackup } from "../core/backup/check.ts";
import type { MeaningCheck } from "./config-releases.ts";

/** The meaning of `streams`, `destinations`, `backup` and `disasterRecovery`, whose form is right. */
export const checkBackups: MeaningCheck = checkBackup;
