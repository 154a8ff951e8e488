import "../shared-parts.ts";

export { readConfig } from "../../shared/shell/config-read.ts";
