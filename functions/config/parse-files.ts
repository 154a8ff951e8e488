/** What reads prometheus.yml, rule files, alertmanager.yml and the file of disaster recovery, loaded when a configuration comes with any. */
import "../shared-parts.ts";

export { givenFiles } from "../../shared/shell/config-files.ts";
export { readersFrom } from "../../shared/shell/config-readers.ts";
export { redacted, redactedFiles } from "../../shared/shell/config-redact.ts";
