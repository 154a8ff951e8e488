import "../shared-parts.ts";

export { noReleases, readConfig } from "../../shared/shell/config-read.ts";
