import { readFileSync, writeFileSync } from "node:fs";
import { openapiDocument } from "../functions/api/openapi.ts";

// Writes functions/api/openapi.json from the operations and shapes beside it; a test fails while the two differ.
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const target = new URL("../functions/api/openapi.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(openapiDocument(version), null, 2)}\n`);
