// What looks into other nouns for /health, in one part that is loaded with its first request: see functions/deferred.ts.
import "../shared-parts.ts";

export { alertingCheck } from "./alerting-checks.ts";
export { backupCheck } from "./backup-checks.ts";
export { rulesCheck, targetsCheck } from "./monitoring-checks.ts";
export { oncallCheck } from "./oncall-checks.ts";
