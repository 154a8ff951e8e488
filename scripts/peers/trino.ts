import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pomOf, run } from "./install.ts";

/** The last one that Java 17 runs. Athena's third engine follows Trino. */
export const TRINO = "435";

/** The engine alone, run within a process of its own: grammar, functions and types, without a server. */
export function installTrino(folder: string): void {
  writeFileSync(join(folder, "pom.xml"), pomOf([{ group: "io.trino", name: "trino-main", version: TRINO }]));
  const copy = ["dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
  run("mvn", ["--batch-mode", "--quiet", ...copy], folder);
}
