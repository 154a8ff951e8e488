/** What checks the meaning of `streams`, `destinations`, `backup` and `disasterRecovery`, loaded when a configuration has any. */
import "../shared-parts.ts";

export { checkBackups } from "../../shared/shell/config-backups.ts";
