import "../shared-parts.ts";

export { parseConfig } from "../../shared/shell/config.ts";
