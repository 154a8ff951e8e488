// What is described here is read there: one file for both, and only what describes is beside it.
import "./parse.ts";

export { configJsonSchema } from "../../shared/shell/config-json-schema.ts";
