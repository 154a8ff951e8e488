import "../shared-parts.ts";

export { parseConfig } from "../../shared/shell/config.ts";
export { givenFiles } from "../../shared/shell/config-files.ts";
export { configJsonSchema } from "../../shared/shell/config-json-schema.ts";
