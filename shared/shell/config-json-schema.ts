import { toJsonSchema } from "@valibot/to-json-schema";
import { ConfigSchema } from "./config-schema.ts";

/** JSON Schema (draft 2020-12 subset) of headgate.yaml for editors. Durations are texts; checks in code show in `config check` only. */
export function configJsonSchema(): object {
  const schema = toJsonSchema(ConfigSchema, { typeMode: "input", errorMode: "ignore" });
  return {
    ...schema,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "headgate.schema.json",
    title: "headgate.yaml",
  };
}
