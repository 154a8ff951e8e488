/** What reads prometheus.yml, rule files and alertmanager.yml, loaded when a configuration comes with any. */
import "../shared-parts.ts";

export { alertingFrom } from "../../shared/shell/config-alerting.ts";
export { givenFiles } from "../../shared/shell/config-files.ts";
export { monitoringFrom } from "../../shared/shell/config-monitoring.ts";
export { redacted, redactedFiles } from "../../shared/shell/config-redact.ts";
