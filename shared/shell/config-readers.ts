import { alertingFrom } from "./config-alerting.ts";
import type { ConfigFiles } from "./config-files.ts";
import { monitoringFrom } from "./config-monitoring.ts";
import type { ParseOptions } from "./config-read.ts";
import { recoveryFrom } from "./config-recovery.ts";

/** What reads the files that a configuration names, where they can be had. */
export const readersFrom = (
  files: ConfigFiles,
): Required<Pick<ParseOptions, "monitoring" | "alerting" | "recovery">> => ({
  monitoring: monitoringFrom(files),
  alerting: alertingFrom(files),
  recovery: recoveryFrom(files),
});
