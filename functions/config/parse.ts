import "../shared-parts.ts";

export { parseConfig } from "../../shared/shell/config.ts";
export { configJsonSchema } from "../../shared/shell/config-json-schema.ts";
