import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pomOf, run } from "./install.ts";

/** The broker's line that backups are judged against. */
export const KAFKA = "4.1.0";
/** Logs go to standard error, with system properties for configuration; of the API line that Kafka is built for. */
const SLF4J = "1.7.36";

/** Broker, its command line tools, Connect and MirrorMaker 2. */
const pom = pomOf([
  ...["kafka_2.13", "kafka-tools", "connect-mirror", "connect-runtime"].map((name) => ({
    ...{ group: "org.apache.kafka", name, version: KAFKA },
  })),
  { group: "org.slf4j", name: "slf4j-simple", version: SLF4J },
]);

/** The jars of a Kafka distribution in the folder's `lib`. */
export function installKafka(folder: string): void {
  writeFileSync(join(folder, "pom.xml"), pom);
  const copy = ["dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
  run("mvn", ["--batch-mode", "--quiet", ...copy], folder);
  run("java", ["-cp", join("lib", "*"), "kafka.Kafka", "--version"], folder);
}
