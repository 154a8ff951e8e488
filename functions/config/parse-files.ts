/** What reads prometheus.yml and rule files, loaded when a configuration comes with any. */
import "../shared-parts.ts";

export { givenFiles } from "../../shared/shell/config-files.ts";
export { monitoringFrom } from "../../shared/shell/config-monitoring.ts";
